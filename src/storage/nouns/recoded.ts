import { entitlements, replacedCodes } from "../../core/entitlement.ts";
import type { Writes } from "../../engine/store.ts";
import { changesOf } from "./stored.ts";

/**
 * The numbers of the stored entitlements that have new codes. Each of them is removed under its old code and added under
 * the new one, and keeps its row.
 */
export function recodedIn(writes: Writes): ReadonlySet<number> {
  const { removed } = changesOf(writes, entitlements);
  if (removed.length === 0) return new Set();
  const old = new Set(removed);
  const replaced = changesOf(writes, replacedCodes).added.filter(({ code }) => old.has(code));
  return new Set(replaced.map(({ entitlementId }) => entitlementId));
}
