import { BoundedMap } from "./bounded-map.ts";

/** Names that were right not long ago. */
export interface KnownNames {
  has(name: string): boolean;
  add(name: string): void;
  delete(name: string): void;
}

/** A name that is not added again is known for so long. */
export const knownForMs = 24 * 60 * 60 * 1000;
/** Names that are known at once; for a further one, the name that was added longest ago is forgotten. */
const knownMax = 50_000;
/**
 * A name that is added again within this time is left as it is: every request adds its names, so that must cost little.
 */
const addedAgainMs = 60_000;

/** `now` is a clock that never goes back, in milliseconds. The caller sees to it that names are short. */
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
