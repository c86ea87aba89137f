import { parseDay } from "../core/day.ts";
import { givenNumberMax, isGivenNumber } from "../core/given-number.ts";
import { CommandError } from "./tools.ts";

/** A whole number that is not negative; ends with a sentence for anything else. */
export function readWhole(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CommandError(`${option} "${text}" is not a whole number.`);
  return Number(text);
}

/** The first moment of a day; ends with a sentence for anything else. */
export function readDay(option: string, text: string): number {
  const startMs = parseDay(text);
  if (startMs === undefined) throw new CommandError(`${option} "${text}" is no day, like 2017-04-01.`);
  return startMs;
}

const timeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?Z?$/;

/** A moment in UTC, or the first one of a day; ends with a sentence for anything else. */
export function readTime(option: string, text: string): number {
  const startMs = parseDay(text.slice(0, "YYYY-MM-DD".length));
  const atMs = timeShape.test(text) ? Date.parse(text.endsWith("Z") ? text : `${text}Z`) : startMs;
  const isTime = text.length === "YYYY-MM-DD".length || timeShape.test(text);
  if (isTime && startMs !== undefined && atMs !== undefined && !Number.isNaN(atMs)) return atMs;
  throw new CommandError(`${option} "${text}" is no time, like 2017-04-01 or 2017-04-01T19:02:30, in UTC.`);
}

/** A number that something had on another server; ends with a sentence for anything else. Absent: a drawn number. */
export function readGivenNumber(text: string | undefined): { readonly id?: number } {
  if (text === undefined) return {};
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (!isGivenNumber(id)) {
    throw new CommandError(`--id "${text}" is not a whole number from 1 to ${givenNumberMax}.`);
  }
  return { id };
}
