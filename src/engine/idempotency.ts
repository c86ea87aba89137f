import { createHash } from "node:crypto";
import type { Command } from "../core/command.ts";
import { toJson } from "./plain-json.ts";

export const idempotencyKeyLengthMax = 255;

/**
 * Whether this is a key that may be used: 1 to {@link idempotencyKeyLengthMax} visible ASCII characters.
 */
export function isIdempotencyKey(text: string): boolean {
  return text.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(text);
}

/** What tells whether two requests with the same key ask for the same thing. */
export function contentHash(command: Command): Buffer {
  return createHash("sha256").update(toJson(command)).digest();
}
