import type { FoundEntry, LogQueries } from "./log.ts";

/** How often the log of an organization is looked at, for all its readers together. */
const lookEveryMs = 200;
/** New entries that are kept for readers. A reader that is further behind reads from the database. */
const keptMax = 1_000;
const pageMax = 200;

/** The log as it grows, for any number of readers. */
export interface LogFeed {
  /**
   * Entries above this number, ascending, as many as there are and some hundreds at most. While there are none it waits
   * for the first, for `waitMs` at most, or until `signal` is aborted or the feed is closed: none come then. A reader
   * that goes on with the number of its last entry misses none and gets none twice.
   */
  next(organizationId: number, after: number, waitMs: number, signal: AbortSignal): Promise<readonly FoundEntry[]>;
  readonly isClosed: boolean;
  /** Ends all waiting, for good. */
  close(): void;
}

/** The newest entries of one organization, with those who wait for more. */
interface Tail {
  /** Every entry above this number, up to the last one that was seen, is kept. */
  above: number;
  kept: FoundEntry[];
  readonly waiting: Set<() => void>;
}

/**
 * One look at the log serves all readers of an organization, and there is none while nobody waits. A slow reader costs
 * nothing here: it asks when it can take more.
 */
export function createLogFeed({ above, lastNumber }: Pick<LogQueries, "above" | "lastNumber">): LogFeed {
  const tails = new Map<number, Tail>();
  let isClosed = false;

  async function next(organizationId: number, after: number, waitMs: number, signal: AbortSignal) {
    const endMs = performance.now() + waitMs;
    // What the database has comes first: it may be above the tail of a reader that has just begun.
    while (!isClosed && !signal.aborted) {
      const tail = tails.get(organizationId);
      const found =
        tail === undefined || after < tail.above
          ? await above(organizationId, after, pageMax)
          : tail.kept.filter(({ id }) => id > after).slice(0, pageMax);
      if (found.length > 0) return found;
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) break;
      await more(organizationId, leftMs, signal);
    }
    return [];
  }

  /** Resolves when there are new entries, or there may be, or the time is over. */
  async function more(organizationId: number, waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    const stop = () => resolve();
    signal.addEventListener("abort", stop);
    let tail = tails.get(organizationId);
    if (tail === undefined) {
      tail = { above: Number.POSITIVE_INFINITY, kept: [], waiting: new Set() };
      tails.set(organizationId, tail);
      void follow(organizationId, tail);
    }
    tail.waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    tail.waiting.delete(resolve);
  }

  async function follow(organizationId: number, tail: Tail): Promise<void> {
    let last: number | undefined;
    let idleLooks = 0;
    // Readers come back at once for more, so a tail without any for some looks has none.
    while (!isClosed && idleLooks < 5) {
      idleLooks = tail.waiting.size === 0 ? idleLooks + 1 : 0;
      let isFull = false;
      try {
        if (last === undefined) {
          last = await lastNumber(organizationId);
          tail.above = last;
          wake(tail);
        } else {
          const found = await above(organizationId, last, pageMax);
          last = found.at(-1)?.id ?? last;
          isFull = found.length === pageMax;
          if (found.length > 0) keep(tail, found);
        }
      } catch {
        // The database is away: readers that need it learn that by themselves, the others go on when it is back.
      }
      if (!isFull) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    tails.delete(organizationId);
    wake(tail);
  }

  function keep(tail: Tail, found: readonly FoundEntry[]): void {
    const all = [...tail.kept, ...found];
    const dropped = all.splice(0, Math.max(0, all.length - keptMax));
    tail.above = dropped.at(-1)?.id ?? tail.above;
    tail.kept = all;
    wake(tail);
  }

  return {
    next,
    get isClosed() {
      return isClosed;
    },
    close() {
      isClosed = true;
      for (const tail of tails.values()) wake(tail);
    },
  };
}

function wake({ waiting }: Tail): void {
  for (const resolve of waiting) resolve();
}
