import type { AddressPrefix } from "./address-prefix.ts";
import { createKnownNames } from "./known-names.ts";
import { createTally } from "./tally.ts";

// All limits hold for each process. With several processes, a guesser has as many times the limit.

/** The window in which wrong attempts are counted, unless {@link attackWindowSeconds} says otherwise. */
export const failureWindowSeconds = 60;
/** Wrong attempts from one prefix, after which it has to wait. */
export const failuresPerPrefixMax = 30;
/** The same for an IPv6 network of 48 bits. */
export const failuresPerNetworkMax = 300;
/** Wrong attempts on one account from one prefix. */
export const failuresPerAccountMax = 10;
/**
 * The same at a prefix that was right on this account before: a client that sends one kind of request wrongly must shut
 * out neither itself nor a neighbour behind the same address.
 */
export const failuresPerKnownAccountMax = 100;
/** Wrong attempts from anywhere, after which an account counts as attacked. */
export const failuresAnywhereMax = 50;
/** Wrong attempts on an attacked account from a prefix that was never right on it. */
export const failuresWhileAttackedMax = 3;
/** The window for these two limits. */
export const attackWindowSeconds = 600;
/**
 * The weight of a wrong credential beside a right one. Gates send words of all kinds beside their access key, but the
 * holder of one key must not try others without end.
 */
const failureBesideRight = 0.1;

/** One attempt to be identified. */
export interface Attempt {
  readonly prefix: AddressPrefix;
  readonly account: string | undefined;
  /** The account at the prefix. */
  readonly pair: string | undefined;
  /** The credentials at the prefix. */
  readonly credentials: string | undefined;
}

/**
 * An attempt on an account, if there is one that could be guessed. `credentials` is a name by which the presented
 * credentials are recognized again; a signed request has none. All texts must be short.
 */
export function attemptOf(
  prefix: AddressPrefix,
  account: string | undefined,
  credentials: string | undefined,
): Attempt {
  return {
    prefix,
    account,
    pair: account === undefined ? undefined : `${prefix.name} ${account}`,
    credentials: credentials === undefined ? undefined : `${prefix.name} = ${credentials}`,
  };
}

/**
 * Counts wrong attempts, by prefix and by account. Ask it before a look-up and again before the answer, so that a
 * caller that guessed too often does not learn whether the last guess was right.
 *
 * Credentials that were right from the same prefix within a day always pass. Others on the same account pass unless
 * this prefix was wrong on it very often. Attempts from elsewhere shut nobody out: they only lower the limit of
 * prefixes that were wrong themselves. So a right first attempt from anywhere always passes.
 */
export interface Throttle {
  /** Whether these credentials were right from this prefix, so that the attempt is never throttled. */
  isKnown(attempt: Attempt): boolean;
  /** Whether this attempt is throttled. */
  isClosed(attempt: Attempt): boolean;
  /** The smallest rank is first: 0 if the account is known at this prefix, then by how little the prefix failed. */
  rankOf(attempt: Attempt): number;
  /** Counts a wrong attempt; its credentials are no longer known. */
  fail(attempt: Attempt): void;
  /** Notes a right attempt. `besideWrong`: a wrong credential was presented with it. */
  succeed(attempt: Omit<Attempt, "account">, options?: { readonly besideWrong?: boolean }): void;
}

/** `now` is a clock that never goes back, in milliseconds. */
export function createThrottle(now = () => performance.now()): Throttle {
  const prefixes = createTally(failureWindowSeconds * 1000, { now });
  const networks = createTally(failureWindowSeconds * 1000, { now });
  const pairs = createTally(failureWindowSeconds * 1000, { now });
  const accounts = createTally(attackWindowSeconds * 1000, { now });
  const pairsForLong = createTally(attackWindowSeconds * 1000, { now });
  const prefixesForLong = createTally(attackWindowSeconds * 1000, { now });
  const known = createKnownNames({ now });

  const has = (name: string | undefined) => name !== undefined && known.has(name);

  return {
    isKnown: ({ credentials }) => has(credentials),
    isClosed({ prefix, account, pair, credentials }) {
      if (has(credentials)) return false;
      const failures = pair === undefined ? 0 : pairs.count(pair);
      if (has(pair)) return failures >= failuresPerKnownAccountMax;
      if (failures >= failuresPerAccountMax || prefixes.count(prefix.name) >= failuresPerPrefixMax) return true;
      if (prefix.network !== undefined && networks.count(prefix.network) >= failuresPerNetworkMax) return true;
      return (
        pair !== undefined &&
        account !== undefined &&
        accounts.count(account) >= failuresAnywhereMax &&
        pairsForLong.count(pair) >= failuresWhileAttackedMax
      );
    },
    rankOf: ({ prefix, pair }) => (has(pair) ? 0 : 1 + prefixesForLong.count(prefix.name)),
    fail({ prefix, account, pair, credentials }) {
      if (credentials !== undefined) known.delete(credentials);
      prefixes.add(prefix.name);
      prefixesForLong.add(prefix.name);
      if (prefix.network !== undefined) networks.add(prefix.network);
      if (account === undefined || pair === undefined) return;
      pairs.add(pair);
      accounts.add(account);
      pairsForLong.add(pair);
    },
    succeed({ prefix, pair, credentials }, { besideWrong = false } = {}) {
      if (besideWrong && !has(credentials)) prefixes.add(prefix.name, failureBesideRight);
      if (credentials !== undefined) known.add(credentials);
      if (pair !== undefined) known.add(pair);
    },
  };
}
