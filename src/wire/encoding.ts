/**
 * The gzip content coding: whether a client takes it, and both directions.
 */

import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

export type GunzipFault = { readonly fault: "size" | "malformed" };

/** One member of Accept-Encoding: a coding and, perhaps, its weight of at most three decimals. */
const MEMBER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/;

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/**
 * Whether an Accept-Encoding header lets the answer be gzip (RFC 9110, section
 * 12.5.3). `x-gzip` is gzip; `*` counts when neither is named; a weight of 0
 * refuses, also over a second mention that does not. No header, or one that
 * names nothing of the kind, is no: an answer as it is can always be read.
 * Members that are not well-formed are skipped for the same reason.
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  let named: boolean | undefined;
  let anything: boolean | undefined;
  for (const member of acceptEncoding.split(",")) {
    const match = MEMBER.exec(member.trim());
    if (match === null) continue;
    const coding = match[1]?.toLowerCase();
    const accepted = Number(match[2] ?? "1") > 0;
    if (coding === "gzip" || coding === "x-gzip") named = (named ?? true) && accepted;
    else if (coding === "*") anything = (anything ?? true) && accepted;
  }
  return named ?? anything ?? false;
}

/** The bytes as one gzip member. Refuses nothing. */
export async function gzipBytes(bytes: Uint8Array): Promise<Buffer> {
  return gzipAsync(bytes);
}

/**
 * The inflated bytes, at most `inflatedBytesMax` of them. Refuses with `size`
 * as soon as there are more, however small the input is, and with `malformed`
 * when the bytes are not gzip, are cut short, fail their checksum or go on
 * after the last member. Several members in a row are inflated one after
 * another, as RFC 1952 says.
 */
export async function gunzipLimited(bytes: Uint8Array, inflatedBytesMax: number): Promise<Buffer | GunzipFault> {
  try {
    // The library wants at least 1 here, so a limit of 0 needs the second look below.
    const inflated = await gunzipAsync(bytes, { maxOutputLength: Math.max(1, inflatedBytesMax) });
    return inflated.byteLength > inflatedBytesMax ? { fault: "size" } : inflated;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") return { fault: "size" };
    if (typeof code === "string" && code.startsWith("Z_")) return { fault: "malformed" };
    throw error;
  }
}
