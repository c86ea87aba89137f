import type { Permission } from "./permission.ts";
import { type Effect, lookup, noun, put, type State } from "./state.ts";
import { isLongerThan } from "./text.ts";

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

/** Names the reseller to whom something is given, unless that is the house. */
export function namedOwner(ownerId: number | null) {
  return ownerId === null ? operatorsNumbered.at() : operatorsNumbered.at(ownerId);
}

/** Whether there is an owner with this number, or it is the house. The command must name it as `namedOwner`. */
export function isOwner(state: State, ownerId: number | null): boolean {
  return ownerId === null || state.find(operatorsNumbered, ownerId).length > 0;
}

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

/** What a token narrows its operator to. A member that is `null` narrows nothing. */
export interface TokenLimits {
  /** Permissions; those that the operator lacks count for nothing. */
  readonly scopes: readonly Permission[] | null;
  readonly productIds: readonly number[] | null;
  /** Keys of categories. */
  readonly categories: readonly string[] | null;
  /** Networks from which it works, such as `192.0.2.0/24` or `2001:db8::1`. */
  readonly networks: readonly string[] | null;
}

export const tokenNameLengthMax = 100;
/** Products, categories or networks of one token. */
export const tokenLimitsMax = 100;
const limitLengthMax = 100;

/** Whether these may be the name and the limits of a token. A list that is empty would let nothing through. */
export function areTokenTerms(name: string, limits: TokenLimits | null): boolean {
  if (isLongerThan(name, tokenNameLengthMax)) return false;
  return Object.values(limits ?? {}).every(
    (list: readonly (string | number)[] | null) =>
      list === null ||
      (list.length > 0 && list.length <= tokenLimitsMax && list.every((one) => String(one).length <= limitLengthMax)),
  );
}

/** A token that stands for an operator. The database has its hash only. */
export interface Token {
  readonly operatorId: number;
  /** What its owner calls it; empty for none. */
  readonly name: string;
  /** `null` for a token that may all that its operator may. */
  readonly limits: TokenLimits | null;
  /** In clear: it is known for a new token, and for a token that a command names. */
  readonly token: string;
  /** `null` for a token that is valid until it is revoked. */
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Tokens, in clear. */
export const tokens = noun<string, Token>({ name: "token", keyOf: ({ token }) => token });

/** A token by its number, without its text, which nobody knows any more. */
export interface NumberedToken extends Pick<Token, "operatorId" | "expiresAtMs" | "revokedAtMs"> {
  readonly id: number;
}

/** Tokens, by their numbers. They are revoked by them, too. */
export const numberedTokens = noun<number, NumberedToken>({ name: "numbered_token", keyOf: ({ id }) => id });

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
