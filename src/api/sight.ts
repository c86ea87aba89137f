import { type Principal, reaches, reachesCategory } from "../core/principal.ts";
import type { Product } from "../core/product.ts";
import type { FoundEntitlement, ReachFilter } from "../queries/entitlements.ts";

/** What a principal sees. The rest counts as not there, so that nobody learns that it is. */

export function seesProduct(principal: Principal, { id, stock }: Pick<Product, "id" | "stock">): boolean {
  return (stock?.ownerId ?? null) === principal.ownerScope && reaches(principal, id);
}

export function seesEntitlement(principal: Principal, { entitlement, ownerId }: FoundEntitlement): boolean {
  return (
    ownerId === principal.ownerScope &&
    reaches(principal, entitlement.productId) &&
    reachesCategory(principal, entitlement.category)
  );
}

/** Whether it sees the organization as a whole: its settings, its operators and their tokens. */
export function seesAll(principal: Principal): boolean {
  return principal.ownerScope === null && reaches(principal, undefined) && reachesCategory(principal, null);
}

/** The same as a filter of lists. */
export function sightOf({ ownerScope, reach }: Principal): ReachFilter {
  return {
    ownerId: ownerScope,
    productIds: reach?.productIds == null ? null : [...reach.productIds],
    categories: reach?.categories == null ? null : [...reach.categories],
  };
}
