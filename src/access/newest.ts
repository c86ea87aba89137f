/**
 * Puts an entry at the end of a map whose order is the order of age, and takes the oldest away when there are more than
 * `entriesMax`. The caller sees to it that keys are short.
 */
export function putNewest<K, V>(entries: Map<K, V>, key: K, value: V, entriesMax: number): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size <= entriesMax) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}
