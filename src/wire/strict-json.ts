/**
 * Reads one JSON document (RFC 8259) in the strict form of I-JSON (RFC 7493): UTF-8, and no name twice in an object. It
 * never throws. Time and memory are linear in the input, since its limits are checked before anything is built.
 *
 * Refused with `empty`, `encoding` (also for an escape of half a surrogate pair), `nul`, `size` (too many bytes or
 * names), `depth`, `repeated`, `name` (`__proto__`, which would change the object itself) or `malformed`.
 */

import { decodeUtf8 } from "./charset.ts";
import { FormatError, overSize } from "./format-error.ts";

export interface StrictJsonLimits {
  readonly bytesMax: number;
  /** Lists and objects inside one another. */
  readonly depthMax: number;
  /** Names of all objects together. */
  readonly namesMax: number;
}

export const strictJsonLimits: StrictJsonLimits = { bytesMax: 1024 * 1024, depthMax: 32, namesMax: 20_000 };

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** See the head of this file. */
export function readStrictJson(
  bytes: Uint8Array,
  limits = strictJsonLimits,
): { readonly value: unknown } | FormatError {
  const tooLong = overSize(bytes, limits.bytesMax);
  if (tooLong !== undefined) return tooLong;
  const text = decodeUtf8(bytes);
  if (text === undefined) return new FormatError("encoding", "the bytes are not valid UTF-8");
  if (/^[ \t\r\n]*$/.test(text)) return new FormatError("empty", "there is no document");
  const fault = faultIn(text, limits);
  if (fault !== undefined) return fault;
  const value = parse(text);
  return value === undefined ? new FormatError("malformed", "the text is not JSON") : { value };
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

/** The first fault that the parser would not see. The text may be no JSON: the parser finds that later. */
function faultIn(text: string, { depthMax, namesMax }: StrictJsonLimits): FormatError | undefined {
  /** For each open object its names, for each open list nothing. */
  const open: (Set<string> | undefined)[] = [];
  let namesLeft = namesMax;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === openBrace || character === openBracket) {
      if (open.length === depthMax) return new FormatError("depth", `nested deeper than ${depthMax}`);
      open.push(character === openBrace ? new Set() : undefined);
    } else if (character === closeBrace || character === closeBracket) {
      open.pop();
    } else if (character === quote) {
      const end = endOfText(text, at);
      const content = contentOf(text.slice(at, end));
      if (content === undefined) return new FormatError("malformed", "a text is not JSON");
      if (content.includes("\0")) return new FormatError("nul", "a text holds a NUL");
      if (!content.isWellFormed()) return new FormatError("encoding", "a text holds half a surrogate pair");
      at = end - 1;
      const names = open.at(-1);
      if (names === undefined || !isBeforeColon(text, end)) continue;
      if (content === "__proto__") return new FormatError("name", "an object has the name __proto__");
      if (names.has(content))
        return new FormatError("repeated", `${JSON.stringify(content)} stands twice in an object`);
      if (namesLeft-- === 0) return new FormatError("size", `more than ${namesMax} names`);
      names.add(content);
    }
  }
  return undefined;
}

/** The place behind the closing quote, or the end of the text. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) return at + 1;
    if (character === backslash) at++;
  }
  return text.length;
}

/** A quoted text without its escapes; `undefined` when it is none. */
function contentOf(quoted: string): string | undefined {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  const content = parse(quoted);
  return typeof content === "string" ? content : undefined;
}

function isBeforeColon(text: string, start: number): boolean {
  let at = start;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return text.charCodeAt(at) === colon;
}
