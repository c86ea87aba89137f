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

/** How far a scanner's clock may run ahead; a scan within this is taken to be made now. */
export const clockAheadMaxMs = 120_000;

interface Redeem extends ProductNamed {
  readonly code: string;
  /** When it was done, for a redemption that was made offline and is reported now. */
  readonly occurredAtMs?: number;
}

/**
 * Honours an entitlement, once. An entitlement of another product counts as not found. Every refusal but
 * `product_not_found` is written to the log.
 *
 * Of two redemptions the earlier one counts. The later one is refused and kept as a conflict; when a scan that was made
 * offline turns out to be the earlier one, it takes the place of the one that was accepted. The log tells it as done,
 * but it is refused all the same, since that caller's guest is not the only one who was let in.
 *
 * A scan that was made offline has happened: whatever it is refused with, it is kept as a conflict. The same caller and
 * the same reported second are the same scan: reported again, it is answered as the first time, and neither the log nor
 * the conflicts have it twice.
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
    const action: LogEntryDraft<"entitlement_redeemed"> = {
      kind: "entitlement_redeemed",
      productId: product.id,
      entitlementId: entitlement?.id ?? null,
      code: command.code,
      occurredAtMs: atMs,
      refusal: null,
    };
    if (entitlement === undefined) {
      return refuse("entitlement_not_found", [{ ...action, refusal: "entitlement_not_found" }]);
    }
    const scan: Redemption = {
      atMs,
      reportedAtMs: occurredAtMs ?? null,
      accessKeyId: idOf(principal, "access_key"),
      operatorId: idOf(principal, "operator"),
      address,
    };
    const known =
      occurredAtMs === undefined
        ? []
        : state.find(conflictsOfScan, { code: command.code, secondMs: secondStart(occurredAtMs) });
    const refusedWith = new Set(known.filter((one) => isSameScan(lastReported(one), scan)).map((one) => one.refusal));
    // Another scan counts, for good; whatever else it was refused with may have passed.
    if (refusedWith.has("already_redeemed")) return refuse("already_redeemed");
    if (wasAccepted(entitlement, known, scan)) return accept({ product, entitlement });
    const refusal = refuseScan(product, entitlement, occurredAtMs, nowMs);
    if (refusal === undefined) {
      const redeemed: Entitlement = { ...entitlement, redemption: scan };
      return accept({ product, entitlement: redeemed }, [put(entitlements, redeemed)], [action]);
    }
    if (refusedWith.has(refusal)) return refuse(refusal);
    const conflict = conflictOf(product, entitlement, scan, refusal, nowMs);
    const logged = conflict?.displaced === true ? action : { ...action, refusal };
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

/** Nobody can have shown a code before it was made, nor later than now. */
function isPossible(product: Product, entitlement: Entitlement, occurredAtMs: number, nowMs: number): boolean {
  const madeAtMs = Math.max(product.createdAtMs, entitlement.issuedAtMs);
  return occurredAtMs >= secondStart(madeAtMs) && occurredAtMs <= nowMs + clockAheadMaxMs;
}

/**
 * What is kept of a scan that was refused: nothing of one that was made online and found the code not to be good, since
 * nobody was let in. Of two scans the earlier counts, if it lies in the product's time.
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

/** Whether a scan that is reported was accepted before: it is the one that counts, or lost its place only later. */
function wasAccepted({ redemption }: Entitlement, known: readonly Conflict[], scan: Redemption): boolean {
  if (scan.reportedAtMs === null) return false;
  return isSameScan(redemption, scan) || known.some((one) => one.displaced && isSameScan(one.lost, scan));
}

/** The scan by which a conflict became known; it was refused. */
function lastReported({ kept, lost, displaced }: Conflict): Redemption | null {
  return displaced ? kept : lost;
}

/** Whether two scans are by one gate in one second. Gates that show nothing are told apart by their addresses. */
function isSameScan(one: Redemption | null, other: Redemption): boolean {
  if (one === null || reportedSecond(one) !== reportedSecond(other)) return false;
  if (one.accessKeyId !== other.accessKeyId || one.operatorId !== other.operatorId) return false;
  const isNamed = other.accessKeyId !== null || other.operatorId !== null;
  return isNamed || one.address === other.address;
}

function reportedSecond({ atMs, reportedAtMs }: Redemption): number {
  return secondStart(reportedAtMs ?? atMs);
}
