/**
 * Reads an Authorization header (RFC 9110, section 11.6.2) and the credentials of the Basic scheme (RFC 7617).
 *
 * It never throws. It returns one of four results:
 * - `none`: no header, or a blank one.
 * - `basic`: user and password, split at the first colon, so that only the password may contain colons. Either may be
 *   empty. Bytes that are not UTF-8 are read as ISO-8859-1, which old clients send.
 * - `other`: another scheme, with its name in lower case, and the rest as sent ("" when there is none).
 * - `malformed`: the scheme name is missing, or Basic has bad base64, no colon, or a control character in user or
 *   password. Base64 may lack its padding, but may not have wrong padding.
 */

import { decodeUtf8, latin1 } from "./charset.ts";

export type Authorization =
  | { readonly scheme: "none" }
  | { readonly scheme: "basic"; readonly user: string; readonly password: string }
  | { readonly scheme: "other"; readonly name: string; readonly value: string }
  | { readonly scheme: "malformed" };

const schemeAndRest = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]+(.*))?$/s;

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** CTL of RFC 5234. RFC 7617 forbids these characters in both parts. */
const controlCharacter = /[\x00-\x1f\x7f]/;

const malformed: Authorization = { scheme: "malformed" };

/** See the head of this file. */
export function readAuthorization(header: string | undefined): Authorization {
  const trimmed = trimBlanks(header ?? "");
  if (trimmed === "") return { scheme: "none" };
  const [, scheme, value = ""] = schemeAndRest.exec(trimmed) ?? [];
  if (scheme === undefined) return malformed;
  const name = scheme.toLowerCase();
  return name === "basic" ? readBasic(value) : { scheme: "other", name, value };
}

function readBasic(value: string): Authorization {
  if (!isBase64(value)) return malformed;
  const bytes = Buffer.from(value, "base64");
  const credentials = decodeUtf8(bytes) ?? latin1(bytes);
  const colon = credentials.indexOf(":");
  if (colon === -1 || controlCharacter.test(credentials)) return malformed;
  return { scheme: "basic", user: credentials.slice(0, colon), password: credentials.slice(colon + 1) };
}

/** Node decodes invalid base64 too, so the spelling is checked first. */
function isBase64(value: string): boolean {
  if (!base64.test(value)) return false;
  return value.endsWith("=") ? value.length % 4 === 0 : value.length % 4 !== 1;
}

/** Removes blanks and tabs only. `trim` would also remove line ends and U+00A0, which a header may not contain. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
