import type { Use } from "../core/use.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Uses of entitlements at gates. How many are left follows from the entitlement: `usesLeft` of `core/admission.ts`. */
export interface UseQueries {
  /**
   * The uses of the entitlement with this number, as they became known: also those that do not count, and the one use
   * of an entitlement that is honoured once.
   */
  list(organizationId: number, entitlementId: number, page: PageRequest<KnownUse>): Promise<Page<KnownUse>>;
  /** How many holders are inside now, by the categories of the product; a category with nobody inside is left out. */
  inside(organizationId: number, productId: number): Promise<readonly InsideCount[]>;
}

export interface KnownUse extends Omit<Use, "productId" | "entitlementId" | "answer"> {
  /** The access key in clear; `null` when none was presented. */
  readonly accessKey: string | null;
}

export interface InsideCount {
  /** The key of the category; `null` for entitlements without one. */
  readonly category: string | null;
  readonly inside: number;
}
