/** A shorter access key can be guessed within days by many callers, or by one who knows a similar key. */
export const accessKeyLengthAdvised = 10;

/** The number of these access keys that are too easy to guess. */
export function countShortKeys(keys: readonly string[]): number {
  return keys.filter((key) => key.length < accessKeyLengthAdvised).length;
}
