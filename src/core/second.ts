/**
 * The beginning of the second of this moment. Clients write times in whole seconds. So a bound lasts to the end of its
 * second, and of two times in the same second neither is earlier.
 */
export function secondStart(atMs: number): number {
  return Math.floor(atMs / 1_000) * 1_000;
}
