import type { Operator, OperatorAccount, Token } from "../core/operator.ts";

/** Operators and the tokens that stand for them. */
export interface OperatorQueries {
  /** The operator with exactly this login, unless it is disabled. */
  byLogin(organizationId: number, login: string): Promise<KnownOperator | undefined>;
  /** By the token in clear, even if it has expired. Revoked tokens and tokens of disabled operators are unknown. */
  byToken(organizationId: number, token: string): Promise<KnownToken | undefined>;
  /** All operators, disabled ones too, in the order of their logins. All at once: an organization has some tens. */
  all(organizationId: number): Promise<readonly ListedOperator[]>;
}

export interface KnownOperator extends Operator {
  readonly passwordHash: string;
  /** The operator's own settings by name, secret ones in clear. Unreadable settings are absent. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** A token with its operator. */
export interface KnownToken extends Pick<Token, "expiresAtMs"> {
  readonly operator: Operator;
}

export interface ListedOperator extends Omit<OperatorAccount, "passwordHash"> {
  readonly createdAtMs: number;
}
