/** A shorter access key can be guessed within days by many, and by whoever has seen another one. */
export const accessKeyLengthAdvised = 10;

/** How many of these access keys can be guessed too easily. */
export function countShortKeys(keys: readonly string[]): number {
  return keys.filter((key) => key.length < accessKeyLengthAdvised).length;
}
