import { putNewest } from "./newest.ts";

/** Names of what was right not long ago. */
export interface Acquaintances {
  has(name: string): boolean;
  add(name: string): void;
  delete(name: string): void;
}

/** For how long somebody is known who does not come again. */
export const knownForMs = 24 * 60 * 60 * 1000;
/** Names that are known at once; the one that was right longest ago is forgotten for a further one. */
const knownMax = 50_000;
/** A name that comes again within this time is not noted again: what comes with every request must cost little. */
const notedAgainMs = 60_000;

/**
 * Remembers names. `now` is a clock that never goes back, in milliseconds. The caller sees to it that names are short.
 */
export function rememberNames({
  entriesMax = knownMax,
  now = () => performance.now(),
}: {
  entriesMax?: number;
  now?: () => number;
} = {}): Acquaintances {
  /** In the order in which they were noted last. */
  const notedAtMs = new Map<string, number>();
  return {
    has(name) {
      const atMs = notedAtMs.get(name);
      return atMs !== undefined && now() - atMs < knownForMs;
    },
    add(name) {
      const atMs = notedAtMs.get(name);
      if (atMs !== undefined && now() - atMs < notedAgainMs) return;
      putNewest(notedAtMs, name, now(), entriesMax);
    },
    delete: (name) => void notedAtMs.delete(name),
  };
}
