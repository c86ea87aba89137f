import { hash } from "node:crypto";
import { type Principal, principalName } from "../core/principal.ts";
import { addressPrefixOf } from "./address-prefix.ts";
import { BoundedMap } from "./bounded-map.ts";
import { createTally } from "./tally.ts";

/** The window in which unknown codes are counted. */
export const wrongCodesWindowSeconds = 60;
/**
 * Unknown codes that a caller may present from one prefix. That is twenty a second. All gates of a large house, with
 * one address and one key, reach it only if no ticket is valid.
 */
export const wrongCodesMax = 1_200;
/** The same for anonymous callers, at a gate that is open to everybody. */
export const anonymousWrongCodesMax = 120;

/** The caller who presents a code. */
export interface Presenter {
  readonly organizationId: number;
  readonly principal: Principal;
  readonly address: string;
}

/**
 * Limits the guessing of codes. A caller that presented too many unknown codes has to wait, even with a known code.
 * Callers with the same credentials at another prefix do not wait, nor do callers with other credentials at the same
 * prefix. A code that is repeated, as by a stuck scanner, counts once.
 */
export interface CodeGuesses {
  /**
   * Looks up a code for a caller. Resolves with the result of `look`, or with `throttled`. Codes that arrive together
   * are all looked up until one reaches the limit. `isUnknown` tells whether nothing was found. Rejects as `look` does,
   * which does not count as a guess.
   */
  present<T>(
    presenter: Presenter,
    code: string,
    look: () => Promise<T>,
    isUnknown: (found: T) => boolean,
  ): Promise<T | "throttled">;
}

/** Callers whose last unknown code is remembered. */
const lastCodesMax = 10_000;
const namesLengthMax = 128;

/** `now` is a clock that never goes back, in milliseconds. */
export function createCodeGuesses(now = () => performance.now()): CodeGuesses {
  const unknown = createTally(wrongCodesWindowSeconds * 1000, { now });
  /** By caller. */
  const lastUnknown = new BoundedMap<string, string>(lastCodesMax);

  function noteUnknown(caller: string, code: string): void {
    const short = code.length > namesLengthMax ? hash("sha256", code) : code;
    if (lastUnknown.get(caller) === short) return;
    lastUnknown.set(caller, short);
    unknown.add(caller);
  }

  return {
    async present({ organizationId, principal, address }, code, look, isUnknown) {
      const isAnonymous = principal.kind === "anonymous";
      const credentials = isAnonymous ? "" : principalName(principal, null);
      const name = `${organizationId} ${addressPrefixOf(address).name} ${credentials}`;
      const max = isAnonymous ? anonymousWrongCodesMax : wrongCodesMax;
      const isClosed = () => unknown.count(name) >= max;
      if (isClosed()) return "throttled";
      const found = await look();
      // A known code is always answered, since `look` may have changed it.
      if (!isUnknown(found)) return found;
      if (isClosed()) return "throttled";
      noteUnknown(name, code);
      return found;
    },
  };
}
