/**
 * Reads application/x-www-form-urlencoded fields, from a request body or from
 * a query string.
 *
 * Promise: fields come out as text, decoded as `URLSearchParams` decodes them:
 * `+` is a blank, `%XX` is a byte, a bad escape stays as it is, a field without
 * `=` has the value "", empty pieces between `&` are skipped, and nothing is
 * trimmed. Unlike it, nothing is silently repaired, and the bytes may be in
 * another encoding than UTF-8. The result is a Map, so field names such as
 * `__proto__` are names like any other.
 *
 * Every refusal is a `FormFault` with one of these kinds:
 * - `size`: more bytes or more fields than the limits allow.
 * - `encoding`: a name or value that is not valid in its encoding.
 * - `nul`: a NUL in a name or value, raw or as `%00`.
 */

import { type Decode, decoderOf } from "./charset.ts";

export type FormFaultKind = "size" | "encoding" | "nul";

export type FormFault = { readonly fault: FormFaultKind; readonly message: string };

export type FormOptions = {
  /** Fields, repeated names counted each time. */
  readonly fieldsMax: number;
  /** Bytes before decoding; for a query string, its bytes in UTF-8. */
  readonly bytesMax: number;
  /**
   * What the bytes mean, a name of `charsetNamed`. UTF-16 has no form of its own: there it is UTF-8, as in browsers.
   */
  readonly charset: string;
};

export const FORM_OPTIONS: FormOptions = { fieldsMax: 1000, bytesMax: 1024 * 1024, charset: "utf-8" };

export type FormEntries = readonly (readonly [name: string, value: string])[];

/** A field whose escapes are bytes, and those not yet text. */
export type FormBytes = readonly (readonly [name: Uint8Array, value: Uint8Array])[];

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const BLANK = 0x20;

/** Tells a fault from fields. */
export function isFormFault(
  result: ReadonlyMap<string, string> | FormEntries | FormBytes | FormFault,
): result is FormFault {
  return "fault" in result;
}

/** The fields of a body. Of a name given more than once the last value wins. */
export function readForm(bytes: Uint8Array, options?: Partial<FormOptions>): ReadonlyMap<string, string> | FormFault {
  const entries = readFormEntries(bytes, options);
  return isFormFault(entries) ? entries : new Map(entries);
}

/**
 * The fields of a query string, with or without its leading `?`. Characters
 * outside ASCII are taken as text, not as bytes. Otherwise like `readForm`.
 */
export function readQuery(
  queryString: string,
  options?: Partial<FormOptions>,
): ReadonlyMap<string, string> | FormFault {
  const query = queryString.startsWith("?") ? queryString.slice(1) : queryString;
  return readForm(Buffer.from(query, "utf8"), options);
}

/** Every field of a body in order, repeated names included. */
export function readFormEntries(bytes: Uint8Array, options?: Partial<FormOptions>): FormEntries | FormFault {
  const fields = readFormBytes(bytes, options);
  if (isFormFault(fields)) return fields;
  const { charset } = { ...FORM_OPTIONS, ...options };
  const decode = decoderOf(charset.startsWith("utf-16") ? "utf-8" : charset);
  const entries: (readonly [string, string])[] = [];
  for (const [nameBytes, valueBytes] of fields) {
    const name = textOf(nameBytes, decode);
    const value = textOf(valueBytes, decode);
    if (name === undefined || value === undefined) {
      return { fault: "encoding", message: `field ${entries.length + 1} is not valid ${charset}` };
    }
    if (name.includes("\0") || value.includes("\0")) {
      return { fault: "nul", message: `field ${entries.length + 1} holds a NUL` };
    }
    entries.push([name, value]);
  }
  return entries;
}

/** Every field of a body in order, its bytes as they were before they were escaped. Refused only with `size`. */
export function readFormBytes(bytes: Uint8Array, options?: Partial<FormOptions>): FormBytes | FormFault {
  const { fieldsMax, bytesMax } = { ...FORM_OPTIONS, ...options };
  if (bytes.byteLength > bytesMax) {
    return { fault: "size", message: `${bytes.byteLength} bytes are more than the ${bytesMax} allowed` };
  }
  const fields: (readonly [Uint8Array, Uint8Array])[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === AMPERSAND) {
      at += 1;
      continue;
    }
    const next = bytes.indexOf(AMPERSAND, at);
    const end = next === -1 ? bytes.length : next;
    if (fields.length >= fieldsMax) {
      return { fault: "size", message: `there are more than the ${fieldsMax} fields allowed` };
    }
    const field = bytes.subarray(at, end);
    const equals = field.indexOf(EQUALS);
    const nameEnd = equals === -1 ? field.length : equals;
    fields.push([unescaped(field.subarray(0, nameEnd)), unescaped(field.subarray(nameEnd + 1))]);
    at = end + 1;
  }
  return fields;
}

/** The bytes that escaped ones stand for; the same ones where nothing is escaped. */
function unescaped(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(PERCENT) && !bytes.includes(PLUS)) return bytes;
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1, length += 1) {
    const byte = bytes[at] ?? 0;
    plain[length] = byte === PLUS ? BLANK : byte;
    if (byte !== PERCENT) continue;
    const [high, low] = [hexadecimal(bytes[at + 1]), hexadecimal(bytes[at + 2])];
    if (high === -1 || low === -1) continue;
    plain[length] = high * 16 + low;
    at += 2;
  }
  return plain.subarray(0, length);
}

/** The value of a hexadecimal digit, or -1. */
function hexadecimal(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function textOf(bytes: Uint8Array, decode: Decode): string | undefined {
  return bytes.length === 0 ? "" : decode(bytes);
}
