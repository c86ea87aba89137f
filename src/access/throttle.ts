import type { AddressPrefix } from "./address-prefix.ts";
import { createKnownNames } from "./known-names.ts";
import { createTally } from "./tally.ts";

// All limits hold for each process: so many processes, so many times as many guesses.

/** The time in which wrong attempts are counted, but for those of {@link attackWindowSeconds}. */
export const failureWindowSeconds = 60;
/** Wrong attempts after which a prefix has to wait. */
export const failuresPerPrefixMax = 30;
/** The same for an IPv6 network of 48 bits. */
export const failuresPerNetworkMax = 300;
/** Wrong attempts on one account from one prefix. */
export const failuresPerAccountMax = 10;
/**
 * The same where somebody was right on this account before, so that a client of which one kind of request is broken
 * does not shut itself out, nor a neighbour behind the same address.
 */
export const failuresPerKnownAccountMax = 100;
/** Wrong attempts on one account from anywhere after which it counts as attacked. */
export const failuresAnywhereMax = 50;
/** Wrong attempts from one prefix on an account that is attacked, by somebody who was never right on it. */
export const failuresWhileAttackedMax = 3;
/** The time in which these two are counted. */
export const attackWindowSeconds = 600;
/**
 * What a wrong credential counts that stands beside a right one: gates send words of all kinds beside their access key,
 * but whoever has one key must not try others without end.
 */
const failureBesideRight = 0.1;

/** Who tries what. */
export interface Attempt {
  readonly prefix: AddressPrefix;
  readonly account: string | undefined;
  /** The account at the prefix. */
  readonly pair: string | undefined;
  /** The credentials at the prefix. */
  readonly credentials: string | undefined;
}

/**
 * An attempt on an account, if there is one that could be guessed. `credentials` names exactly what is presented, if it
 * can be known again; of a signed request it cannot. All texts are short.
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
 * Counts wrong attempts, by prefix and by account. It is asked before anything is looked up, and once more before what
 * was found is honoured: who guessed too often learns nothing any more, whether the last guess was right or not.
 *
 * Who was right from the same prefix not long ago passes: with the same credentials always, with others on the same
 * account as long as there are not many wrong ones of this prefix. Attempts from elsewhere shut nobody out: they only
 * take patience from prefixes that were wrong themselves, so that a right first attempt from anywhere is heard at any
 * time.
 */
export interface Throttle {
  /** Whether these very credentials were right from here, so that the attempt is never turned away. */
  isKnown(attempt: Attempt): boolean;
  /** Whether this attempt is turned away unseen. */
  isClosed(attempt: Attempt): boolean;
  /** The smaller, the sooner somebody is heard: 0 for who is known at this prefix, then prefixes that failed least. */
  rankOf(attempt: Attempt): number;
  /** Counts a wrong attempt, which is known no more. */
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
