import {
  type Conflict,
  conflicts,
  conflictsOfScan,
  type Entitlement,
  entitlements,
  type ProductEntitlement,
  type Redemption,
  refuseTime,
  type ScanRefusal,
} from "../entitlement.ts";
import type { LogEntryDraft } from "../log-entry.ts";
import { idOf } from "../principal.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { secondStart } from "../second.ts";
import { type Effect, put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

/** How far the clock of a scanner may run ahead. A scan within this time counts as made now. */
export const clockAheadMaxMs = 120_000;

interface Redeem extends ProductNamed {
  readonly code: string;
  /** The time of an offline scan that is reported now. */
  readonly occurredAtMs?: number;
}

/**
 * Honours an entitlement, once. An entitlement of another product counts as not found. Every refusal but
 * `product_not_found` is written to the log.
 *
 * Of two redemptions the earlier one counts. The later one is refused and recorded as a conflict. If an offline scan
 * turns out to be the earlier one, it replaces the redemption that was accepted. Its log entry says that it was done.
 * It is refused all the same, because another guest was let in with the same code.
 *
 * An offline scan has already happened, so it is recorded as a conflict whatever the refusal is. Scans of the same
 * caller in the same reported second are one scan. When it is reported again it gets the same answer, and neither the
 * log nor the conflicts have it twice.
 */
export const redeem = verb<Redeem, ProductEntitlement>()({
  name: "redeem",
  permission: "redeem",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "occurred_at_impossible",
    "product_retired",
    "entitlement_revoked",
    "already_redeemed",
    "not_sold",
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["entitlement_redeemed"],

  needs: ({ productId, code, occurredAtMs }) => ({
    lock: [entitlements.at(code)],
    read:
      occurredAtMs === undefined
        ? [products.at(productId)]
        : [products.at(productId), conflictsOfScan.at({ code, secondMs: secondStart(occurredAtMs) })],
  }),

  decide(state, command, { nowMs, principal, address }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const found = state.get(entitlements, command.code);
    const entitlement = found?.productId === product.id ? found : undefined;
    const { occurredAtMs } = command;
    const atMs = Math.min(occurredAtMs ?? nowMs, nowMs);
    const entry: LogEntryDraft<"entitlement_redeemed"> = {
      kind: "entitlement_redeemed",
      productId: product.id,
      entitlementId: entitlement?.id ?? null,
      code: command.code,
      occurredAtMs: atMs,
      refusal: null,
    };
    if (entitlement === undefined) {
      return refuse("entitlement_not_found", [{ ...entry, refusal: "entitlement_not_found" }]);
    }
    const scan: Redemption = {
      atMs,
      reportedAtMs: occurredAtMs ?? null,
      accessKeyId: idOf(principal, "access_key"),
      operatorId: idOf(principal, "operator"),
      gateId: principal.gateId,
      address,
    };
    const known =
      occurredAtMs === undefined
        ? []
        : state.find(conflictsOfScan, { code: command.code, secondMs: secondStart(occurredAtMs) });
    const refusedWith = new Set(known.filter((one) => isSameScan(lastReported(one), scan)).map((one) => one.refusal));
    // Another scan counts, for good. Any other refusal may have passed.
    if (refusedWith.has("already_redeemed")) return refuse("already_redeemed");
    if (wasAccepted(entitlement, known, scan)) return accept({ product, entitlement });
    const refusal = refuseScan(product, entitlement, occurredAtMs, nowMs);
    if (refusal === undefined) {
      const redeemed: Entitlement = { ...entitlement, redemption: scan };
      return accept({ product, entitlement: redeemed }, [put(entitlements, redeemed)], [entry]);
    }
    if (refusedWith.has(refusal)) return refuse(refusal);
    const conflict = conflictOf(product, entitlement, scan, refusal, nowMs);
    const logged = conflict?.displaced === true ? entry : { ...entry, refusal };
    return refuse(refusal, [logged], effectsOf(conflict, entitlement));
  },
});

function refuseScan(
  product: Product,
  entitlement: Entitlement,
  occurredAtMs: number | undefined,
  nowMs: number,
): ScanRefusal | undefined {
  if (occurredAtMs !== undefined && !isPossible(product, entitlement, occurredAtMs, nowMs)) {
    return "occurred_at_impossible";
  }
  if (product.retiredAtMs !== null) return "product_retired";
  if (entitlement.revokedAtMs !== null) return "entitlement_revoked";
  if (entitlement.redemption !== null) return "already_redeemed";
  if (entitlement.inStock) return "not_sold";
  return refuseTime(product, entitlement, Math.min(occurredAtMs ?? nowMs, nowMs));
}

/** A code cannot be scanned before it was made, nor later than now. */
function isPossible(product: Product, entitlement: Entitlement, occurredAtMs: number, nowMs: number): boolean {
  const madeAtMs = Math.max(product.createdAtMs, entitlement.issuedAtMs);
  return occurredAtMs >= secondStart(madeAtMs) && occurredAtMs <= nowMs + clockAheadMaxMs;
}

/**
 * The conflict that a refused scan leaves. An online scan leaves one only if the code was redeemed before; otherwise
 * nobody was let in. Of two scans the earlier one counts, if it lies in the product's time.
 */
function conflictOf(
  product: Product,
  entitlement: Entitlement,
  scan: Redemption,
  refusal: ScanRefusal,
  nowMs: number,
): Conflict | undefined {
  const first = entitlement.redemption;
  const isSecond = refusal === "already_redeemed" && first !== null;
  if (scan.reportedAtMs === null && !isSecond) return undefined;
  const displaced =
    isSecond && scan.atMs < secondStart(first.atMs) && refuseTime(product, entitlement, scan.atMs) === undefined;
  const [kept, lost] = displaced ? [scan, first] : [first, scan];
  return { productId: product.id, entitlementId: entitlement.id, kept, lost, refusal, displaced, recordedAtMs: nowMs };
}

function effectsOf(conflict: Conflict | undefined, entitlement: Entitlement): readonly Effect[] {
  if (conflict === undefined) return [];
  const added = put(conflicts, conflict);
  return conflict.displaced ? [put(entitlements, { ...entitlement, redemption: conflict.kept }), added] : [added];
}

/** Whether a reported scan was accepted before: it counts, or was replaced later. */
function wasAccepted({ redemption }: Entitlement, known: readonly Conflict[], scan: Redemption): boolean {
  if (scan.reportedAtMs === null) return false;
  return isSameScan(redemption, scan) || known.some((one) => one.displaced && isSameScan(one.lost, scan));
}

/** The refused scan by which a conflict became known. */
function lastReported({ kept, lost, displaced }: Conflict): Redemption | null {
  return displaced ? kept : lost;
}

/** Whether two scans are from the same gate in the same second. Anonymous gates are told apart by address. */
function isSameScan(one: Redemption | null, other: Redemption): boolean {
  if (one === null || reportedSecond(one) !== reportedSecond(other)) return false;
  if (one.accessKeyId !== other.accessKeyId || one.operatorId !== other.operatorId) return false;
  const isNamed = other.accessKeyId !== null || other.operatorId !== null;
  return isNamed || one.address === other.address;
}

function reportedSecond({ atMs, reportedAtMs }: Redemption): number {
  return secondStart(reportedAtMs ?? atMs);
}
