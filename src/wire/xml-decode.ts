/**
 * Turns the bytes of an XML document into text, choosing the character encoding as XML 1.0 (section 4.3.3 and appendix
 * F) and RFC 7303 (section 3) say: a byte order mark first, then the encoding that was announced, then the one named in
 * the XML declaration, then UTF-8.
 *
 * The `charset` of the request's media type is the announced encoding; for a document in a form it is the encoding of
 * the form. A declaration then means nothing: it is a leftover of another layer. Only bytes that are not valid as
 * announced are read as the declaration says.
 *
 * It promises the text without its byte order mark and without unpaired surrogates, or an error of the kind `encoding`:
 * for an encoding that it does not know, an encoding name that contradicts the byte order mark (or UTF-16 that neither
 * a mark nor the media type tells), and bytes that are not valid in the encoding. It never guesses from content, but
 * for the byte order of an announced UTF-16 without a mark.
 */

import { charsetNamed, decoderOf, latin1 } from "./charset.ts";
import { FormatError } from "./format-error.ts";

export interface DecodedXml {
  readonly text: string;
  /** The encoding as which the document was read. */
  readonly encoding: string;
  /** Whether that was announced, so that the document may call itself anything. */
  readonly isAnnounced: boolean;
}

/** Bytes looked at for the XML declaration; a longer declaration is read by the parser and checked again there. */
const declarationBytesMax = 256;

const declaredEncodingShape =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"<>]*"|'[^'<>]*')[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** Whether a document read as `encoding` may call itself `name`. An unknown name never may. */
export function encodingMayBeNamed(encoding: string, name: string): boolean {
  // The name leaves the byte order open, which the mark has told.
  if (name.toLowerCase() === "utf-16") return isUtf16(encoding);
  return charsetNamed(name) === encoding;
}

/** See the head of this file. `announced` is a name of `charsetNamed`. */
export function decodeXml(bytes: Uint8Array, announced?: string): DecodedXml | FormatError {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return decodeAs("utf-8", bytes.subarray(3));
  if (first === 0xff && second === 0xfe) return decodeAs("utf-16le", bytes.subarray(2));
  if (first === 0xfe && second === 0xff) return decodeAs("utf-16be", bytes.subarray(2));
  if (announced === undefined) return decodeAsDeclared(bytes);

  const isBigEndian = first === 0;
  const encoding = isUtf16(announced) ? (isBigEndian ? "utf-16be" : "utf-16le") : announced;
  const text = decoderOf(encoding)(bytes);
  return text === undefined ? decodeAsDeclared(bytes) : { text, encoding, isAnnounced: true };
}

function decodeAsDeclared(bytes: Uint8Array): DecodedXml | FormatError {
  const name = declaredEncoding(bytes);
  if (name === undefined) return decodeAs("utf-8", bytes);
  const encoding = charsetNamed(name);
  if (encoding === undefined) return new FormatError("encoding", `the encoding ${name} is not known`);
  // The declaration could be read as ASCII, so these bytes cannot be UTF-16 whatever they call themselves.
  if (isUtf16(encoding)) return new FormatError("encoding", `the document calls itself ${name} but is not`);
  return decodeAs(encoding, bytes);
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  // Almost every document without a declaration is told apart by its second byte, without a regular expression.
  if (bytes[0] !== 0x3c || bytes[1] !== 0x3f) return undefined;
  return declaredEncodingShape.exec(latin1(bytes.subarray(0, declarationBytesMax)))?.[1];
}

function decodeAs(encoding: string, bytes: Uint8Array): DecodedXml | FormatError {
  const text = decoderOf(encoding)(bytes);
  return text === undefined
    ? new FormatError("encoding", `the bytes are not valid ${encoding}`)
    : { text, encoding, isAnnounced: false };
}

function isUtf16(encoding: string): boolean {
  return encoding === "utf-16le" || encoding === "utf-16be";
}
