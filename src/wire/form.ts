/**
 * Reads application/x-www-form-urlencoded fields, from a request body or from
 * a query string.
 *
 * Promise: fields come out as text, decoded as `URLSearchParams` decodes them:
 * `+` is a blank, `%XX` is a byte, a bad escape stays as it is, a field without
 * `=` has the value "", empty pieces between `&` are skipped, and nothing is
 * trimmed. Unlike it, nothing is silently repaired. The result is a Map, so
 * field names such as `__proto__` are names like any other.
 *
 * Every refusal is a `FormFault` with one of these kinds:
 * - `size`: more bytes or more fields than the limits allow.
 * - `encoding`: a name or value that is not valid UTF-8 once decoded.
 * - `nul`: a NUL in a name or value, raw or as `%00`.
 */

export type FormFaultKind = "size" | "encoding" | "nul";

export type FormFault = { readonly fault: FormFaultKind; readonly message: string };

export type FormLimits = {
  /** Fields, repeated names counted each time. */
  readonly fieldsMax: number;
  /** Bytes before decoding; for a query string, its bytes in UTF-8. */
  readonly bytesMax: number;
};

export const FORM_LIMITS: FormLimits = { fieldsMax: 1000, bytesMax: 1024 * 1024 };

export type FormEntries = readonly (readonly [name: string, value: string])[];

const ESCAPE = /%([0-9A-Fa-f]{2})/g;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tells a fault from fields. */
export function isFormFault(result: ReadonlyMap<string, string> | FormEntries | FormFault): result is FormFault {
  return "fault" in result;
}

/** The fields of a body. Of a name given more than once the last value wins. */
export function readForm(bytes: Uint8Array, limits?: Partial<FormLimits>): ReadonlyMap<string, string> | FormFault {
  const entries = readFormEntries(bytes, limits);
  return isFormFault(entries) ? entries : new Map(entries);
}

/**
 * The fields of a query string, with or without its leading `?`. Characters
 * outside ASCII are taken as text, not as bytes. Otherwise like `readForm`.
 */
export function readQuery(queryString: string, limits?: Partial<FormLimits>): ReadonlyMap<string, string> | FormFault {
  const query = queryString.startsWith("?") ? queryString.slice(1) : queryString;
  return readForm(Buffer.from(query, "utf8"), limits);
}

/** Every field of a body in order, repeated names included. */
export function readFormEntries(bytes: Uint8Array, limits?: Partial<FormLimits>): FormEntries | FormFault {
  const { fieldsMax, bytesMax } = { ...FORM_LIMITS, ...limits };
  if (bytes.byteLength > bytesMax) {
    return { fault: "size", message: `${bytes.byteLength} bytes are more than the ${bytesMax} allowed` };
  }
  // One character per byte until a field is complete, so that raw and escaped bytes of one character meet.
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const entries: (readonly [string, string])[] = [];
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf("&", at);
    const end = next === -1 ? body.length : next;
    if (end > at) {
      if (entries.length >= fieldsMax) {
        return { fault: "size", message: `there are more than the ${fieldsMax} fields allowed` };
      }
      const field = body.slice(at, end);
      const equals = field.indexOf("=");
      const name = decode(equals === -1 ? field : field.slice(0, equals));
      const value = decode(equals === -1 ? "" : field.slice(equals + 1));
      if (name === undefined || value === undefined) {
        return { fault: "encoding", message: `field ${entries.length + 1} is not valid UTF-8` };
      }
      if (name.includes("\0") || value.includes("\0")) {
        return { fault: "nul", message: `field ${entries.length + 1} holds a NUL` };
      }
      entries.push([name, value]);
    }
    at = end + 1;
  }
  return entries;
}

/** The text of one name or value given a character per byte, or undefined when it is not UTF-8. */
function decode(escaped: string): string | undefined {
  const blanks = escaped.includes("+") ? escaped.replaceAll("+", " ") : escaped;
  const bytes = blanks.includes("%")
    ? blanks.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : blanks;
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, "latin1"));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
