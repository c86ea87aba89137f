import { type Principal, reaches, reachesCategory } from "../core/principal.ts";
import type { Product } from "../core/product.ts";
import type { FoundEntitlement, ReachFilter } from "../queries/entitlements.ts";
import type { FoundHold } from "../queries/holds.ts";
import type { FoundSale } from "../queries/sales.ts";

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

export function seesHold(principal: Principal, { hold, ownerId }: FoundHold): boolean {
  return (
    ownerId === principal.ownerScope && reaches(principal, hold.productId) && reachesCategory(principal, hold.category)
  );
}

/** Whether it reaches the stock of a product and what was sold of it. Stock has no categories. */
export function reachesStock(principal: Principal, productId: number): boolean {
  return reaches(principal, productId) && reachesCategory(principal, null);
}

/** A sale of one of its products, or one of its own. */
export function seesSale(principal: Principal, { sale, ownerId }: FoundSale): boolean {
  const { ownerScope } = principal;
  const isOwn = ownerId === ownerScope || (ownerScope !== null && sale.operatorId === ownerScope);
  return isOwn && reachesStock(principal, sale.productId);
}

/** Whether it sees what is about no product in particular, such as customers and gates. The engine lets it change no such thing either. */
export function seesAll({ reach }: Principal): boolean {
  return (reach?.productIds ?? null) === null && (reach?.categories ?? null) === null;
}

/** Whether it sees the organization as a whole: its settings, its operators and their tokens. */
export function seesOrganization(principal: Principal): boolean {
  return principal.ownerScope === null && seesAll(principal);
}

/** The same as a filter of lists. */
export function sightOf({ ownerScope, reach }: Principal): ReachFilter {
  return {
    ownerId: ownerScope,
    productIds: reach?.productIds == null ? null : [...reach.productIds],
    categories: reach?.categories == null ? null : [...reach.categories],
  };
}
