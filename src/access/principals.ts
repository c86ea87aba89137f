import type { GateRight } from "../core/gate.ts";
import type { Operator, OperatorRole, TokenLimits } from "../core/operator.ts";
import { type Permission, permissions } from "../core/permission.ts";
import type { Principal } from "../core/principal.ts";
import type { AccessKey } from "../queries/access-keys.ts";
import type { Identity } from "./authenticator.ts";

const all: ReadonlySet<Permission> = new Set(permissions);

/** Only owners may change operators and organizations. */
const ofOwners: readonly Permission[] = ["manage_operators", "manage_organizations"];

const permissionsOf: Record<OperatorRole, ReadonlySet<Permission>> = {
  owner: all,
  administrator: new Set(permissions.filter((permission) => !ofOwners.includes(permission))),
  accountant: new Set([
    "read_entitlements",
    "see_names",
    "read_log",
    "sell",
    "refund",
    "hold",
    "manage_stock",
    "read_stock",
    "see_secrets",
    "read_customers",
    "create_tokens",
  ]),
  reseller: new Set(["sell", "refund", "manage_stock", "read_stock", "see_secrets", "read_customers", "create_tokens"]),
  auditor: new Set([
    "read_products",
    "read_entitlements",
    "see_names",
    "read_log",
    "read_stock",
    "read_customers",
    "read_settings",
  ]),
  steward: new Set(["redeem", "undo", "read_entitlements", "see_names"]),
};
const permissionsOfKey: ReadonlySet<Permission> = new Set(["redeem", "see_names"]);
const permissionOf: Record<GateRight, Permission> = {
  search: "read_entitlements",
  see_names: "see_names",
  undo: "undo",
};
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

/**
 * An access key may redeem. One that stands at a gate has the gate's rights; any other sees the names of holders. The
 * dialect checks which products it opens.
 */
export function accessKeyPrincipal({ id, gate }: Pick<AccessKey, "id" | "gate">): Principal {
  const permissions = gate === null ? permissionsOfKey : permissionsOfGate(gate.rights);
  return { kind: "access_key", id, permissions, ownerScope: null, gateId: gate?.id ?? null };
}

function permissionsOfGate(rights: readonly GateRight[]): ReadonlySet<Permission> {
  return new Set(["redeem", ...rights.map((right) => permissionOf[right])]);
}

/** A customer may use its own entitlements. */
export function customerPrincipal({ id }: { readonly id: number }): Principal {
  return { kind: "customer", id, permissions: permissionsOfCustomer, ownerScope: null, gateId: null };
}

/** An operator who came with a token, narrowed to the limits of the token. */
function tokenPrincipal(operator: Operator, { scopes, productIds, categories }: TokenLimits): Principal {
  const whole = operatorPrincipal(operator);
  return {
    ...whole,
    permissions: scopes === null ? whole.permissions : whole.permissions.intersection(new Set(scopes)),
    reach: { productIds: setOf(productIds), categories: setOf(categories) },
  };
}

function setOf<T>(list: readonly T[] | null): ReadonlySet<T> | null {
  return list === null ? null : new Set(list);
}

/** The principal that presented its credentials. */
export function principalOf(identity: Identity): Principal {
  if (identity.kind === "access_key") return accessKeyPrincipal(identity.accessKey);
  const { operator, limits = null } = identity;
  return limits === null ? operatorPrincipal(operator) : tokenPrincipal(operator, limits);
}

/** The principal with further permissions, which the settings of a dialect grant to everybody. */
export function granted(principal: Principal, more: readonly Permission[]): Principal {
  return { ...principal, permissions: new Set([...principal.permissions, ...more]) };
}
