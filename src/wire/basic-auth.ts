/**
 * Reads an Authorization header (RFC 9110, section 11.6.2) and the credentials
 * of the Basic scheme (RFC 7617).
 *
 * Promise: never throws; gives one of four results.
 * - `none`: no header, or a blank one.
 * - `basic`: user and password, split at the first colon, so that only the
 *   password may hold colons. Either may be empty; whether that will do is the
 *   caller's question. Bytes that are not UTF-8 are read as ISO-8859-1, which
 *   is what old clients send.
 * - `other`: another scheme, its name lower-cased, and the rest as written
 *   ("" when there is none).
 * - `malformed`: no scheme name where one must be, or Basic with bad base64,
 *   without a colon, or with a control character in user or password. Base64
 *   may leave its padding out, but not have the wrong padding.
 */

export type Authorization =
  | { readonly scheme: "none" }
  | { readonly scheme: "basic"; readonly user: string; readonly password: string }
  | { readonly scheme: "other"; readonly name: string; readonly value: string }
  | { readonly scheme: "malformed" };

const SCHEME_AND_REST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+(.*))?$/s;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** CTL of RFC 5234, the characters RFC 7617 forbids in both parts. */
const CONTROL = /[\x00-\x1f\x7f]/;

const MALFORMED: Authorization = { scheme: "malformed" };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** See the head of this file. */
export function readAuthorization(header: string | undefined): Authorization {
  const trimmed = header === undefined ? "" : trimBlanks(header);
  if (trimmed === "") return { scheme: "none" };
  const match = SCHEME_AND_REST.exec(trimmed);
  if (match === null) return MALFORMED;
  const name = (match[1] ?? "").toLowerCase();
  const value = match[2] ?? "";
  return name === "basic" ? readBasic(value) : { scheme: "other", name, value };
}

function readBasic(value: string): Authorization {
  if (!isBase64(value)) return MALFORMED;
  const credentials = decode(Buffer.from(value, "base64"));
  const colon = credentials.indexOf(":");
  if (colon === -1 || CONTROL.test(credentials)) return MALFORMED;
  return { scheme: "basic", user: credentials.slice(0, colon), password: credentials.slice(colon + 1) };
}

/** Node decodes whatever it can, so the spelling is checked first. */
function isBase64(value: string): boolean {
  if (!BASE64.test(value)) return false;
  return value.endsWith("=") ? value.length % 4 === 0 : value.length % 4 !== 1;
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return bytes.toString("latin1");
    throw error;
  }
}

/** Blanks and tabs only: `trim` would also take line ends and U+00A0, which do not belong in a header at all. */
function trimBlanks(s: string): string {
  let start = 0;
  let end = s.length;
  while (start < end && isBlank(s.charCodeAt(start))) start += 1;
  while (end > start && isBlank(s.charCodeAt(end - 1))) end -= 1;
  return s.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
