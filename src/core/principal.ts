import type { Permission } from "./permission.ts";

/**
 * The kind of a principal. A `terminal` is a person with a shell on the server; a `job` is the server itself. A caller
 * with a token is the operator of the token.
 */
export type PrincipalKind = "anonymous" | "access_key" | "operator" | "customer" | "terminal" | "job";

/** The caller of a command or a query, with its permissions. `access/principals.ts` makes principals. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** The number of the access key, operator or customer; `null` for the other kinds. */
  readonly id: number | null;
  readonly permissions: ReadonlySet<Permission>;
  /** The owner of the customers and products that it sees: a reseller sees its own, all others those of the house. */
  readonly ownerScope: number | null;
  /** The gate at which it stands; `null` when it has none. */
  readonly gateId: number | null;
  /** Present when its token narrows it further than by permissions. */
  readonly reach?: Reach;
}

/** What a narrowed token reaches; `null` for everything. */
export interface Reach {
  readonly productIds: ReadonlySet<number> | null;
  readonly categories: ReadonlySet<string> | null;
}

/** Whether a principal has a permission. */
export function may({ permissions }: Principal, permission: Permission): boolean {
  return permissions.has(permission);
}

/** Whether a principal reaches this product; of no product in particular, whether it reaches all of them. */
export function reaches({ reach }: Pick<Principal, "reach">, productId: number | undefined): boolean {
  const productIds = reach?.productIds ?? null;
  return productIds === null || (productId !== undefined && productIds.has(productId));
}

/** Whether a principal reaches entitlements of this category; `null` is that of a product without categories. */
export function reachesCategory({ reach }: Pick<Principal, "reach">, category: string | null): boolean {
  const categories = reach?.categories ?? null;
  return categories === null || (category !== null && categories.has(category));
}

/** Whether a principal may act for this customer. A customer acts only for itself; the other kinds act for all. */
export function mayActFor({ kind, id }: Principal, customerId: number | null): boolean {
  return kind !== "customer" || id === customerId;
}

/** The number of a principal of this kind; `null` for one of another kind. */
export function idOf({ kind, id }: Pick<Principal, "kind" | "id">, wanted: PrincipalKind): number | null {
  return kind === wanted ? id : null;
}

/**
 * A name for the principal that is stable and unique in the organization. It keeps the idempotency keys of principals
 * apart. Anonymous principals with different network addresses have different names.
 */
export function principalName({ kind, id }: Principal, address: string | null): string {
  const distinction = kind === "anonymous" ? address : id;
  return distinction === null ? kind : `${kind}:${distinction}`;
}
