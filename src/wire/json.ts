/**
 * Reads one flat JSON object (RFC 8259) out of a request body: the parameters
 * of a request, each a text, a number or a truth value.
 *
 * Promise: never throws on any input and takes time linear in the input. The
 * result is a Map, so keys such as `constructor` are keys like any other; a
 * key `__proto__` is left out. A value that is null counts as not sent. Of a
 * key given twice the last value counts. A number comes with the digits that
 * were sent, however many there are.
 *
 * Every refusal is a `JsonFault` with one of these kinds:
 * - `empty`: no bytes, or nothing but white space.
 * - `encoding`: bytes that are not UTF-8, or an escape for half a surrogate
 *   pair, which has no UTF-8. A UTF-8 byte order mark is accepted.
 * - `nul`: a NUL in a key or a string, which only an escape can bring.
 * - `size`: more bytes than `bytesMax`.
 * - `not-object`: well-formed, but not an object at top level.
 * - `not-scalar`: a value that is a list or an object.
 * - `malformed`: anything else that is not JSON.
 */

export type JsonFaultKind = "empty" | "encoding" | "nul" | "size" | "not-object" | "not-scalar" | "malformed";

export type JsonFault = { readonly fault: JsonFaultKind; readonly message: string };

/** What a number was written as, which may be `5.00`, and what JavaScript writes it as: `5`. */
export type JsonNumber = { readonly asSent: string; readonly shortest: string };

export type JsonFields = ReadonlyMap<string, string | JsonNumber>;

export const JSON_BYTES_MAX = 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Tells a fault from fields. */
export function isJsonFault(result: JsonFields | JsonFault): result is JsonFault {
  return "fault" in result;
}

/** See the head of this file. */
export function readJsonFields(bytes: Uint8Array, bytesMax = JSON_BYTES_MAX): JsonFields | JsonFault {
  if (bytes.byteLength > bytesMax) {
    return { fault: "size", message: `${bytes.byteLength} bytes are more than the ${bytesMax} allowed` };
  }
  const text = attempt(() => utf8.decode(bytes), TypeError);
  if (text === undefined) return { fault: "encoding", message: "the bytes are not valid UTF-8" };
  if (/^[ \t\r\n]*$/.test(text)) return { fault: "empty", message: "there is no document" };
  // The parser's own message is dropped: it quotes the text.
  const value: unknown = attempt(() => JSON.parse(text), SyntaxError);
  if (value === undefined) return { fault: "malformed", message: "the text is not JSON" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: "not-object", message: "the value is not an object" };
  }
  const entries = Object.entries(value).filter(([name, one]) => name !== "__proto__" && one !== null);
  const texts = entries.flat().filter((one) => typeof one === "string");
  if (texts.some((one) => one.includes("\0"))) return { fault: "nul", message: "a key or a string holds a NUL" };
  if (!texts.every((one) => one.isWellFormed())) {
    return { fault: "encoding", message: "a string holds half a surrogate pair" };
  }
  const list = entries.find(([, one]) => typeof one === "object");
  if (list !== undefined) return { fault: "not-scalar", message: `${JSON.stringify(list[0])} is not one value` };
  const numbers = entries.some(([, one]) => typeof one === "number") ? numbersAsSent(text) : undefined;
  return new Map(
    entries.map(([name, one]) => {
      const asSent = typeof one === "number" ? numbers?.get(name) : undefined;
      return [name, asSent === undefined ? String(one) : { asSent, shortest: String(one) }];
    }),
  );
}

/** The numbers of a flat object as they were written. The object is flat, so the parser's walk is not deep. */
function numbersAsSent(text: string): ReadonlyMap<string, string> {
  const numbers = new Map<string, string>();
  JSON.parse(text, (name: string, value: unknown, context?: { source?: string }) => {
    if (typeof value === "number" && context?.source !== undefined) numbers.set(name, context.source);
    return value;
  });
  return numbers;
}

/** The result, or `undefined` where this kind of error is thrown. */
function attempt<T>(act: () => T, expected: typeof TypeError | typeof SyntaxError): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}
