/** Makes the value of each key once. Keeps `entriesMax` values and forgets the oldest first. */
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
