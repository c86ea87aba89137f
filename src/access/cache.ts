import { BoundedMap } from "./bounded-map.ts";

/** Remembers for a short time what a look-up found. */
export interface Cache<T> {
  /** What was found within the last `staleMaxMs`, else what is found now. */
  get(key: string): Promise<T | undefined>;
  /** What is found now, by a look-up that begins now. */
  refresh(key: string): Promise<T | undefined>;
}

/**
 * A cache in front of `lookUp`: an answer is believed for `staleMaxMs` from its question on, and `entriesMax` answers
 * are kept. `now` is a clock that never goes back: by the clock of the day, which may be set back by an hour, a
 * withdrawn credential would be believed for that long. The caller sees to it that keys are short. Questions that
 * arrive while the answer is on its way wait for it. If nothing was found, or if the look-up failed, that is not kept:
 * a row that was just made is found at once.
 */
export function createCache<T>(
  lookUp: (key: string) => Promise<T | undefined>,
  {
    staleMaxMs,
    entriesMax = 10_000,
    now = () => performance.now(),
  }: { staleMaxMs: number; entriesMax?: number; now?: () => number },
): Cache<T> {
  const entries = new BoundedMap<string, { readonly value: Promise<T | undefined>; readonly readAtMs: number }>(
    entriesMax,
  );

  function refresh(key: string): Promise<T | undefined> {
    const value = lookUp(key);
    entries.set(key, { value, readAtMs: now() });
    const forget = () => {
      if (entries.get(key)?.value === value) entries.delete(key);
    };
    value.then((found) => found ?? forget(), forget);
    return value;
  }

  return {
    refresh,
    get(key) {
      const known = entries.get(key);
      return known !== undefined && now() - known.readAtMs < staleMaxMs ? known.value : refresh(key);
    },
  };
}
