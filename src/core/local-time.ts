import { dayMs, formatDay, parseDay } from "./day.ts";
import { secondStart } from "./second.ts";

const localShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const two = "2-digit";
    const parts = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", ...parts });
    formats.set(timeZone, format);
  }
  return format;
}

/** How far the clocks of this time zone are ahead of UTC at this moment, in milliseconds. */
function offsetIn(timeZone: string, atMs: number): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const [year = 0, month = 0, day = 0] = [parts.get("year"), parts.get("month"), parts.get("day")];
  const [hour, minute, second] = [parts.get("hour"), parts.get("minute"), parts.get("second")];
  return Date.UTC(year, month - 1, day, hour, minute, second) - secondStart(atMs);
}

/**
 * The moments at which clocks of this time zone show `YYYY-MM-DDTHH:MM:SS`, the earlier first: none where clocks are put
 * forward over that time, two where they are put back to it. `undefined` for a text that is no time of any calendar.
 */
export function momentsAt(timeZone: string, local: string): readonly number[] | undefined {
  const shownMs = localShape.test(local) ? Date.parse(`${local}Z`) : Number.NaN;
  if (Number.isNaN(shownMs) || new Date(shownMs).toISOString().slice(0, local.length) !== local) return undefined;
  const offsets = new Set([-dayMs, 0, dayMs].map((aroundMs) => offsetIn(timeZone, shownMs + aroundMs)));
  const moments = [...offsets].map((offset) => shownMs - offset);
  return moments.filter((atMs) => atMs + offsetIn(timeZone, atMs) === shownMs).sort((a, b) => a - b);
}

/** The first moment of a calendar day `YYYY-MM-DD` of this time zone; `undefined` for an impossible day. */
export function dayStartIn(timeZone: string, day: string): number | undefined {
  const shownMs = parseDay(day);
  if (shownMs === undefined) return undefined;
  // Where clocks are put forward at midnight, the day begins at the moment of the change.
  return momentsAt(timeZone, `${day}T00:00:00`)?.[0] ?? shownMs - offsetIn(timeZone, shownMs - dayMs);
}

/** The last second of a calendar day `YYYY-MM-DD` of this time zone; `undefined` for an impossible day. */
export function dayEndIn(timeZone: string, day: string): number | undefined {
  const shownMs = parseDay(day);
  const nextMs = shownMs === undefined ? undefined : dayStartIn(timeZone, formatDay(shownMs + dayMs));
  return nextMs === undefined ? undefined : nextMs - 1_000;
}

/** A moment as clocks of this time zone show it, with their offset: `2026-12-24T19:00:00+02:00`. */
export function momentText(timeZone: string, atMs: number): string {
  const offset = offsetIn(timeZone, atMs);
  const shown = new Date(atMs + offset).toISOString().slice(0, "YYYY-MM-DDTHH:MM:SS".length);
  if (offset === 0) return `${shown}Z`;
  const minutes = Math.abs(Math.round(offset / 60_000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${shown}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
