/** The largest number that a row can be given. Numbers that are drawn behind it still have 15 digits at most. */
export const givenNumberMax = 999_999_999_999;

/** Whether a row can be given this number, which it had on another server. Absent: it gets a drawn number. */
export function isGivenNumber(id: number | undefined): boolean {
  return id === undefined || (Number.isInteger(id) && id >= 1 && id <= givenNumberMax);
}
