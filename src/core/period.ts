import { dayEnd, dayMs, dayStart } from "./day.ts";
import { momentOf, wallTimeIn } from "./time-zone.ts";

/** A time by the calendar. What is absent is none. */
export interface Period {
  readonly years?: number;
  readonly months?: number;
  readonly days?: number;
}

const yearsMax = 100;
const monthsOfYear = 12;
const daysOfYear = 365.25;

/** Whether a renewal may be so long: from a day to a hundred years, in whole numbers. */
export function isPeriod({ years = 0, months = 0, days = 0 }: Period): boolean {
  const parts = [years, months, days];
  const length = years + months / monthsOfYear + days / daysOfYear;
  return parts.every((part) => Number.isSafeInteger(part) && part >= 0) && length > 0 && length <= yearsMax;
}

/** The last moment that people and programs can write with four digits of the year. */
export const lastMomentMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The end of something that is renewed, by the calendar of a time zone. What is not over ends at the same time of the
 * day as before. What is over is renewed from today on, and has the whole of its last day.
 */
export function renewedEnd(timeZone: string, end: { atMs: number; isOver: boolean }, period: Period, nowMs: number) {
  if (!end.isOver) return momentOf(timeZone, later(wallTimeIn(timeZone, end.atMs), period));
  return momentOf(timeZone, dayEnd(later(dayStart(wallTimeIn(timeZone, nowMs)), period)));
}

/** First years and months, then days. A day that the month does not have becomes the last one of the month. */
function later(wallMs: number, { years = 0, months = 0, days = 0 }: Period): number {
  const date = new Date(wallMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + years * monthsOfYear + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() + days * dayMs;
}
