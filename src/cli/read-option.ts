import { parseDay } from "../core/day.ts";
import { givenNumberMax, isGivenNumber } from "../core/given-number.ts";
import type { Metadata } from "../core/metadata.ts";
import { CommandError } from "./tools.ts";

/** The word that takes a value away. */
export const none = "none";

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

/** The values of an option that can be repeated; none for the word alone. */
export function itemsOf(given: readonly string[]): readonly string[] {
  return given.length === 1 && given[0] === none ? [] : given;
}

/** A text, `null` for the word that takes it away. */
export function readText(text: string): string | null {
  return text === none || text === "" ? null : text;
}

/** Metadata of `key=value` each, `null` for none; ends with a sentence for anything else. */
export function readMetadata(option: string, given: readonly string[]): Metadata | null {
  const pairs = itemsOf(given).map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new CommandError(`${option} "${text}" is no key with a value, like crew=blue.`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return pairs.length === 0 ? null : Object.fromEntries(pairs);
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
