import type { Operator, TokenLimits } from "../core/operator.ts";
import type { AccessKey } from "../queries/access-keys.ts";
import type { KnownCustomer } from "../queries/customers.ts";
import type { KnownOperator } from "../queries/operators.ts";

/** The credentials of a caller. The first that fits counts, in the order of the fields. */
export interface Credentials {
  /** Texts that may be an access key. */
  readonly accessKeys?: readonly string[];
  /** The product that the access key should open. A cached key that does not open it is read again. */
  readonly opens?: number;
  readonly login?: {
    readonly name: string;
    readonly password: string;
    /** Bypasses the cache: for results that outlive a change of the password. */
    readonly isReadAnew?: true;
  };
  /** An API token. */
  readonly token?: string;
  /**
   * Whether the caller heeds the reach of a principal. For another, a token that is limited to products or categories
   * is wrong.
   */
  readonly heedsReach?: true;
}

/** The identified caller. */
export type Identity =
  | {
      readonly kind: "operator";
      readonly operator: Operator;
      /** Of its token; absent: it came by another way. */
      readonly limits?: TokenLimits | null;
    }
  | { readonly kind: "access_key"; readonly key: string; readonly accessKey: AccessKey };

/** The result of comparing the signature of a request with the one that the operator would have made. */
export type Verdict =
  | "right"
  | "wrong"
  /** The operator's settings refuse the request, whatever its signature. */
  | "moot";

/**
 * Identifies callers. After too many wrong attempts from an address prefix (an IPv4 address, or 64 bits of an IPv6
 * address), or from a prefix on one account, further attempts are `throttled` unseen, right ones too. Credentials that
 * were right from the same prefix within a day are never throttled. Attempts from other prefixes shut nobody out of an
 * account; `throttle.ts` has the limits. Passwords wait for their turn to be hashed. When too many wait, some are
 * `throttled` at once, first those from the prefixes that failed most.
 *
 * Every function rejects with `StoreUnavailable` when the store is away. That does not count as a wrong attempt.
 */
export interface Authenticator {
  /**
   * Identifies the caller with these credentials. Refused with `credentials_wrong` when nothing fits, or with
   * `throttled`.
   *
   * A token that is revoked is refused at once in every process, any other changed or withdrawn credential within
   * {@link staleMaxMs}. A new credential, and a product that an access key newly opens, counts at once.
   */
  identify(
    organizationId: number,
    credentials: Credentials,
    address: string,
  ): Promise<Identity | "credentials_wrong" | "throttled">;

  /**
   * Identifies the operator that a signed request names. `judge` compares the signature with the one that this operator
   * would have made. Refused with `login_unknown`, `credentials_wrong` when the signature does not fit, or `throttled`.
   * A moot request counts neither for nor against its sender.
   */
  identifySigner(
    organizationId: number,
    login: string,
    address: string,
    judge: (operator: KnownOperator) => Verdict,
  ): Promise<KnownOperator | "login_unknown" | "credentials_wrong" | "throttled">;

  /**
   * Identifies the customer who logs in with this password. A request may be read in several ways: the first of the
   * names that a customer has counts, and any of the passwords may fit. All of them are one attempt. Refused with
   * `login_unknown`, `credentials_wrong` or `throttled`.
   */
  identifyCustomer(
    organizationId: number,
    names: readonly string[],
    passwords: readonly string[],
    address: string,
  ): Promise<KnownCustomer | "login_unknown" | "credentials_wrong" | "throttled">;

  /**
   * Identifies the customer who presents a login key. Refused with `login_unknown`, `credentials_wrong` or `throttled`.
   * A wrong key does not count against the account, since a key cannot be guessed.
   */
  identifyKeyHolder(
    organizationId: number,
    names: readonly string[],
    loginKey: string,
    address: string,
  ): Promise<KnownCustomer | "login_unknown" | "credentials_wrong" | "throttled">;
}

/** For how long a credential that was read is valid without reading it again. */
export const staleMaxMs = 2_000;
