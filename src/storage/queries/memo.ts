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

/** Organizations that have batch loaders. A further organization drops the loaders of the oldest. */
const organizationsMax = 1_000;

/** {@link memo} by the number of the organization. */
export function perOrganization<V>(make: (organizationId: number) => V): (organizationId: number) => V {
  return memo(make, organizationsMax);
}

/** More than there are kinds of products or devices. */
const kindsMax = 10;

/** {@link memo} by the kind of a product or a device. */
export function perKind<K extends string, V>(make: (kind: K) => V): (kind: K) => V {
  return memo(make, kindsMax);
}
