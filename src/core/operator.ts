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

/** A token by which an operator will be known; it is kept hashed, so this is the last time that it is seen. */
export interface NewToken {
  readonly operatorId: number;
  readonly token: string;
  /** `null`: it holds until it is revoked. */
  readonly expiresAtMs: number | null;
}

/** Tokens, in clear. They are only ever added. */
export const tokens = noun<string, NewToken>({ name: "token", keyOf: ({ token }) => token });
