import type { Conflict, Redemption } from "../core/entitlement.ts";
import type { Page, PageRequest } from "./pages.ts";

/**
 * Redemptions that were refused although somebody may have been let in: those of entitlements that are honoured once, and
 * uses of others that do not count. A use that comes to count is none any more.
 */
export interface ConflictQueries {
  /** The conflicts of a product, in the order in which they were recorded. */
  list(organizationId: number, productId: number, page: PageRequest<KnownConflict>): Promise<Page<KnownConflict>>;
}

export interface KnownConflict extends Pick<Conflict, "refusal" | "recordedAtMs"> {
  readonly id: number;
  readonly entitlementId: number;
  readonly code: string;
  /** The key of the category of the entitlement. */
  readonly category: string | null;
  /** `null` when no redemption of the entitlement counted, or more than one may. */
  readonly kept: KnownRedemption | null;
  readonly lost: KnownRedemption;
}

export interface KnownRedemption
  extends Pick<Redemption, "atMs" | "accessKeyId" | "operatorId" | "gateId" | "address"> {
  /** The access key in clear; `null` when none was presented. */
  readonly accessKey: string | null;
}
