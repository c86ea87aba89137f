/** Days are in UTC and written as `2017-04-01`. */

export const dayMs = 24 * 60 * 60 * 1000;
const dayShape = /^\d{4}-\d{2}-\d{2}$/;

/** The first moment of a day that is written `YYYY-MM-DD`; `undefined` for any other text and for impossible days. */
export function parseDay(text: string): number | undefined {
  const startMs = dayShape.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(startMs) && formatDay(startMs) === text ? startMs : undefined;
}

/** The day of this moment, as `YYYY-MM-DD`. */
export function formatDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, "YYYY-MM-DD".length);
}

/** The first moment of the day of this moment. */
export function dayStart(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs;
}

/** The last moment of the day of this moment. */
export function dayEnd(atMs: number): number {
  return dayStart(atMs) + dayMs - 1;
}

/** The same time of the same day, years later. 29 February becomes 28 February in a year that has no leap day. */
export function yearsLater(atMs: number, years: number): number {
  const date = new Date(atMs);
  const month = date.getUTCMonth();
  date.setUTCFullYear(date.getUTCFullYear() + years);
  if (date.getUTCMonth() !== month) date.setUTCDate(0);
  return date.getTime();
}
