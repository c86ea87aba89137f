import { BoundedMap } from "./bounded-map.ts";

/** Counts by key, each for a while from its first count on. */
export interface Tally {
  /** How much was counted of this key within its window. */
  count(key: string): number;
  /** Counts, by default one. */
  add(key: string, weight?: number): void;
  /** Keys that are in memory. */
  readonly size: number;
}

/** Keys that one tally counts at once; for a further one, the window that began first is forgotten. */
const tallyEntriesMax = 50_000;

/** For each key whose window begins, so many windows that are over are forgotten. */
const sweptAtOnce = 2;

/**
 * A tally whose windows have this length. `now` is a clock that never goes back, in milliseconds. The caller sees to it
 * that keys are short.
 */
export function createTally(
  windowMs: number,
  { entriesMax = tallyEntriesMax, now = () => performance.now() }: { entriesMax?: number; now?: () => number } = {},
): Tally {
  const windows = new BoundedMap<string, { count: number; readonly sinceMs: number }>(entriesMax);

  /** The window of this key that is not over. */
  function current(key: string) {
    const known = windows.get(key);
    return known === undefined || now() - known.sinceMs >= windowMs ? undefined : known;
  }

  function sweep(): void {
    for (let swept = 0; swept < sweptAtOnce; swept++) {
      const oldest = windows.oldest();
      if (oldest === undefined || current(oldest) !== undefined) return;
      windows.delete(oldest);
    }
  }

  return {
    count: (key) => current(key)?.count ?? 0,
    add(key, weight = 1) {
      const known = current(key);
      if (known !== undefined) {
        known.count += weight;
        return;
      }
      windows.set(key, { count: weight, sinceMs: now() });
      sweep();
    },
    get size() {
      return windows.size;
    },
  };
}
