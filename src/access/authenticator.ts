import type { Operator } from "../core/operator.ts";
import type { AccessKey } from "../queries/access-keys.ts";
import type { KnownCustomer } from "../queries/customers.ts";
import type { KnownOperator } from "../queries/operators.ts";

/** What a caller presents to show who it is; whatever fits first counts, in the order of the fields. */
export interface Credentials {
  /** Texts that may be an access key. */
  readonly accessKeys?: readonly string[];
  /** The product that the access key should open; what is remembered of a key that does not is read again. */
  readonly opens?: number;
  readonly login?: {
    readonly name: string;
    readonly password: string;
    /** What is remembered of the login is not believed: for what outlives a change of the password. */
    readonly isReadAnew?: true;
  };
  /** An API token. */
  readonly token?: string;
}

/** Who the caller is. */
export type Identity =
  | { readonly kind: "operator"; readonly operator: Operator }
  | { readonly kind: "access_key"; readonly key: string; readonly accessKey: AccessKey };

/** What the operator who is named in a signed request makes of its signature. */
export type Verdict =
  | "right"
  | "wrong"
  /** The operator's settings refuse the request, whatever its signature. */
  | "moot";

/**
 * Finds out who calls. Everybody is throttled: after too many wrong attempts from an address prefix (an IPv4 address,
 * or 64 bits of an IPv6 address), or from a prefix on an account, further ones are `throttled` unseen, right ones too.
 * Nobody is throttled whose very credentials were right from the same prefix within a day. Attempts from other prefixes
 * shut nobody out of an account: see `throttle.ts`, which has the limits. Passwords wait for their turn to be hashed;
 * when too many wait, some are `throttled` at once, those first whose prefixes failed most.
 *
 * Every function rejects with `StoreUnavailable` when the store is away; that is no wrong attempt.
 */
export interface Authenticator {
  /**
   * Finds out who presents these credentials. Refused with `credentials_wrong` when nothing fits, or with `throttled`.
   *
   * A changed or withdrawn credential is refused within {@link staleMaxMs} in every process; a new one, and a product
   * that an access key newly opens, counts at once.
   */
  identify(
    organizationId: number,
    credentials: Credentials,
    address: string,
  ): Promise<Identity | "credentials_wrong" | "throttled">;

  /**
   * Finds the operator whose name stands in a signed request: `judge` compares the signature with what that operator
   * would have made. Refused with `login_unknown`, `credentials_wrong` when the signature does not fit, or `throttled`.
   * That a request is moot counts neither for nor against its sender.
   */
  identifySigner(
    organizationId: number,
    login: string,
    address: string,
    judge: (operator: KnownOperator) => Verdict,
  ): Promise<KnownOperator | "login_unknown" | "credentials_wrong" | "throttled">;

  /**
   * Finds the customer who logs in with this password. Of several readings of a name the first that is a customer's
   * counts, and of several readings of a password any that fits; however many there are, they are one attempt. Refused
   * with `login_unknown`, `credentials_wrong` or `throttled`.
   */
  identifyCustomer(
    organizationId: number,
    names: readonly string[],
    passwords: readonly string[],
    address: string,
  ): Promise<KnownCustomer | "login_unknown" | "credentials_wrong" | "throttled">;

  /**
   * Finds the customer who presents a login key. Refused with `login_unknown`, `credentials_wrong` or `throttled`; an
   * account is not counted against, since a key cannot be guessed.
   */
  identifyKeyHolder(
    organizationId: number,
    names: readonly string[],
    loginKey: string,
    address: string,
  ): Promise<KnownCustomer | "login_unknown" | "credentials_wrong" | "throttled">;
}

/** For how long what was read of a credential is believed without asking again. */
export const staleMaxMs = 2_000;
