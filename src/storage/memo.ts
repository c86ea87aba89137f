/**
 * Makes a value for each key once, and keeps `entriesMax` of them: of more, the one that was made first is forgotten.
 */
export function memo<K, V>(make: (key: K) => V, entriesMax: number): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    const [oldest] = made.size > entriesMax ? made.keys() : [];
    if (oldest !== undefined) made.delete(oldest);
    return value;
  };
}
