import type { Operator, OperatorAccount, Token } from "../core/operator.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Operators and the tokens that stand for them. */
export interface OperatorQueries {
  /** The operator with exactly this login, unless it is disabled. */
  byLogin(organizationId: number, login: string): Promise<KnownOperator | undefined>;
  /**
   * By the token in clear, even if it has expired. Revoked tokens and tokens of disabled operators are unknown. Look-ups
   * that arrive together are one query, so it need not be cached.
   */
  byToken(organizationId: number, token: string): Promise<KnownToken | undefined>;
  /** Tokens, ascending by number, with those that have ended and are not removed yet. */
  tokens(organizationId: number, page: PageRequest<ListedToken>): Promise<Page<ListedToken>>;
  /** All operators, disabled ones too, in the order of their logins. All at once: an organization has some tens. */
  all(organizationId: number): Promise<readonly ListedOperator[]>;
}

export interface KnownOperator extends Operator {
  readonly passwordHash: string;
  /** The operator's own settings by name, secret ones in clear. Unreadable settings are absent. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** A token with its operator. */
export interface KnownToken extends Pick<Token, "limits" | "expiresAtMs"> {
  readonly id: number;
  readonly operator: Operator;
}

/** A token as it is listed. Nobody can tell its text any more. */
export interface ListedToken extends Pick<Token, "name" | "limits" | "expiresAtMs" | "revokedAtMs"> {
  readonly id: number;
  readonly operatorId: number;
  readonly login: string;
  readonly createdAtMs: number;
  /** To the minute; `null` for a token that was not used since it is noted. */
  readonly lastUsedAtMs: number | null;
}

export interface ListedOperator extends Omit<OperatorAccount, "passwordHash"> {
  readonly createdAtMs: number;
}
