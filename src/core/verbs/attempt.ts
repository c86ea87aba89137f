import type { Scan } from "../admission.ts";
import type { Conflict, ProductEntitlement, Redemption, ScanRefusal } from "../entitlement.ts";
import type { LogEntryDraft } from "../log-entry.ts";
import { secondStart } from "../second.ts";
import type { Decision } from "../verb.ts";

/** A scan of an entitlement that is there, on the way to a decision. */
export interface Attempt extends ProductEntitlement {
  readonly scan: Scan;
  /** The redemption that the scan would be. */
  readonly redemption: Redemption;
  /** The conflicts that may contain the scan, of an entitlement that is or was honoured once. */
  readonly conflicts: readonly Conflict[];
  readonly nowMs: number;
  /** The log entry of a scan that is honoured. */
  readonly entry: LogEntryDraft<"entitlement_redeemed">;
}

export type Redeemed = Decision<ProductEntitlement, ScanRefusal, "entitlement_redeemed">;

/** The refused scan by which a conflict became known. */
export function lastReported({ kept, lost, displaced }: Conflict): Redemption | null {
  return displaced ? kept : lost;
}

/** Whether two scans are from the same gate in the same second. Anonymous gates are told apart by address. */
export function isSameScan(one: Redemption | null, other: Redemption): boolean {
  if (one === null || reportedSecond(one) !== reportedSecond(other)) return false;
  if (one.accessKeyId !== other.accessKeyId || one.operatorId !== other.operatorId) return false;
  const isNamed = other.accessKeyId !== null || other.operatorId !== null;
  return isNamed || one.address === other.address;
}

function reportedSecond({ atMs, reportedAtMs }: Redemption): number {
  return secondStart(reportedAtMs ?? atMs);
}
