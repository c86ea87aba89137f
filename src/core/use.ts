import { entitlements, type FixedRefusal, type Redemption, type ScanRefusal, type UseRefusal } from "./entitlement.ts";
import { lookup, noun } from "./state.ts";

/**
 * How often one entitlement is honoured: `max` times, in all or on each calendar day of the product's time zone. `null`
 * is without limit.
 */
export interface UseLimit {
  readonly max: number | null;
  readonly per: "entitlement" | "day";
}

/** Once, and never again. */
export const once: UseLimit = { max: 1, per: "entitlement" };

export const usesMaxMax = 1_000_000;

/** Whether this may be a limit of uses. */
export function isUseLimit({ max }: UseLimit): boolean {
  return max === null || (Number.isInteger(max) && max >= 1 && max <= usesMaxMax);
}

/** Whether a gate lets somebody in or out. */
export type Direction = "entry" | "exit";

/**
 * What became of the uses of one entitlement, so that a gate needs no look at the uses themselves. `null` in an
 * entitlement that has no rows of uses: it was never used, or its one use is its redemption.
 */
export interface Usage {
  /** The number of its rows of uses, of every kind. The next row has the next number. */
  readonly recorded: number;
  /** The number of uses that count. An exit spends none. */
  readonly spent: number;
  /** Those of them on the day of the last entry that counts. */
  readonly spentOnDay: number;
  /** When the last entry that counts was made; `null` without one. */
  readonly lastEntryAtMs: number | null;
  /** When the last entry or exit was made that counts or was refused for the uses before it; `null` without one. */
  readonly lastAtMs: number | null;
  /** Whether its holder is inside. Always `false` where the product asks for no exits. */
  readonly inside: boolean;
}

/**
 * One use of an entitlement at a gate: an entry or an exit. The use of an entitlement that is honoured once lies in the
 * entitlement as its redemption; every other use is a row.
 */
export interface Use extends Redemption {
  readonly productId: number;
  readonly entitlementId: number;
  /** From 1 on, in the order in which the uses of the entitlement became known. */
  readonly number: number;
  readonly recordedAtMs: number;
  readonly direction: Direction;
  /** How many uses it spends at once, such as the rides of a group. */
  readonly count: number;
  /** Why it does not count although somebody may have been let in; `null` for a use that counts. */
  readonly refusal: ScanRefusal | null;
  /** The reason that its caller was told; `null` when the use was honoured. It is told again when asked again. */
  readonly answer: ScanRefusal | null;
  /** Set once a steward took it back. It spends nothing. */
  readonly undoneAtMs: number | null;
}

/** The key of a use. */
export function useKey({ entitlementId, number }: Pick<Use, "entitlementId" | "number">): string {
  return `${entitlementId} ${number}`;
}

/** Uses, by `useKey`. */
export const uses = noun<string, Use>({
  name: "use",
  keyOf: useKey,
});

/** No calendar day of a time zone is longer, also when its clocks are changed or it moves across the date line. */
export const dayMaxMs = 48 * 60 * 60_000;

/** The uses of an entitlement that were made at this moment or later, or reported for such a time. */
export interface UsesAsked {
  readonly code: string;
  readonly fromMs: number;
}

/** The uses of this entitlement. Earlier ones may be among them. */
export const usesSince = lookup<UsesAsked, Use>({
  name: "uses_since",
  noun: uses,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: ({ code }, state) => state.get(entitlements, code)?.id,
  nameOf: ({ code }) => code,
});

/** Whether a use counts. */
export function counts({ refusal, undoneAtMs }: Pick<Use, "refusal" | "undoneAtMs">): boolean {
  return refusal === null && undoneAtMs === null;
}

/** Whether a use counts, or would count after other uses. */
export function mayCount({ refusal, undoneAtMs }: Pick<Use, "refusal" | "undoneAtMs">): boolean {
  return undoneAtMs === null && !isFixed(refusal);
}

/** Whether this reason does not depend on other uses. */
export function isFixed(refusal: ScanRefusal | null): refusal is FixedRefusal {
  return refusal !== null && !ofUses.has(refusal);
}

const ofUses: ReadonlySet<ScanRefusal> = new Set<UseRefusal>([
  "already_redeemed",
  "already_redeemed_today",
  "uses_short",
  "already_inside",
  "not_inside",
]);

/**
 * The order of uses: by their times. Of one moment, offline scans come first, in an order that does not depend on their
 * arrival, and then online scans as they were decided.
 */
export function inOrder(a: Use, b: Use): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.reportedAtMs === null || b.reportedAtMs === null) {
    return Number(a.reportedAtMs === null) - Number(b.reportedAtMs === null) || a.number - b.number;
  }
  const [one, other] = [a, b].map(nameOf);
  return one === other ? 0 : (one ?? "") < (other ?? "") ? -1 : 1;
}

function nameOf({ direction, reportedAtMs, accessKeyId, operatorId, gateId, address, count }: Use): string {
  return JSON.stringify([direction, reportedAtMs, accessKeyId, operatorId, gateId, address, count]);
}
