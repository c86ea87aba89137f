/**
 * The beginning of the second of this moment. Clients write times in whole seconds: a bound that they write lasts to
 * the end of its second, and of two times in one second neither is the earlier.
 */
export function secondStart(atMs: number): number {
  return Math.floor(atMs / 1_000) * 1_000;
}
