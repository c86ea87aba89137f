/**
 * Reads one JSON object (RFC 8259) out of a request body.
 *
 * Promise: never throws on any input, takes time linear in the input, and
 * gives either the object or a `JsonFault`. The object and every object inside
 * it have no prototype, so `constructor`, `toString` and their like are there
 * only if they were sent. A key `__proto__` is left out at every level, so
 * that copying the result by any means cannot change a prototype. Of a key
 * given twice the last value counts. Numbers are JavaScript numbers: digits
 * beyond about 15 are lost, so identifiers ought to be sent as strings.
 *
 * Every refusal is a `JsonFault` with one of these kinds:
 * - `empty`: no bytes, or nothing but white space.
 * - `encoding`: bytes that are not UTF-8, or an escape for half a surrogate
 *   pair, which has no UTF-8. A UTF-8 byte order mark is accepted.
 * - `nul`: a NUL in a key or a string, which only an escape can bring.
 * - `depth`: arrays and objects nested deeper than `depthMax`.
 * - `size`: more bytes than `bytesMax`.
 * - `not-object`: well-formed, but not an object at top level.
 * - `malformed`: anything else that is not JSON.
 */

export type JsonFaultKind = "empty" | "encoding" | "nul" | "depth" | "size" | "not-object" | "malformed";

/**
 * A class, because an object somebody sent can have a field named `fault` but
 * can never be an instance of this. Tell it by `isJsonFault`, not by its fields.
 */
export class JsonFault {
  readonly fault: JsonFaultKind;
  readonly message: string;

  constructor(fault: JsonFaultKind, message: string) {
    this.fault = fault;
    this.message = message;
  }
}

export type JsonObject = Record<string, unknown>;

export type JsonLimits = {
  /** Levels of nesting, the object at the top being the first. */
  readonly depthMax: number;
  /** Bytes as received, byte order mark included. */
  readonly bytesMax: number;
};

export const JSON_LIMITS: JsonLimits = { depthMax: 32, bytesMax: 1024 * 1024 };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Leaves the walk through the value; never leaves this file. */
class Refusal extends Error {
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Tells a fault from an object, whatever fields the object has. */
export function isJsonFault(result: JsonObject | JsonFault): result is JsonFault {
  return result instanceof JsonFault;
}

/** See the head of this file. Limits not given keep the values of `JSON_LIMITS`. */
export function readJsonObject(bytes: Uint8Array, limits?: Partial<JsonLimits>): JsonObject | JsonFault {
  const { depthMax, bytesMax } = { ...JSON_LIMITS, ...limits };
  if (bytes.byteLength > bytesMax) {
    return new JsonFault("size", `${bytes.byteLength} bytes are more than the ${bytesMax} allowed`);
  }
  const text = decode(bytes);
  if (text === undefined) return new JsonFault("encoding", "the bytes are not valid UTF-8");
  if (/^[ \t\r\n]*$/.test(text)) return new JsonFault("empty", "there is no document");
  if (nestsDeeperThan(text, depthMax)) {
    return new JsonFault("depth", `values are nested deeper than the ${depthMax} levels allowed`);
  }
  const value = parse(text);
  if (value === undefined) return new JsonFault("malformed", "the text is not JSON");
  if (!isObject(value)) return new JsonFault("not-object", "the value is not an object");
  try {
    return safeObject(value);
  } catch (error) {
    if (error instanceof Refusal) return error.fault;
    throw error;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The parsed value, or undefined, which no JSON text stands for. The parser's own message is dropped: it quotes the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Counts brackets outside strings before anything is built. On text that is
 * not JSON the count may be off, which only changes how it is refused.
 */
function nestsDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function safeObject(source: object): JsonObject {
  const safe: JsonObject = Object.create(null);
  for (const [key, value] of Object.entries(source)) {
    if (key !== "__proto__") safe[safeString(key)] = safeValue(value);
  }
  return safe;
}

/** The recursion is as deep as the text, which `nestsDeeperThan` has bounded. */
function safeValue(value: unknown): unknown {
  if (typeof value === "string") return safeString(value);
  if (Array.isArray(value)) return value.map(safeValue);
  return isObject(value) ? safeObject(value) : value;
}

function safeString(s: string): string {
  if (s.includes("\0")) throw new Refusal(new JsonFault("nul", "a key or a string holds a NUL"));
  if (!s.isWellFormed()) throw new Refusal(new JsonFault("encoding", "a string holds half a surrogate pair"));
  return s;
}
