/** Counts by key, each for a while from its first count on. */
export interface Tally {
  /** How much was counted of this key within its window. */
  count(key: string): number;
  /** Counts, by default one. */
  add(key: string, weight?: number): void;
  /** Keys that are in memory. */
  readonly size: number;
}

/** Keys that one tally counts at once; the window that began first is forgotten for a further one. */
const tallyEntriesMax = 50_000;

/** For each key that is counted, so many whose window is over are forgotten. */
const sweptAtOnce = 2;

/**
 * A tally whose windows have this length. `now` is a clock that never goes back, in milliseconds. The caller sees to it
 * that keys are short.
 */
export function createTally(
  windowMs: number,
  { entriesMax = tallyEntriesMax, now = () => performance.now() }: { entriesMax?: number; now?: () => number } = {},
): Tally {
  /** In the order in which the windows began. */
  const windows = new Map<string, { count: number; readonly sinceMs: number }>();

  const isOver = (sinceMs: number) => now() - sinceMs >= windowMs;

  function forgetOldest(): void {
    let looked = 0;
    for (const [key, { sinceMs }] of windows) {
      if (windows.size <= entriesMax && (looked++ === sweptAtOnce || !isOver(sinceMs))) return;
      windows.delete(key);
    }
  }

  return {
    count(key) {
      const known = windows.get(key);
      return known === undefined || isOver(known.sinceMs) ? 0 : known.count;
    },
    add(key, weight = 1) {
      const known = windows.get(key);
      if (known !== undefined && !isOver(known.sinceMs)) {
        known.count += weight;
        return;
      }
      windows.delete(key);
      windows.set(key, { count: weight, sinceMs: now() });
      forgetOldest();
    },
    get size() {
      return windows.size;
    },
  };
}
