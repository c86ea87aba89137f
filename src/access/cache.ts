import { BoundedMap } from "./bounded-map.ts";

/** Keeps the results of a look-up for a short time. */
export interface Cache<T> {
  /** The result of the last `staleMaxMs`, or else of a new look-up. */
  get(key: string): Promise<T | undefined>;
  /** The result of a look-up that begins now. */
  refresh(key: string): Promise<T | undefined>;
}

/**
 * A cache in front of `lookUp`. A result is valid for `staleMaxMs` from the start of its look-up; `entriesMax` results
 * are kept. `now` is a clock that never goes back: the clock of the day may be set back by an hour, and a withdrawn
 * credential would stay valid for that long. Keys must be short. Questions that arrive during a look-up share it. A
 * look-up that failed or found nothing is not kept, so a new row is found at once.
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
