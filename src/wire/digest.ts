/**
 * Digests and comparison of secrets. Strings stand for their UTF-8 bytes; an unpaired surrogate, which has none, is
 * digested as U+FFFD. Hexadecimal is lower case. Nothing is refused.
 *
 * SHA-1 is here because old protocols name it; nothing new should be built on it.
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
 * Whether both are the same bytes. The time taken tells nothing of where they differ, because digests are compared and
 * not the data; lengths may differ. A string with an unpaired surrogate equals nothing, not even itself: two different
 * ones would have the same bytes.
 */
export function equalInConstantTime(a: Data, b: Data): boolean {
  const same = timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
  return same && hasBytes(a) && hasBytes(b);
}

function hasBytes(data: Data): boolean {
  return typeof data !== "string" || data.isWellFormed();
}
