import { type Effect, lookup, noun, put, type State } from "./state.ts";

/** What an operator may do at all; the first may do everything. */
export const operatorRoles = ["owner", "administrator", "accountant", "reseller"] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** Who administers or sells. */
export interface Operator {
  readonly id: number;
  readonly login: string;
  readonly role: OperatorRole;
}

/** An operator with what its administration needs. */
export interface OperatorAccount extends Operator {
  readonly passwordHash: string;
  /** `null` for one that may act. */
  readonly disabledAtMs: number | null;
}

/** Logins are kept and compared with their accents composed (Unicode's NFC). */
export function canonicalLogin(login: string): string {
  return login.normalize("NFC");
}

/** Operators, by `canonicalLogin`; also those that are disabled. */
export const operators = noun<string, OperatorAccount>({ name: "operator", keyOf: ({ login }) => login });

/** The owners who may act. */
export const activeOwners = lookup<"all", OperatorAccount>({
  name: "active_owners",
  noun: operators,
  entriesOf: ({ role, disabledAtMs }) => (role === "owner" && disabledAtMs === null ? ["all"] : []),
  entryFor: () => "all",
});

/** Any operator, also one that is disabled; nothing else is promised of which one. */
export const anyOperator = lookup<"all", OperatorAccount>({
  name: "any_operator",
  noun: operators,
  entriesOf: () => ["all"],
  entryFor: () => "all",
});

/** Whether products or customers belong to an operator. */
export interface Possessions {
  readonly login: string;
  readonly isEmpty: boolean;
}

/** Possessions, by `canonicalLogin`. They are only ever read. */
export const possessions = noun<string, Possessions>({ name: "possessions", keyOf: ({ login }) => login });

/** A token by which an operator is known. It is kept hashed. */
export interface Token {
  readonly operatorId: number;
  /** In clear: known of a new one, and of one that a command names. */
  readonly token: string;
  /** `null`: it holds until it is revoked. */
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Tokens, in clear. */
export const tokens = noun<string, Token>({ name: "token", keyOf: ({ token }) => token });

/** All tokens of one operator together. */
export interface OperatorTokens {
  readonly login: string;
  /** How many neither have ended nor were revoked. */
  readonly valid: number;
}

/** The tokens of operators by `canonicalLogin`. A row that leaves none valid revokes them all. */
export const tokensOf = noun<string, OperatorTokens>({ name: "tokens_of", keyOf: ({ login }) => login });

/** Revokes every token of an operator; the command locks them as `tokensOf`. */
export function revokeTokens(state: State, login: string): readonly Effect[] {
  return state.get(tokensOf, login) === undefined ? [] : [put(tokensOf, { login, valid: 0 })];
}
