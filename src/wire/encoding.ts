/**
 * Content codings (RFC 9110, section 8.4): gzip for answers, and the compressed bodies of requests.
 */

import { promisify } from "node:util";
import { brotliDecompress, constants, gunzip, gzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { FormatError } from "./format-error.ts";
import { readPreferences } from "./weights.ts";

/** A compression of a body. */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** Every supported coding, as `Accept-Encoding` lists them. */
export const codings: readonly Coding[] = ["gzip", "deflate", "br", "zstd"];

/** RFC 9659: the window of a content coding is 8 MB at most. A larger one would let a stranger choose the memory. */
const zstdWindowLogMax = 23;

/** The error codes of zlib, Brotli and zstd, and the code for bytes behind the end. */
const unpackErrorCode = /^(?:Z_|ERR__ERROR_|ZSTD_error_|ERR_TRAILING_JUNK)/;

/** The bytes as one gzip member. Refuses nothing. */
export const gzipBytes: (bytes: Uint8Array) => Promise<Buffer> = promisify(gzip);

const inflateAsync = promisify(inflate);
const inflateRawAsync = promisify(inflateRaw);
const brotliDecompressAsync = promisify(brotliDecompress);
const zstdDecompressAsync = promisify(zstdDecompress);

/** Only in gzip may another member follow the first. */
const single = { rejectGarbageAfterEnd: true };
const zstdOptions = { ...single, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax } };

type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Promise<Buffer>;

const unpackers: Record<Coding, Unpack> = {
  gzip: promisify(gunzip),
  deflate: (bytes, options) =>
    (hasZlibHeader(bytes) ? inflateAsync : inflateRawAsync)(bytes, { ...options, ...single }),
  br: (bytes, options) => brotliDecompressAsync(bytes, { ...options, ...single }),
  zstd: (bytes, options) => zstdDecompressAsync(bytes, { ...options, ...zstdOptions }),
};

/**
 * Whether an Accept-Encoding header accepts gzip (RFC 9110, section 12.5.3). `x-gzip` is gzip. `*` counts when neither
 * is named. A weight of 0 refuses, even if the coding is named again with another weight. A header without gzip, or no
 * header, does not accept it: every client can read an uncompressed answer. Malformed members are skipped for the same
 * reason.
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  let named: boolean | undefined;
  let anything: boolean | undefined;
  for (const { value, parameters, weight } of readPreferences(acceptEncoding)) {
    if (parameters.length > 0) continue;
    if (value === "gzip" || value === "x-gzip") named = (named ?? true) && weight > 0;
    else if (value === "*") anything = (anything ?? true) && weight > 0;
  }
  return named ?? anything ?? false;
}

/**
 * The coding that a Content-Encoding header names, or `identity` for none. `undefined` for an unknown coding, and for
 * more than one.
 */
export function readCoding(contentEncoding: string | undefined): Coding | "identity" | undefined {
  if (contentEncoding === undefined) return "identity";
  const names = contentEncoding.split(",").map((name) => name.trim().toLowerCase());
  const [name, ...more] = names.filter((one) => one !== "" && one !== "identity");
  if (name === undefined) return "identity";
  const plain = name.replace(/^x-(?=gzip$)/, "");
  return more.length === 0 ? codings.find((coding) => coding === plain) : undefined;
}

/**
 * Decompresses a body, up to `unpackedBytesMax` bytes. Refused with `size` as soon as there are more, however small the
 * input is. Refused with `malformed` when the bytes are not in that coding, are cut short, fail their checksum or go on
 * after the end. Consecutive gzip members are decompressed one after another (RFC 1952). `deflate` may lack its header,
 * which many clients omit.
 */
export async function unpackLimited(
  bytes: Uint8Array,
  coding: Coding,
  unpackedBytesMax: number,
): Promise<Buffer | FormatError> {
  // The library takes at least 1 here, so a limit of 0 is checked again below.
  const maxOutputLength = Math.max(1, unpackedBytesMax);
  // With room for all output one step is enough. So unfinished work of many requests does not fill the memory.
  const options = { maxOutputLength, chunkSize: Math.max(64, maxOutputLength + 1) };
  const tooLarge = () => new FormatError("size", `the unpacked body has more than ${unpackedBytesMax} bytes`);
  try {
    const unpacked = await unpackers[coding](bytes, options);
    return unpacked.byteLength > unpackedBytesMax ? tooLarge() : unpacked;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") return tooLarge();
    if (typeof code === "string" && unpackErrorCode.test(code))
      return new FormatError("malformed", `the body is not in ${coding}`);
    throw error;
  }
}

/** RFC 1950, section 2.2: the method is 8, and both bytes together are a multiple of 31. */
function hasZlibHeader([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}
