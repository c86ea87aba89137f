import { hash } from "node:crypto";
import { type Principal, principalName } from "../core/principal.ts";
import { addressPrefixOf } from "./address-prefix.ts";
import { BoundedMap } from "./bounded-map.ts";
import { createTally } from "./tally.ts";

/** The window in which unknown codes are counted. */
export const wrongCodesWindowSeconds = 60;
/**
 * Unknown codes that a caller may present from one prefix. That is twenty a second: all gates of a large house behind
 * one address, with one key, reach it only if no ticket is any good.
 */
export const wrongCodesMax = 1_200;
/** The same for callers without credentials, at a gate that is open to everybody. */
export const wrongCodesOfStrangersMax = 120;

/** Who presents a code. */
export interface Presenter {
  readonly organizationId: number;
  readonly principal: Principal;
  readonly address: string;
}

/**
 * Keeps callers from trying out codes. A caller that presented too many unknown codes has to wait, whether the next one
 * is known or not. Callers with the same credentials elsewhere do not wait, nor callers with other credentials at the
 * same prefix. The same code again, as a stuck scanner sends it, counts once.
 */
export interface CodeGuesses {
  /**
   * Looks for a code on behalf of a caller: resolves with the result of `look`, or with `throttled`. Codes that arrive
   * together are all looked for until one of them reaches the limit. `isUnknown` tells whether nothing was found.
   * Rejects as `look` does; that is no guess.
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
      const isStranger = principal.kind === "anonymous";
      const credentials = isStranger ? "" : principalName(principal, null);
      const name = `${organizationId} ${addressPrefixOf(address).name} ${credentials}`;
      const max = isStranger ? wrongCodesOfStrangersMax : wrongCodesMax;
      const isClosed = () => unknown.count(name) >= max;
      if (isClosed()) return "throttled";
      const found = await look();
      // A known code is answered in any case: the look may have changed it.
      if (!isUnknown(found)) return found;
      if (isClosed()) return "throttled";
      noteUnknown(name, code);
      return found;
    },
  };
}
