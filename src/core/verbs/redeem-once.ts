import { refuseScan } from "../admission.ts";
import {
  type Conflict,
  conflicts,
  type Entitlement,
  entitlements,
  refuseTime,
  type ScanRefusal,
} from "../entitlement.ts";
import { secondStart } from "../second.ts";
import { type Effect, put } from "../state.ts";
import { accept, refuse } from "../verb.ts";
import { type Attempt, isSameScan, lastReported, type Redeemed } from "./attempt.ts";

/**
 * Decides on an entitlement that is honoured once. Of two redemptions the earlier one counts. The later one is refused
 * and recorded as a conflict. If an offline scan turns out to be the earlier one, it replaces the redemption that was
 * accepted. Its log entry says that it was done. It is refused all the same, because another guest was let in with the
 * same code.
 */
export function redeemOnce(attempt: Attempt): Redeemed {
  const { product, entitlement, redemption, entry, nowMs } = attempt;
  const refusedWith = new Set(
    attempt.conflicts.filter((one) => isSameScan(lastReported(one), redemption)).map((one) => one.refusal),
  );
  // Another scan counts, for good. Any other refusal may have passed.
  if (refusedWith.has("already_redeemed")) return refuse("already_redeemed");
  if (wasAccepted(attempt)) return accept({ product, entitlement });
  const refusal = refuseScan(product, entitlement, attempt.scan, nowMs);
  if (refusal === undefined) {
    const redeemed: Entitlement = { ...entitlement, redemption };
    return accept({ product, entitlement: redeemed }, [put(entitlements, redeemed)], [entry]);
  }
  if (refusedWith.has(refusal)) return refuse(refusal);
  const conflict = conflictOf(attempt, refusal);
  const logged = conflict?.displaced === true ? entry : { ...entry, refusal };
  return refuse(refusal, [logged], effectsOf(conflict, entitlement));
}

/**
 * The conflict that a refused scan leaves. An online scan leaves one only if the code was redeemed before; otherwise
 * nobody was let in. Of two scans the earlier one counts, if it lies in the product's time.
 */
function conflictOf(
  { product, entitlement, redemption: scan, nowMs }: Attempt,
  refusal: ScanRefusal,
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
function wasAccepted({ entitlement, conflicts: known, redemption }: Attempt): boolean {
  if (redemption.reportedAtMs === null) return false;
  return (
    isSameScan(entitlement.redemption, redemption) ||
    known.some((one) => one.displaced && isSameScan(one.lost, redemption))
  );
}
