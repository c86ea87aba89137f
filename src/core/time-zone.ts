import { dayMs } from "./day.ts";
import { secondStart } from "./second.ts";

const formats = new Map<string, Intl.DateTimeFormat>();
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether this names a time zone of the IANA database, such as `Europe/Helsinki`. */
export function isTimeZone(name: string): boolean {
  // The runtime also takes offsets such as "+02:00". They know no clock changes.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format;
}

/** The calendar day of this moment in this time zone, as `YYYY-MM-DD`. Throws for a zone that does not exist. */
export function dayIn(timeZone: string, atMs: number): string {
  return formatOf(timeZone).format(atMs);
}

/**
 * What clocks and calendars show in a time zone at this moment, as the moment at which those of UTC show the same.
 * Throws for a zone that does not exist.
 */
export function wallTimeIn(timeZone: string, atMs: number): number {
  const startMs = secondStart(atMs);
  const parts = clockOf(timeZone).formatToParts(startMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  const shown = new Date(0);
  shown.setUTCFullYear(part("year"), part("month") - 1, part("day"));
  shown.setUTCHours(part("hour"), part("minute"), part("second"));
  return shown.getTime() + (atMs - startMs);
}

/**
 * The moment at which clocks in a time zone show this. Of an hour that comes twice it is the second one. An hour that is
 * left out counts as the one after it. Throws for a zone that does not exist.
 */
export function momentOf(timeZone: string, wallMs: number): number {
  const offsetAt = (atMs: number) => wallTimeIn(timeZone, atMs) - atMs;
  const before = wallMs - offsetAt(wallMs - dayMs);
  const after = wallMs - offsetAt(wallMs + dayMs);
  const shown = [before, after].filter((atMs) => wallTimeIn(timeZone, atMs) === wallMs);
  return shown.length === 0 ? before : Math.max(...shown);
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const two = "2-digit";
    clock = new Intl.DateTimeFormat("en", {
      timeZone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
