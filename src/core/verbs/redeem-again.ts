import { afterUse, refuseApartFromUses, refuseScan, usageOf } from "../admission.ts";
import { type Entitlement, entitlements } from "../entitlement.ts";
import { type Effect, put } from "../state.ts";
import { isFixed, type Use, uses } from "../use.ts";
import { firstUse, redemptionOf, settle } from "../use-history.ts";
import { accept, refuse } from "../verb.ts";
import { type Attempt, isSameScan, lastReported, type Redeemed } from "./attempt.ts";

/**
 * Decides on an online scan of an entitlement that is honoured more than once. It comes after all uses that are known,
 * so the usage of the entitlement suffices. A scan that is refused leaves nothing but its log entry: nobody was let in.
 */
export function redeemAgain(attempt: Attempt): Redeemed {
  const { product, entitlement, entry, nowMs } = attempt;
  const usage = usageOf(product, entitlement);
  // Another process may have a clock that is ahead.
  const scan = { ...attempt.scan, atMs: Math.max(nowMs, usage.lastAtMs ?? nowMs) };
  const refusal = refuseScan(product, entitlement, scan, nowMs);
  if (refusal !== undefined) return refuse(refusal, [{ ...entry, refusal }]);
  const use: Use = { ...newUse(attempt, usage.recorded), atMs: scan.atMs };
  const used: Entitlement = {
    ...entitlement,
    redemption: entitlement.redemption ?? redemptionOf(use),
    usage: { ...afterUse(product, usage, use), recorded: use.number },
  };
  return accept(
    { product, entitlement: used },
    [put(entitlements, used), ...[...firstUse(entitlement), use].map((one) => put(uses, one))],
    [entry],
  );
}

/**
 * Decides on an offline scan of such an entitlement. It takes its place among the uses by its time, and all later ones
 * are decided anew: one that counted may lose its place and become a conflict, and a conflict may come to count. The
 * answer tells whether the scan itself counts. `later` are the known uses since the beginning of its day.
 */
export function reportUse(attempt: Attempt, later: readonly Use[]): Redeemed {
  const { product, entitlement, scan, redemption, conflicts, entry, nowMs } = attempt;
  if (conflicts.some((one) => one.refusal === "already_redeemed" && isSameScan(lastReported(one), redemption))) {
    return refuse("already_redeemed");
  }
  if (conflicts.some((one) => one.displaced && isSameScan(one.lost, redemption))) {
    return accept({ product, entitlement });
  }
  const first = firstUse(entitlement);
  const known = [...first, ...later];
  const same = known.find((one) => one.direction === scan.direction && isSameScan(one, redemption));
  const fixed = refuseApartFromUses(product, entitlement, scan, nowMs) ?? null;
  if (same !== undefined && !(isFixed(same.refusal) && same.undoneAtMs === null && fixed === null)) {
    return same.answer === null ? accept({ product, entitlement }) : refuse(same.answer);
  }
  // A clock that was ahead gave the scan the time of its first report; now it has its own.
  const use = { ...(same ?? newUse(attempt, usageOf(product, entitlement).recorded)), atMs: scan.atMs };
  const settled = settle(product, entitlement, known, { ...use, refusal: fixed });
  const answer = settled.changed.find(({ number }) => number === use.number)?.refusal ?? null;
  const changed = settled.changed.map((one) => (one.number === use.number ? { ...one, answer } : one));
  const effects: Effect[] = [
    put(entitlements, settled.entitlement),
    ...[...first, ...changed].map((one) => put(uses, one)),
  ];
  if (answer !== null) return refuse(answer, [{ ...entry, refusal: answer }], effects);
  return accept({ product, entitlement: settled.entitlement }, effects, [entry]);
}

function newUse({ product, entitlement, redemption, scan, nowMs }: Attempt, recorded: number): Use {
  return {
    ...redemption,
    productId: product.id,
    entitlementId: entitlement.id,
    number: recorded + 1,
    recordedAtMs: nowMs,
    direction: scan.direction,
    count: scan.count,
    refusal: null,
    answer: null,
    undoneAtMs: null,
  };
}
