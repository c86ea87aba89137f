/**
 * Character encodings by name: all encodings of the WHATWG Encoding Standard, which `TextDecoder` has. Two names keep
 * the meaning that they have outside of browsers: ISO-8859-1 is not windows-1252, and US-ASCII has no byte above 0x7F.
 *
 * UTF-7 and similar encodings are unknown, as in the standard, because their text can be mistaken for other text.
 */

import { isAscii, isUtf8 } from "node:buffer";

/** The text of these bytes, a byte order mark included; `undefined` when they are not valid. */
export type Decode = (bytes: Uint8Array) => string | undefined;

/** Names of the two encodings that `TextDecoder` does not have. */
const ownNames: ReadonlyMap<string, string> = new Map([
  ...["iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "iso_8859-1:1987", "latin1", "latin-1", "l1"].map(
    (name) => [name, "iso-8859-1"] as const,
  ),
  ...["us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us"].map((name) => [name, "us-ascii"] as const),
]);

/** The longest label of the Encoding Standard has 19 characters. */
const nameLengthMax = 40;

/** The canonical name, in lower case, of the encoding with this label; `undefined` when it is unknown. */
export function charsetNamed(label: string): string | undefined {
  const name = label.trim().toLowerCase();
  if (name.length > nameLengthMax) return undefined;
  const own = ownNames.get(name);
  if (own !== undefined) return own;
  try {
    return new TextDecoder(name).encoding;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A decoder for an encoding, by the name that {@link charsetNamed} returned. */
export function decoderOf(charset: string): Decode {
  if (charset === "utf-8") return decodeUtf8;
  if (charset === "iso-8859-1") return latin1;
  if (charset === "us-ascii") return (bytes) => (isAscii(bytes) ? latin1(bytes) : undefined);
  const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };
}

/** The text of bytes in UTF-8, a byte order mark included; `undefined` when they are not valid. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? bufferOf(bytes).toString("utf8") : undefined;
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("latin1");
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
