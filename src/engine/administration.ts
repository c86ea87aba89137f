import type { NewToken, OperatorRole } from "../core/operator.ts";

/**
 * What is set up rather than sold: organizations, their settings, operators and tokens. Needed by the command line, not
 * by requests. Every function rejects with `StoreUnavailable` when the store cannot be reached.
 */
export interface Administration {
  /** Makes the organization unless it is there; resolves with whether it was made. */
  ensureOrganization(organizationId: number, name: string): Promise<boolean>;
  /** Sets a setting, or returns it to its default when the value is `undefined`. */
  putSetting(organizationId: number, name: string, value: unknown): Promise<void>;
  /** Makes an operator, or gives the one of this login a new password and role. Resolves with its number. */
  putOperator(
    organizationId: number,
    operator: { readonly login: string; readonly passwordHash: string; readonly role: OperatorRole },
  ): Promise<number>;
  /**
   * Makes an operator only if the organization has none at all; of several processes that try at once, one does.
   * Resolves with whether it was made.
   */
  putFirstOperator(
    organizationId: number,
    operator: { readonly login: string; readonly passwordHash: string; readonly role: OperatorRole },
  ): Promise<boolean>;
  listOperators(organizationId: number): Promise<readonly ListedOperator[]>;
  /** Makes a token known; without an end it holds until it is revoked. */
  putToken(organizationId: number, token: NewToken): Promise<void>;
  /** Ends a token; every process refuses it within seconds. Resolves with whether it was valid. */
  revokeToken(organizationId: number, token: string): Promise<boolean>;
  /** Ends every token of the operator of this login; resolves with how many were valid. */
  revokeTokensOf(organizationId: number, login: string): Promise<number>;
  /** Forgets answers that were kept for idempotency keys longer than this; resolves with their number. */
  forgetAnswers(ageMs: number): Promise<number>;
  /** Removes tokens that have ended; resolves with their number. */
  forgetTokens(): Promise<number>;
}

export interface ListedOperator {
  readonly id: number;
  readonly login: string;
  readonly role: OperatorRole;
  readonly createdAtMs: number;
}

/** The number of the organization that serves requests whose host name is no other's. */
export const defaultOrganizationId = 1;
