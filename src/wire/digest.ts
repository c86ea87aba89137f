/**
 * Digests and comparison of secrets. Strings are digested as UTF-8. An unpaired surrogate, which UTF-8 cannot encode,
 * is digested as U+FFFD. Nothing is refused.
 *
 * Old protocols use SHA-1. Nothing new should use it.
 */

import { hash, timingSafeEqual } from "node:crypto";

export type Data = string | Uint8Array;

/** 40 lower-case hexadecimal digits. */
export function sha1Hex(data: Data): string {
  return hash("sha1", data);
}

/** 64 lower-case hexadecimal digits. */
export function sha256Hex(data: Data): string {
  return hash("sha256", data);
}

/**
 * Whether both are the same bytes. The time taken does not tell where they differ, because digests are compared.
 * Lengths may differ. A string with an unpaired surrogate equals nothing, not even itself, since two different ones
 * would have the same bytes.
 */
export function equalInConstantTime(a: Data, b: Data): boolean {
  const same = timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
  return same && hasBytes(a) && hasBytes(b);
}

function hasBytes(data: Data): boolean {
  return typeof data !== "string" || data.isWellFormed();
}
