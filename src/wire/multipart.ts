/**
 * Reads the text fields of a multipart/form-data body (RFC 7578). Files are skipped: parts with a file name, and parts
 * of type application/octet-stream.
 *
 * It never throws, takes time linear in the input, and stops at the first fault. A part may name its character set.
 * Otherwise it has the character set of the request, or UTF-8. Parts without a name are skipped. Of a repeated name the
 * last value counts. The result is a Map, so field names such as `__proto__` are ordinary names.
 *
 * Refused with `size`, `nul`, `encoding` (also for a part in a transfer encoding, which RFC 7578, section 4.7, has
 * abolished) or `malformed`: the content type has no boundary, the head of a part does not end, or the body does not
 * end with the boundary.
 */

import { decoderOf, decodeUtf8, latin1 } from "./charset.ts";
import { FormatError, overSize } from "./format-error.ts";
import { readMediaType } from "./media-type.ts";

export interface MultipartLimits {
  /** Fields and files together. No dialect has even a third as many parameters. */
  readonly partsMax: number;
  readonly bytesMax: number;
  /** Header lines of one part. */
  readonly headersMax: number;
  /** All header lines of one part together. */
  readonly headBytesMax: number;
}

export const multipartLimits: MultipartLimits = {
  partsMax: 64,
  bytesMax: 1024 * 1024,
  headersMax: 20,
  headBytesMax: 4 * 1024,
};

/** A field as bytes, not yet decoded to text. */
export interface MultipartField {
  readonly name: string;
  readonly value: Uint8Array;
  /** The encoding that the part names, if it is known. */
  readonly charset: string | undefined;
}

const boundaryLengthMax = 70;
const lineEnd = "\r\n";
const parameter = /[ \t]*;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/y;
const transferEncodings = ["", "7bit", "8bit", "binary"];

/** The fields of a body; `contentType` is the request's header, which names the boundary. */
export function readMultipart(
  bytes: Uint8Array,
  contentType: string,
  limits?: Partial<MultipartLimits>,
): ReadonlyMap<string, string> | FormatError {
  const parts = readMultipartFields(bytes, contentType, limits);
  if (parts instanceof FormatError) return parts;
  const byDefault = readMediaType(contentType).charset ?? "utf-8";
  const fields = new Map<string, string>();
  for (const { name, value, charset = byDefault } of parts) {
    const text = decoderOf(charset)(value);
    if (text === undefined) return new FormatError("encoding", `a field is not valid ${charset}`);
    if (text.includes("\0")) return new FormatError("nul", "a field holds a NUL");
    fields.set(name, text);
  }
  return fields;
}

/** Every named field of a body in order, repeated names included, its value as bytes. */
export function readMultipartFields(
  bytes: Uint8Array,
  contentType: string,
  limits?: Partial<MultipartLimits>,
): readonly MultipartField[] | FormatError {
  const { partsMax, bytesMax, headersMax, headBytesMax } = { ...multipartLimits, ...limits };
  const tooLong = overSize(bytes, bytesMax);
  if (tooLong !== undefined) return tooLong;
  const malformed = () => new FormatError("malformed", "the body is not a multipart form");
  const boundary = readParameters(contentType).get("boundary") ?? "";
  // The limit is from RFC 2046. The search for a longer boundary would be slow.
  if (boundary === "" || boundary.length > boundaryLengthMax) return malformed();

  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opening = Buffer.from(`--${boundary}`, "latin1");
  const delimiter = Buffer.from(`${lineEnd}--${boundary}`, "latin1");
  // Text before the first boundary is for old mail readers.
  const preamble = body.subarray(0, opening.length).equals(opening) ? -lineEnd.length : body.indexOf(delimiter);
  if (preamble === -1) return malformed();

  const fields: MultipartField[] = [];
  for (let parts = 1, at = preamble + delimiter.length; ; parts++) {
    if (startsAt(body, at, "--")) return fields;
    while (body[at] === 0x20 || body[at] === 0x09) at++;
    if (!startsAt(body, at, lineEnd)) return malformed();
    if (parts > partsMax) return new FormatError("size", `there are more than the ${partsMax} parts allowed`);
    // The line end belongs to the head, so that an empty head ends like any other.
    const headEnd = body.indexOf(lineEnd + lineEnd, at, "latin1");
    const end = body.indexOf(delimiter, at);
    if (headEnd === -1 || end === -1 || headEnd > end) return malformed();
    if (headEnd - at > headBytesMax) {
      return new FormatError("size", `the head of a part is longer than the ${headBytesMax} bytes allowed`);
    }
    const lines = latin1(body.subarray(at + lineEnd.length, Math.max(headEnd, at + lineEnd.length))).split(lineEnd);
    if (lines.length > headersMax) {
      return new FormatError("size", `a part has more than the ${headersMax} headers allowed`);
    }
    const field = fieldOf(lines, body.subarray(headEnd + 2 * lineEnd.length, end));
    if (field instanceof FormatError) return field;
    if (field !== undefined) fields.push(field);
    at = end + delimiter.length;
  }
}

/** The field in a part; `undefined` for a file, and for a part without a name. */
function fieldOf(lines: readonly string[], value: Uint8Array): MultipartField | FormatError | undefined {
  const headers = new Map<string, string>();
  let last = "";
  for (const line of lines) {
    const isContinued = /^[ \t]/.test(line);
    const colon = line.indexOf(":");
    if (!isContinued) last = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = isContinued ? `${headers.get(last) ?? ""} ${line.trim()}` : line.slice(colon + 1).trim();
    headers.set(last, value);
  }
  const disposition = headers.get("content-disposition") ?? "";
  if (!/^form-data(?:[ \t;]|$)/i.test(disposition)) return undefined;
  const parameters = readParameters(disposition);
  const sentName = parameters.get("name");
  const { type, charset } = readMediaType(headers.get("content-type"));
  if (sentName === undefined || parameters.has("filename") || type === "application/octet-stream") return undefined;

  const transferEncoding = (headers.get("content-transfer-encoding") ?? "").toLowerCase();
  if (!transferEncodings.includes(transferEncoding)) {
    return new FormatError("encoding", "a part is in a transfer encoding");
  }
  const name = decodeUtf8(Buffer.from(sentName, "latin1"));
  if (name === undefined) return new FormatError("encoding", "the name of a part is not valid utf-8");
  if (name.includes("\0")) return new FormatError("nul", "the name of a part holds a NUL");
  return { name, value, charset };
}

/**
 * The parameters of a header, with names in lower case. Reading ends at the first text that is not a parameter. Of a
 * repeated name the first value counts.
 */
function readParameters(header: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const semicolon = header.indexOf(";");
  parameter.lastIndex = semicolon;
  while (semicolon !== -1) {
    const [, name, quoted, plain = ""] = parameter.exec(header) ?? [];
    if (name === undefined) break;
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, "$1") ?? plain);
  }
  return parameters;
}

function startsAt(body: Buffer, at: number, text: string): boolean {
  return latin1(body.subarray(at, at + text.length)) === text;
}
