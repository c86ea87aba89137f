import { type Effect, lookup, noun, put, type State } from "./state.ts";

/**
 * The roles, which decide the permissions of an operator. An owner has all of them. An auditor reads everything and
 * changes nothing. A steward stands at a gate: it redeems, takes uses back and looks entitlements up.
 */
export const operatorRoles = ["owner", "administrator", "accountant", "reseller", "auditor", "steward"] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** A person or a program that administers or sells. */
export interface Operator {
  readonly id: number;
  readonly login: string;
  readonly role: OperatorRole;
}

/** An operator with its password and its state. */
export interface OperatorAccount extends Operator {
  readonly passwordHash: string;
  /** `null` for an operator who may act. */
  readonly disabledAtMs: number | null;
}

/** Logins are kept and compared with their accents composed (Unicode's NFC). */
export function canonicalLogin(login: string): string {
  return login.normalize("NFC");
}

/** Operators, by `canonicalLogin`, disabled ones included. */
export const operators = noun<string, OperatorAccount>({ name: "operator", keyOf: ({ login }) => login });

/** The operator with this number. */
export const operatorsNumbered = lookup<number, OperatorAccount>({
  name: "operator_numbered",
  noun: operators,
  entriesOf: ({ id }) => [id],
  entryFor: (id) => id,
});

/** The owners who are not disabled. */
export const activeOwners = lookup<"all", OperatorAccount>({
  name: "active_owners",
  noun: operators,
  entriesOf: ({ role, disabledAtMs }) => (role === "owner" && disabledAtMs === null ? ["all"] : []),
  entryFor: () => "all",
});

/** At least one operator, if there is any. It may be disabled. */
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

/** A token that stands for an operator. The database has its hash only. */
export interface Token {
  readonly operatorId: number;
  /** In clear: it is known for a new token, and for a token that a command names. */
  readonly token: string;
  /** `null` for a token that is valid until it is revoked. */
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Tokens, in clear. */
export const tokens = noun<string, Token>({ name: "token", keyOf: ({ token }) => token });

/** All tokens of one operator together. */
export interface OperatorTokens {
  readonly login: string;
  /** The number of tokens that have neither ended nor been revoked. */
  readonly valid: number;
}

/** The tokens of operators, by `canonicalLogin`. Putting a row with `valid: 0` revokes them all. */
export const tokensOf = noun<string, OperatorTokens>({ name: "tokens_of", keyOf: ({ login }) => login });

/** Revokes every token of an operator. The command must lock them as `tokensOf`. */
export function revokeTokens(state: State, login: string): readonly Effect[] {
  return state.get(tokensOf, login) === undefined ? [] : [put(tokensOf, { login, valid: 0 })];
}
