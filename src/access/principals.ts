import type { Operator, OperatorRole } from "../core/operator.ts";
import { type Permission, permissions } from "../core/permission.ts";
import type { Principal } from "../core/principal.ts";
import type { Identity } from "./authenticator.ts";

const all: ReadonlySet<Permission> = new Set(permissions);

/** Owners alone decide who else may do what. */
const ofOwners: readonly Permission[] = ["manage_operators", "manage_organizations"];

const permissionsOf: Record<OperatorRole, ReadonlySet<Permission>> = {
  owner: all,
  administrator: new Set(permissions.filter((permission) => !ofOwners.includes(permission))),
  accountant: new Set(["read_entitlements", "read_log", "sell", "manage_stock", "read_customers", "create_tokens"]),
  reseller: new Set(["sell", "manage_stock", "read_customers", "create_tokens"]),
};
const permissionsOfGate: ReadonlySet<Permission> = new Set(["redeem"]);
const permissionsOfCustomer: ReadonlySet<Permission> = new Set(["use_entitlements"]);

/** Somebody who presents nothing, and may do nothing unless a dialect's settings grant it: see {@link granted}. */
export const anonymous: Principal = { kind: "anonymous", id: null, permissions: new Set(), ownerScope: null };

/** A person with a shell on the server, who may do everything. */
export const terminal: Principal = { kind: "terminal", id: null, permissions: all, ownerScope: null };

/** The server itself, which builds deliveries and ends them. */
export const job: Principal = {
  kind: "job",
  id: null,
  permissions: new Set<Permission>(["deliver_content"]),
  ownerScope: null,
};

/** An operator may do what its role may; a reseller sees its own customers and products only. */
export function operatorPrincipal({ id, role }: Operator): Principal {
  return { kind: "operator", id, permissions: permissionsOf[role], ownerScope: role === "reseller" ? id : null };
}

/** A gate may redeem. The products that its access key opens are the dialect's to look at. */
export function accessKeyPrincipal({ id }: { readonly id: number }): Principal {
  return { kind: "access_key", id, permissions: permissionsOfGate, ownerScope: null };
}

/** A customer may use what it holds. */
export function customerPrincipal({ id }: { readonly id: number }): Principal {
  return { kind: "customer", id, permissions: permissionsOfCustomer, ownerScope: null };
}

/** The principal that presented its credentials. */
export function principalOf(identity: Identity): Principal {
  return identity.kind === "operator" ? operatorPrincipal(identity.operator) : accessKeyPrincipal(identity.accessKey);
}

/** The same principal with further permissions, which the settings of a dialect grant to everybody. */
export function granted(principal: Principal, more: readonly Permission[]): Principal {
  return { ...principal, permissions: new Set([...principal.permissions, ...more]) };
}
