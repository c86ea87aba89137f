/** The largest number that a row can be given. Numbers that are drawn behind it still have 15 digits at most. */
export const givenNumberMax = 999_999_999_999;

/** Whether a row can be given this number, which it had on another server. */
export function isGivenNumber(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= givenNumberMax;
}

/** The given number by which a command must look for another row; none if it gives none, or one that cannot be. */
export function givenNumbers(id: number | undefined): readonly number[] {
  return id !== undefined && isGivenNumber(id) ? [id] : [];
}
