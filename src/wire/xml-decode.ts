/**
 * Turns the bytes of an XML document into text, choosing the character
 * encoding as XML 1.0 (section 4.3.3 and appendix F) says: a byte order mark
 * first, then the encoding named in the XML declaration, then UTF-8.
 *
 * It promises either the text without its byte order mark, holding no
 * unpaired surrogate, or a sentence saying what is wrong. It refuses: an
 * encoding it does not know, an encoding name that contradicts the byte order
 * mark (or UTF-16 without one), and bytes that are not valid in the encoding.
 * It never guesses from content.
 */

export type XmlEncoding = "utf-8" | "utf-16le" | "utf-16be" | "iso-8859-1" | "windows-1252" | "us-ascii";

export type DecodedXml = { readonly text: string; readonly encoding: XmlEncoding };

export type UndecodedXml = { readonly problem: string };

/** Bytes looked at for the XML declaration; a longer declaration is read by the parser and checked again there. */
const DECLARATION_BYTES_MAX = 256;

const DECLARED_ENCODING =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"<>]*"|'[^'<>]*')[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** Every accepted name of an encoding, lower-cased, with what it stands for. "utf-16" leaves the byte order open. */
const ENCODINGS_BY_NAME: ReadonlyMap<string, readonly XmlEncoding[]> = new Map([
  ["utf-8", ["utf-8"]],
  ["utf8", ["utf-8"]],
  ["utf-16", ["utf-16le", "utf-16be"]],
  ["utf-16le", ["utf-16le"]],
  ["utf-16be", ["utf-16be"]],
  ["iso-8859-1", ["iso-8859-1"]],
  ["iso8859-1", ["iso-8859-1"]],
  ["iso_8859-1", ["iso-8859-1"]],
  ["latin1", ["iso-8859-1"]],
  ["latin-1", ["iso-8859-1"]],
  ["windows-1252", ["windows-1252"]],
  ["cp1252", ["windows-1252"]],
  ["us-ascii", ["us-ascii"]],
  ["ascii", ["us-ascii"]],
]);

/**
 * What windows-1252 means by the bytes 0x80 to 0x9F, in order. The five bytes
 * it leaves undefined stand for the C1 control of the same number, as in the
 * WHATWG table.
 */
const WINDOWS_1252_HIGH =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a document read as `encoding` may call itself `name`. An unknown name never may. */
export function encodingMayBeNamed(encoding: XmlEncoding, name: string): boolean {
  return ENCODINGS_BY_NAME.get(name.toLowerCase())?.includes(encoding) ?? false;
}

/** See the head of this file. */
export function decodeXml(bytes: Uint8Array): DecodedXml | UndecodedXml {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return decodeAs("utf-8", bytes.subarray(3));
  if (first === 0xff && second === 0xfe) return decodeAs("utf-16le", bytes.subarray(2));
  if (first === 0xfe && second === 0xff) return decodeAs("utf-16be", bytes.subarray(2));

  const name = declaredEncoding(bytes);
  if (name === undefined) return decodeAs("utf-8", bytes);
  const encodings = ENCODINGS_BY_NAME.get(name.toLowerCase());
  const encoding = encodings?.[0];
  if (encoding === undefined) return { problem: `the encoding ${name} is not known` };
  // The declaration could be read as ASCII, so these bytes cannot be UTF-16 whatever they call themselves.
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    return { problem: `the document calls itself ${name} but is not` };
  }
  return decodeAs(encoding, bytes);
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  // Almost every document without a declaration is told apart by its second byte, without a regular expression.
  if (bytes[0] !== 0x3c || bytes[1] !== 0x3f) return undefined;
  return DECLARED_ENCODING.exec(latin1(bytes.subarray(0, DECLARATION_BYTES_MAX)))?.[1];
}

function decodeAs(encoding: XmlEncoding, bytes: Uint8Array): DecodedXml | UndecodedXml {
  try {
    return { text: decodeOrThrow(encoding, bytes), encoding };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `the bytes are not valid ${encoding}` };
    throw error;
  }
}

function decodeOrThrow(encoding: XmlEncoding, bytes: Uint8Array): string {
  switch (encoding) {
    case "utf-8":
      return utf8.decode(bytes);
    case "utf-16le":
    case "utf-16be":
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
    case "iso-8859-1":
      return latin1(bytes);
    // The name windows-1252 is decoded by hand because runtimes disagree about the bytes 0x80 to 0x9F.
    case "windows-1252":
      return latin1(bytes).replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252_HIGH.charAt(c.charCodeAt(0) - 0x80));
    case "us-ascii": {
      const text = latin1(bytes);
      if (/[\x80-\xff]/.test(text)) throw new TypeError("a byte above 0x7F is not ASCII");
      return text;
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
