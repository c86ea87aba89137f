import { BoundedMap } from "./bounded-map.ts";

/** Names of credentials and accounts that were right within the last day. */
export interface KnownNames {
  has(name: string): boolean;
  add(name: string): void;
  delete(name: string): void;
}

/** For how long a name is known that is not added again. */
export const knownForMs = 24 * 60 * 60 * 1000;
/** Names that are known at once. A further name replaces the oldest one. */
const knownMax = 50_000;
/** A name that is added again within this time keeps its time: every request adds names, so that must cost little. */
const addedAgainMs = 60_000;

/** `now` is a clock that never goes back, in milliseconds. Names must be short. */
export function createKnownNames({
  entriesMax = knownMax,
  now = () => performance.now(),
}: {
  entriesMax?: number;
  now?: () => number;
} = {}): KnownNames {
  const addedAtMs = new BoundedMap<string, number>(entriesMax);
  return {
    has(name) {
      const atMs = addedAtMs.get(name);
      return atMs !== undefined && now() - atMs < knownForMs;
    },
    add(name) {
      const atMs = addedAtMs.get(name);
      if (atMs === undefined || now() - atMs >= addedAgainMs) addedAtMs.set(name, now());
    },
    delete: (name) => void addedAtMs.delete(name),
  };
}
