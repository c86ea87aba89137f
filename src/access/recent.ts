/**
 * Remembers what a slow look-up found, for `staleMaxMs` and for `entriesMax` questions; the oldest is forgotten first.
 * Questions that arrive while the answer is on its way wait for it. A failed look-up is not remembered.
 */
export function remember<T>(
  lookUp: (key: string) => Promise<T>,
  { staleMaxMs, entriesMax = 10_000, now = Date.now }: { staleMaxMs: number; entriesMax?: number; now?: () => number },
): (key: string) => Promise<T> {
  const entries = new Map<string, { readonly value: Promise<T>; readonly readAtMs: number }>();
  return (key) => {
    const known = entries.get(key);
    if (known !== undefined && now() - known.readAtMs < staleMaxMs) return known.value;
    const value = lookUp(key);
    // Deleted first, so that the order of insertion is the order of age.
    entries.delete(key);
    entries.set(key, { value, readAtMs: now() });
    value.catch(() => {
      if (entries.get(key)?.value === value) entries.delete(key);
    });
    if (entries.size > entriesMax) {
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    }
    return value;
  };
}
