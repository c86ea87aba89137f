import { putNewest } from "./newest.ts";

/** What a look-up found a moment ago, or finds now. */
export interface Recent<T> {
  /** What was found within the last `staleMaxMs`, else what is found now. */
  recent(key: string): Promise<T | undefined>;
  /** What is found now. */
  fresh(key: string): Promise<T | undefined>;
}

/**
 * Remembers what a look-up finds, for `staleMaxMs` and for `entriesMax` questions; the oldest is forgotten first. `now`
 * is a clock that never goes back: by the clock of the day, which may be set back by an hour, a withdrawn credential
 * would be believed for that long. The caller sees to it that keys are short. Questions that arrive while the answer is
 * on its way wait for it. That nothing was found, or that the look-up failed, is not remembered: what has just been
 * made is found at once.
 */
export function remember<T>(
  lookUp: (key: string) => Promise<T | undefined>,
  {
    staleMaxMs,
    entriesMax = 10_000,
    now = () => performance.now(),
  }: { staleMaxMs: number; entriesMax?: number; now?: () => number },
): Recent<T> {
  const entries = new Map<string, { readonly value: Promise<T | undefined>; readonly readAtMs: number }>();

  function fresh(key: string): Promise<T | undefined> {
    const value = lookUp(key);
    putNewest(entries, key, { value, readAtMs: now() }, entriesMax);
    const forget = () => {
      if (entries.get(key)?.value === value) entries.delete(key);
    };
    value.then((found) => found ?? forget(), forget);
    return value;
  }

  return {
    fresh,
    recent(key) {
      const known = entries.get(key);
      return known !== undefined && now() - known.readAtMs < staleMaxMs ? known.value : fresh(key);
    },
  };
}
