import type { Operator, OperatorRole } from "../core/operator.ts";
import { type Permission, permissions } from "../core/permission.ts";
import type { Principal } from "../core/principal.ts";
import type { Identity } from "./authenticator.ts";

const all: ReadonlySet<Permission> = new Set(permissions);

/** Only owners may change operators and organizations. */
const ofOwners: readonly Permission[] = ["manage_operators", "manage_organizations"];

const permissionsOf: Record<OperatorRole, ReadonlySet<Permission>> = {
  owner: all,
  administrator: new Set(permissions.filter((permission) => !ofOwners.includes(permission))),
  accountant: new Set(["read_entitlements", "read_log", "sell", "manage_stock", "read_customers", "create_tokens"]),
  reseller: new Set(["sell", "manage_stock", "read_customers", "create_tokens"]),
};
const permissionsOfGate: ReadonlySet<Permission> = new Set(["redeem"]);
const permissionsOfCustomer: ReadonlySet<Permission> = new Set(["use_entitlements"]);

/** A caller without credentials and without permissions. Settings of a dialect may grant some: see {@link granted}. */
export const anonymous: Principal = {
  kind: "anonymous",
  id: null,
  permissions: new Set(),
  ownerScope: null,
  gateId: null,
};

/** A person with a shell on the server, with all permissions. */
export const terminal: Principal = { kind: "terminal", id: null, permissions: all, ownerScope: null, gateId: null };

/** The server itself, which builds deliveries and ends them. */
export const job: Principal = {
  kind: "job",
  id: null,
  permissions: new Set<Permission>(["deliver_content"]),
  ownerScope: null,
  gateId: null,
};

/** An operator with the permissions of its role. A reseller sees its own customers and products only. */
export function operatorPrincipal({ id, role }: Operator): Principal {
  const ownerScope = role === "reseller" ? id : null;
  return { kind: "operator", id, permissions: permissionsOf[role], ownerScope, gateId: null };
}

/** A gate may redeem. The dialect checks which products its access key opens. */
export function accessKeyPrincipal({ id }: { readonly id: number }): Principal {
  return { kind: "access_key", id, permissions: permissionsOfGate, ownerScope: null, gateId: null };
}

/** A customer may use its own entitlements. */
export function customerPrincipal({ id }: { readonly id: number }): Principal {
  return { kind: "customer", id, permissions: permissionsOfCustomer, ownerScope: null, gateId: null };
}

/** The principal that presented its credentials. */
export function principalOf(identity: Identity): Principal {
  return identity.kind === "operator" ? operatorPrincipal(identity.operator) : accessKeyPrincipal(identity.accessKey);
}

/** The principal with further permissions, which the settings of a dialect grant to everybody. */
export function granted(principal: Principal, more: readonly Permission[]): Principal {
  return { ...principal, permissions: new Set([...principal.permissions, ...more]) };
}
