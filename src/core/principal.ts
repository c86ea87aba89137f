import type { Permission } from "./permission.ts";

/**
 * How a principal is known. A `terminal` is a person with a shell on the server, a `job` the server itself. Who uses a
 * token acts as its operator.
 */
export type PrincipalKind = "anonymous" | "access_key" | "operator" | "customer" | "terminal" | "job";

/** Who gives a command or asks a question, and what it may do. `access/principals.ts` makes them. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** The number of the access key, operator or customer; `null` for the other kinds. */
  readonly id: number | null;
  readonly permissions: ReadonlySet<Permission>;
  /** Whose customers and products it sees: a reseller its own, everybody else those of the house (`null`). */
  readonly ownerScope: number | null;
}

/** Whether a principal has a permission. */
export function may({ permissions }: Principal, permission: Permission): boolean {
  return permissions.has(permission);
}

/** Whether a principal may act for this customer: a customer only for itself; the others are bound to none. */
export function mayActFor({ kind, id }: Principal, customerId: number | null): boolean {
  return kind !== "customer" || id === customerId;
}

/** The number of a principal of this kind; `null` for one of another kind. */
export function idOf({ kind, id }: Pick<Principal, "kind" | "id">, wanted: PrincipalKind): number | null {
  return kind === wanted ? id : null;
}

/**
 * A name for the principal that is stable and unique in the organization; idempotency keys of one do not meet another's.
 * Anonymous principals are told apart by their network address, as far as that goes.
 */
export function principalName({ kind, id }: Principal, address: string | null): string {
  const distinction = kind === "anonymous" ? address : id;
  return distinction === null ? kind : `${kind}:${distinction}`;
}
