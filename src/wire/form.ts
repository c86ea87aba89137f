/**
 * Reads application/x-www-form-urlencoded fields, from a request body or from a query string.
 *
 * It never throws. Fields are decoded as by `URLSearchParams`: `+` is a blank, `%XX` is a byte, a bad escape stays as
 * it is, a field without `=` has the value "", empty pieces between `&` are skipped, and nothing is trimmed. There are
 * two differences: invalid bytes are refused and not repaired, and the encoding may be another one than UTF-8. The
 * result is a Map, so field names such as `__proto__` are ordinary names.
 *
 * Refused with `size`, `encoding` or `nul`.
 */

import { decoderOf } from "./charset.ts";
import { FormatError, overSize } from "./format-error.ts";

export interface FormOptions {
  /** The number of fields. Each repetition of a name counts. */
  readonly fieldsMax: number;
  /** Bytes before decoding; for a query string, its bytes in UTF-8. */
  readonly bytesMax: number;
  /** The encoding of the bytes, by a name of `charsetNamed`. UTF-16, which no form has, counts as UTF-8. */
  readonly charset: string;
}

export const formOptions: FormOptions = { fieldsMax: 1000, bytesMax: 1024 * 1024, charset: "utf-8" };

export type FormEntries = readonly (readonly [name: string, value: string])[];

/** Fields as unescaped bytes, not yet decoded to text. */
export type FormBytes = readonly (readonly [name: Uint8Array, value: Uint8Array])[];

const ampersand = 0x26;
const equalsSign = 0x3d;
const percent = 0x25;
const plus = 0x2b;
const blank = 0x20;

/** The fields of a body. Of a repeated name the last value counts. */
export function readForm(bytes: Uint8Array, options?: Partial<FormOptions>): ReadonlyMap<string, string> | FormatError {
  const entries = readFormEntries(bytes, options);
  return entries instanceof FormatError ? entries : new Map(entries);
}

/**
 * The fields of a query string, with or without its leading `?`. Characters outside ASCII are text, not bytes.
 * Otherwise like `readForm`.
 */
export function readQuery(
  queryString: string,
  options?: Partial<FormOptions>,
): ReadonlyMap<string, string> | FormatError {
  const query = queryString.startsWith("?") ? queryString.slice(1) : queryString;
  return readForm(Buffer.from(query, "utf8"), options);
}

/** Every field of a body in order, repeated names included. */
export function readFormEntries(bytes: Uint8Array, options?: Partial<FormOptions>): FormEntries | FormatError {
  const fields = readFormBytes(bytes, options);
  if (fields instanceof FormatError) return fields;
  const { charset } = { ...formOptions, ...options };
  const decode = decoderOf(charset.startsWith("utf-16") ? "utf-8" : charset);
  const entries: (readonly [string, string])[] = [];
  for (const [nameBytes, valueBytes] of fields) {
    const name = decode(nameBytes);
    const value = decode(valueBytes);
    if (name === undefined || value === undefined) {
      return new FormatError("encoding", `field ${entries.length + 1} is not valid ${charset}`);
    }
    if (name.includes("\0") || value.includes("\0")) {
      return new FormatError("nul", `field ${entries.length + 1} holds a NUL`);
    }
    entries.push([name, value]);
  }
  return entries;
}

/** Every field of a body in order, as unescaped bytes. Refused only with `size`. */
export function readFormBytes(bytes: Uint8Array, options?: Partial<FormOptions>): FormBytes | FormatError {
  const { fieldsMax, bytesMax } = { ...formOptions, ...options };
  const tooLong = overSize(bytes, bytesMax);
  if (tooLong !== undefined) return tooLong;
  const fields: (readonly [Uint8Array, Uint8Array])[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === ampersand) {
      at++;
      continue;
    }
    if (fields.length >= fieldsMax)
      return new FormatError("size", `there are more than the ${fieldsMax} fields allowed`);
    const next = bytes.indexOf(ampersand, at);
    const field = bytes.subarray(at, next === -1 ? bytes.length : next);
    const equals = field.indexOf(equalsSign);
    const nameEnd = equals === -1 ? field.length : equals;
    fields.push([unescaped(field.subarray(0, nameEnd)), unescaped(field.subarray(nameEnd + 1))]);
    at += field.length;
  }
  return fields;
}

/** The unescaped bytes. The input itself when nothing is escaped. */
function unescaped(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(percent) && !bytes.includes(plus)) return bytes;
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++, length++) {
    const byte = bytes[at] ?? 0;
    plain[length] = byte === plus ? blank : byte;
    if (byte !== percent) continue;
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
