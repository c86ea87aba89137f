import { parseDay } from "../core/day.ts";
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
