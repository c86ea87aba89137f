/**
 * Character encodings by name: every one that the WHATWG Encoding Standard
 * knows, as the runtime's `TextDecoder` has them. Two names keep the meaning
 * that they have outside of browsers: ISO-8859-1 is itself and not
 * windows-1252, and US-ASCII has no byte above 0x7F.
 *
 * UTF-7 and its like are unknown here, as they are there: text in them looks
 * like other text to whoever does not know of them.
 */

import { isAscii } from "node:buffer";

/** The text of these bytes without looking for a byte order mark; `undefined` when they are not valid. */
export type Decode = (bytes: Uint8Array) => string | undefined;

/** Names of the two encodings that are not the runtime's, and one that it does not know. */
const OWN_NAMES: ReadonlyMap<string, string> = new Map([
  ...["iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "latin1", "latin-1", "l1"].map(
    (name) => [name, "iso-8859-1"] as const,
  ),
  ...["us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us"].map((name) => [name, "us-ascii"] as const),
]);

/** The longest label of the Encoding Standard has 19 characters. */
const NAME_CHARS_MAX = 40;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The one name, in lower case, of the encoding that a label stands for; `undefined` when it is unknown. */
export function charsetNamed(label: string): string | undefined {
  const name = label.trim().toLowerCase();
  if (name.length > NAME_CHARS_MAX) return undefined;
  const own = OWN_NAMES.get(name);
  if (own !== undefined) return own;
  try {
    return new TextDecoder(name).encoding;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reads bytes in an encoding that {@link charsetNamed} has named. A decoder is good until it has refused something. */
export function decoderOf(charset: string): Decode {
  if (charset === "iso-8859-1") return latin1;
  if (charset === "us-ascii") return (bytes) => (bytes.some((byte) => byte > 0x7f) ? undefined : latin1(bytes));
  const isUtf8 = charset === "utf-8";
  const decoder = isUtf8 ? utf8 : new TextDecoder(charset, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    // Nearly everything is ASCII, and a decoder takes three times as long for a short text.
    if (isUtf8 && isAscii(bytes)) return latin1(bytes);
    try {
      return decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };
}

/** A character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
