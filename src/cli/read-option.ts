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

/** A number that something had on another server; ends with a sentence for anything else. Absent: a drawn number. */
export function readGivenNumber(text: string | undefined): { readonly id?: number } {
  if (text === undefined) return {};
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (!isGivenNumber(id)) {
    throw new CommandError(`--id "${text}" is not a whole number from 1 to ${givenNumberMax}.`);
  }
  return { id };
}
