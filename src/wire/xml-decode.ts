/**
 * Decodes an XML document. The encoding is chosen as in XML 1.0 (section 4.3.3 and appendix F) and RFC 7303 (section
 * 3): by the byte order mark, then by the announced encoding, then by the XML declaration, then UTF-8.
 *
 * The announced encoding is the `charset` of the media type; for a document in a form it is the encoding of the form.
 * It overrides the declaration, which may be left from before a conversion. Only bytes that are not valid as announced
 * are read as the declaration says.
 *
 * The result is the text without byte order mark and without unpaired surrogates, or an `encoding` error: for an
 * unknown encoding, a name that contradicts the byte order mark, UTF-16 without a byte order mark or announcement, and
 * bytes that are not valid in the encoding. Only the byte order of announced UTF-16 without a mark is guessed from the
 * content.
 */

import { charsetNamed, decoderOf, latin1 } from "./charset.ts";
import { FormatError } from "./format-error.ts";

export interface DecodedXml {
  readonly text: string;
  /** The encoding in which the document was read. */
  readonly encoding: string;
  /** Whether it was announced. Then the declaration may name any encoding. */
  readonly isAnnounced: boolean;
}

/** Bytes that are searched for the XML declaration. The parser reads and checks a longer one. */
const declarationBytesMax = 256;

const declaredEncodingShape =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"<>]*"|'[^'<>]*')[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** Whether a document that was read as `encoding` may declare `name`. An unknown name is never allowed. */
export function encodingMayBeNamed(encoding: string, name: string): boolean {
  // The name says nothing about the byte order. The mark does.
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
  // The declaration could be read as ASCII, so these bytes cannot be UTF-16.
  if (isUtf16(encoding)) return new FormatError("encoding", `the document calls itself ${name} but is not`);
  return decodeAs(encoding, bytes);
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  // The first two bytes spare almost every document without a declaration the regular expression.
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
