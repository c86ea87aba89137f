import { BoundedMap } from "./bounded-map.ts";

/** Counts by key, in a window that begins with the first count of a key. */
export interface Tally {
  /** The count of this key within its window. */
  count(key: string): number;
  /** Counts, by default one. */
  add(key: string, weight?: number): void;
  /** The number of keys in memory. */
  readonly size: number;
}

/** Keys that one tally counts at once. A further key replaces the one whose window began first. */
const tallyEntriesMax = 50_000;

/** Each new window removes so many windows that are over. */
const sweptAtOnce = 2;

/**
 * A tally whose windows have this length. `now` is a clock that never goes back, in milliseconds. Keys must be short.
 */
export function createTally(
  windowMs: number,
  { entriesMax = tallyEntriesMax, now = () => performance.now() }: { entriesMax?: number; now?: () => number } = {},
): Tally {
  const windows = new BoundedMap<string, { count: number; readonly sinceMs: number }>(entriesMax);

  /** The window of this key, unless it is over. */
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
