/**
 * Reads the parameters of a request from one flat JSON object (RFC 8259). Each is a text, a number or a boolean.
 *
 * It never throws, and takes time linear in the input. The result is a Map, so keys such as `constructor` are ordinary
 * keys; a key `__proto__` is left out. A null counts as not sent. Of a repeated key the last value counts. A number
 * keeps all the digits that were sent. A byte order mark is accepted.
 *
 * Refused with `empty`, `encoding` (also for an escape of half a surrogate pair, which has no UTF-8), `nul`, `size`,
 * `not-object`, `not-scalar` or `malformed`.
 */

import { decodeUtf8 } from "./charset.ts";
import { FormatError, overSize } from "./format-error.ts";

/** A number with the digits that were sent (`5.00`) and with those that JavaScript writes (`5`). */
export interface JsonNumber {
  readonly asSent: string;
  readonly shortest: string;
}

export type JsonFields = ReadonlyMap<string, string | JsonNumber>;

export const jsonBytesMax = 1024 * 1024;

/** See the head of this file. */
export function readJsonFields(bytes: Uint8Array, bytesMax = jsonBytesMax): JsonFields | FormatError {
  const tooLong = overSize(bytes, bytesMax);
  if (tooLong !== undefined) return tooLong;
  const text = decodeUtf8(bytes)?.replace(/^\ufeff/, "");
  if (text === undefined) return new FormatError("encoding", "the bytes are not valid UTF-8");
  if (/^[ \t\r\n]*$/.test(text)) return new FormatError("empty", "there is no document");
  const value = parse(text);
  if (value === undefined) return new FormatError("malformed", "the text is not JSON");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new FormatError("not-object", "the value is not an object");
  }
  const entries = Object.entries(value).filter(([name, one]) => name !== "__proto__" && one !== null);
  const texts = entries.flat().filter((one) => typeof one === "string");
  if (texts.some((one) => one.includes("\0"))) return new FormatError("nul", "a key or a string holds a NUL");
  if (!texts.every((one) => one.isWellFormed())) {
    return new FormatError("encoding", "a string holds half a surrogate pair");
  }
  const list = entries.find(([, one]) => typeof one === "object");
  if (list !== undefined) return new FormatError("not-scalar", `${JSON.stringify(list[0])} is not one value`);
  const numbers = entries.some(([, one]) => typeof one === "number") ? numbersAsSent(text) : undefined;
  return new Map(
    entries.map(([name, one]) => {
      const asSent = typeof one === "number" ? numbers?.get(name) : undefined;
      return [name, asSent === undefined ? String(one) : { asSent, shortest: String(one) }];
    }),
  );
}

/** `undefined` for a text that is not JSON. The message of the parser is dropped, since it quotes the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The numbers of a flat object as they were sent. Since the object is flat, the parser does not recurse deeply. */
function numbersAsSent(text: string): ReadonlyMap<string, string> {
  const numbers = new Map<string, string>();
  JSON.parse(text, (name: string, value: unknown, context?: { source?: string }) => {
    if (typeof value === "number" && context?.source !== undefined) numbers.set(name, context.source);
    return value;
  });
  return numbers;
}
