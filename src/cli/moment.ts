import { dayEndIn, dayStartIn, momentsAt, momentText } from "../core/local-time.ts";
import { isTimeZone } from "../core/time-zone.ts";
import { none } from "./read-option.ts";
import { CommandError } from "./tools.ts";

/** How a time is written in the help of an option. */
export const momentWords = "like '2026-12-24 19:00', 2026-12-24 or 2026-12-24T19:00:00+02:00";

const day = /^\d{4}-\d{2}-\d{2}$/;
const clock = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A moment as people write it, in this time zone unless the text has an offset. A day alone is its first moment, or its
 * last second. Ends with a sentence for anything else, and for a time that clocks skip or show twice.
 */
export function readMoment(option: string, text: string, timeZone: string, edge: "start" | "end" = "start"): number {
  if (!isTimeZone(timeZone)) throw new CommandError(zoneSentence(timeZone));
  const dayMs = day.test(text) ? (edge === "start" ? dayStartIn : dayEndIn)(timeZone, text) : undefined;
  if (dayMs !== undefined) return dayMs;
  const [, date, hour, second = ":00", offset] = clock.exec(text) ?? [];
  const local = `${date}T${hour}${second}`;
  const [atMs, later] = momentsAt(offset === undefined ? timeZone : "UTC", local) ?? [undefined];
  if (atMs !== undefined && later !== undefined) {
    const [one, other] = [atMs, later].map((each) => momentText(timeZone, each));
    throw new CommandError(
      `${option} "${text}" comes twice in ${timeZone}, where clocks are put back. Write ${one} or ${other}.`,
    );
  }
  const withOffsetMs = offset === undefined ? atMs : Date.parse(`${local}${offset}`);
  if (atMs !== undefined && withOffsetMs !== undefined && !Number.isNaN(withOffsetMs)) return withOffsetMs;
  if (offset === undefined && momentsAt("UTC", local) !== undefined) {
    throw new CommandError(
      `${option} "${text}" does not exist in ${timeZone}: clocks are put forward over it. Write an earlier or a later time.`,
    );
  }
  throw new CommandError(`${option} "${text}" is no time, ${momentWords}.`);
}

/** A moment, `null` for the word that takes one away, `undefined` for an option that is absent. */
export function readBound(
  option: string,
  text: string | undefined,
  timeZone: string,
  edge: "start" | "end",
): number | null | undefined {
  if (text === undefined) return undefined;
  return text === none ? null : readMoment(option, text, timeZone, edge);
}

/** A moment as clocks of this time zone show it; `null` for none. */
export function shown(timeZone: string, atMs: number | null): string | null {
  return atMs === null ? null : momentText(timeZone, atMs);
}

/** The sentence about a time zone that does not exist. */
export function zoneSentence(timeZone: string): string {
  return `There is no time zone "${timeZone}". One is written like Europe/Helsinki.`;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration like `90s`, `15m` or `2h`; ends with a sentence for anything else. */
export function readDuration(option: string, text: string): number {
  const [, number, unit = ""] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const unitMs = units[unit];
  if (number === undefined || unitMs === undefined) {
    throw new CommandError(`${option} "${text}" is no duration, like 90s, 15m or 2h.`);
  }
  return Number(number) * unitMs;
}
