import { type AdmissionTerms, afterUse, isSameDay, refuseUse, usageOf } from "./admission.ts";
import type { Entitlement, Redemption } from "./entitlement.ts";
import { counts, inOrder, mayCount, type Usage, type Use } from "./use.ts";

/** An entitlement after its uses were decided anew, and the uses that are new or changed. */
export interface Settled {
  readonly entitlement: Entitlement;
  readonly changed: readonly Use[];
}

/**
 * Decides a use that is new, was taken back or may count again, and anew every use after it. Uses before it keep what
 * was decided. So the end is the same in whatever order the uses become known.
 *
 * `known` has at least the uses since the beginning of the day of this one.
 */
export function settle(terms: AdmissionTerms, entitlement: Entitlement, known: readonly Use[], one: Use): Settled {
  const sorted = known.filter(({ number }) => number !== one.number).sort(inOrder);
  const before = known.filter((use) => use.number === one.number);
  const earlier = sorted.filter((use) => counts(use) && inOrder(use, one) < 0);
  // What neither counted nor counts now is of no consequence for those after it.
  const isMoot = !mayCount(one) && !before.some(counts);
  const later = isMoot ? [] : sorted.filter((use) => mayCount(use) && inOrder(use, one) > 0);

  const usage = usageOf(terms, entitlement);
  let now = withoutUses(terms, usage, earlier, [...before, ...later].filter(counts));
  let first = now.spent > 0 ? entitlement.redemption : null;
  const changed: Use[] = mayCount(one) ? [] : [one];
  for (const use of mayCount(one) ? [one, ...later] : later) {
    const refusal = refuseUse(terms, entitlement, now, use) ?? null;
    if (refusal === null) {
      now = afterUse(terms, now, use);
      first ??= redemptionOf(use);
    }
    if (use === one || refusal !== use.refusal) changed.push({ ...use, refusal });
  }
  const recorded = Math.max(usage.recorded, one.number);
  const lastAtMs = mayCount(one) ? Math.max(usage.lastAtMs ?? one.atMs, one.atMs) : usage.lastAtMs;
  return { entitlement: { ...entitlement, redemption: first, usage: { ...now, recorded, lastAtMs } }, changed };
}

/** The usage before the last uses, of which all counted: `earlier` counted and came before them. */
function withoutUses(terms: AdmissionTerms, usage: Usage, earlier: readonly Use[], last: readonly Use[]): Usage {
  const [next] = last;
  if (next === undefined) return usage;
  const inside = terms.reentry === "after_exit" && next.direction === "exit";
  const taken = spentBy(last);
  if (taken === 0) return { ...usage, inside };
  const lastEntryAtMs = earlier.findLast(({ direction }) => direction === "entry")?.atMs ?? null;
  const ofDay = earlier.filter(({ atMs }) => lastEntryAtMs !== null && isSameDay(terms, atMs, lastEntryAtMs));
  return { ...usage, spent: usage.spent - taken, spentOnDay: spentBy(ofDay), lastEntryAtMs, inside };
}

function spentBy(uses: readonly Use[]): number {
  return uses.reduce((sum, { direction, count }) => sum + (direction === "entry" ? count : 0), 0);
}

/** When and by whom a use was made. */
export function redemptionOf({ atMs, reportedAtMs, accessKeyId, operatorId, gateId, address }: Redemption): Redemption {
  return { atMs, reportedAtMs, accessKeyId, operatorId, gateId, address };
}

/** The row of a use that was the one use of its entitlement and lies there as its redemption; none without one. */
export function firstUse({ id, productId, redemption, usage }: Entitlement): readonly Use[] {
  if (usage !== null || redemption === null) return [];
  return [
    {
      ...redemption,
      productId,
      entitlementId: id,
      number: 1,
      recordedAtMs: redemption.atMs,
      direction: "entry",
      count: 1,
      refusal: null,
      answer: null,
      undoneAtMs: null,
    },
  ];
}
