import type { AddressPrefix } from "./address-prefix.ts";
import { createKnownNames } from "./known-names.ts";
import { createTally } from "./tally.ts";

// All limits hold for each process: with several processes, guesses have as many times the limit.

/** The window in which wrong attempts are counted, unless {@link attackWindowSeconds} says otherwise. */
export const failureWindowSeconds = 60;
/** Wrong attempts after which a prefix has to wait. */
export const failuresPerPrefixMax = 30;
/** The same for an IPv6 network of 48 bits. */
export const failuresPerNetworkMax = 300;
/** Wrong attempts on one account from one prefix. */
export const failuresPerAccountMax = 10;
/**
 * The same where somebody was right on this account before: a client that sends one kind of request wrongly must not
 * shut itself out, nor a neighbour behind the same address.
 */
export const failuresPerKnownAccountMax = 100;
/** After so many wrong attempts from anywhere an account counts as attacked. */
export const failuresAnywhereMax = 50;
/** Wrong attempts on an attacked account from one prefix that was never right on it. */
export const failuresWhileAttackedMax = 3;
/** The window in which these two are counted. */
export const attackWindowSeconds = 600;
/**
 * How much a wrong credential beside a right one counts. Gates send words of all kinds beside their access key, but the
 * holder of one key must not try others without end.
 */
const failureBesideRight = 0.1;

/** One try to be recognized. */
export interface Attempt {
  readonly prefix: AddressPrefix;
  readonly account: string | undefined;
  /** The account at the prefix. */
  readonly pair: string | undefined;
  /** The credentials at the prefix. */
  readonly credentials: string | undefined;
}

/**
 * An attempt on an account, if there is one that could be guessed. `credentials` names the presented credentials, so
 * that they are known again; a signed request has no such name. All texts are short.
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
 * Counts wrong attempts, by prefix and by account. It is asked before a look-up, and once more before the result is
 * honoured: a caller that guessed too often does not learn whether the last guess was right.
 *
 * A caller that was right from the same prefix not long ago passes: with the same credentials always, with others on
 * the same account unless this prefix was wrong on it very often. Attempts from elsewhere shut nobody out: they only
 * lower the limit of prefixes that were wrong themselves, so a right first attempt from anywhere is always heard.
 */
export interface Throttle {
  /** Whether these very credentials were right from here, so that the attempt is never turned away. */
  isKnown(attempt: Attempt): boolean;
  /** Whether this attempt is turned away unseen. */
  isClosed(attempt: Attempt): boolean;
  /**
   * The smallest rank is heard first: 0 if the account is known at this prefix, then by how little the prefix failed.
   */
  rankOf(attempt: Attempt): number;
  /** Counts a wrong attempt; its credentials are no longer known. */
  fail(attempt: Attempt): void;
  /** Notes a right attempt. `besideWrong`: something wrong was presented with it. */
  succeed(attempt: Omit<Attempt, "account">, options?: { readonly besideWrong?: boolean }): void;
}

/** `now` is a clock that never goes back, in milliseconds. */
export function createThrottle(now = () => performance.now()): Throttle {
  const prefixes = createTally(failureWindowSeconds * 1000, { now });
  const networks = createTally(failureWindowSeconds * 1000, { now });
  const accountsAtPrefixes = createTally(failureWindowSeconds * 1000, { now });
  const accounts = createTally(attackWindowSeconds * 1000, { now });
  const strangers = createTally(attackWindowSeconds * 1000, { now });
  const prefixesForLong = createTally(attackWindowSeconds * 1000, { now });
  const known = createKnownNames({ now });

  const has = (name: string | undefined) => name !== undefined && known.has(name);

  return {
    isKnown: ({ credentials }) => has(credentials),
    isClosed({ prefix, account, pair, credentials }) {
      if (has(credentials)) return false;
      const failures = pair === undefined ? 0 : accountsAtPrefixes.count(pair);
      if (has(pair)) return failures >= failuresPerKnownAccountMax;
      if (failures >= failuresPerAccountMax || prefixes.count(prefix.name) >= failuresPerPrefixMax) return true;
      if (prefix.network !== undefined && networks.count(prefix.network) >= failuresPerNetworkMax) return true;
      return (
        pair !== undefined &&
        account !== undefined &&
        accounts.count(account) >= failuresAnywhereMax &&
        strangers.count(pair) >= failuresWhileAttackedMax
      );
    },
    rankOf: ({ prefix, pair }) => (has(pair) ? 0 : 1 + prefixesForLong.count(prefix.name)),
    fail({ prefix, account, pair, credentials }) {
      if (credentials !== undefined) known.delete(credentials);
      prefixes.add(prefix.name);
      prefixesForLong.add(prefix.name);
      if (prefix.network !== undefined) networks.add(prefix.network);
      if (account === undefined || pair === undefined) return;
      accountsAtPrefixes.add(pair);
      accounts.add(account);
      strangers.add(pair);
    },
    succeed({ prefix, pair, credentials }, { besideWrong = false } = {}) {
      if (besideWrong && !has(credentials)) prefixes.add(prefix.name, failureBesideRight);
      if (credentials !== undefined) known.add(credentials);
      if (pair !== undefined) known.add(pair);
    },
  };
}
