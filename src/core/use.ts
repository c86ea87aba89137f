import { type Entitlement, entitlements, type Redemption, type ScanRefusal } from "./entitlement.ts";
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
  /** When the last entry or exit that counts was made; `null` without one. */
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

/** The uses of an entitlement that were made at this moment or later. */
export interface UsesAsked {
  readonly code: string;
  readonly fromMs: number;
}

/** Uses of this entitlement, in the order of their times. Earlier ones may be among them. */
export const usesSince = lookup<UsesAsked, Use>({
  name: "uses_since",
  noun: uses,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: ({ code }, state) => state.get(entitlements, code)?.id,
  compare: (a, b) => a.atMs - b.atMs || a.number - b.number,
  nameOf: ({ code }) => code,
});

/** The number of uses that an entitlement has spent. */
export function spentOf({ usage, redemption }: Pick<Entitlement, "usage" | "redemption">): number {
  return usage?.spent ?? (redemption === null ? 0 : 1);
}
