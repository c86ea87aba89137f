import { noun } from "./state.ts";
/** What an operator may do at all; the first may do everything. */
export const operatorRoles = ["owner", "administrator", "accountant", "reseller"] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** Who administers or sells. */
export interface Operator {
  readonly id: number;
  readonly login: string;
  readonly role: OperatorRole;
}

/**
 * Whose customers and products an operator sees: a reseller its own, everybody else the house's (`null`), which is what
 * no reseller owns.
 */
export function ownerScope(operator: Operator): number | null {
  return operator.role === "reseller" ? operator.id : null;
}

/** The acts that need a permission. */
export const permissions = [
  "manage_products",
  "manage_entitlements",
  "read_entitlements",
  "read_log",
  "redeem",
  "sell",
  "manage_stock",
  "read_customers",
  /** Binding devices to what one holds oneself, and having content delivered to them. */
  "use_entitlements",
  "deliver_content",
  "create_tokens",
] as const;
export type Permission = (typeof permissions)[number];

const permissionsOf: Record<OperatorRole, ReadonlySet<Permission>> = {
  owner: new Set(permissions),
  administrator: new Set(permissions),
  accountant: new Set(["read_entitlements", "read_log", "sell", "manage_stock", "read_customers"]),
  reseller: new Set(["sell", "manage_stock", "read_customers"]),
};

/** Whether an operator of this role may do this. */
export function mayOperator(operator: Operator, permission: Permission): boolean {
  return permissionsOf[operator.role].has(permission);
}

/** A token by which an operator will be known; it is kept hashed, so this is the last time that it is seen. */
export interface NewToken {
  readonly operatorId: number;
  readonly token: string;
  /** `null`: it holds until it is revoked. */
  readonly expiresAtMs: number | null;
}

/** Tokens, in clear. They are only ever added. */
export const tokens = noun<string, NewToken>({ name: "token", keyOf: ({ token }) => token });
