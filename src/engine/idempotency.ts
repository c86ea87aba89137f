import { createHash } from "node:crypto";
import type { Command } from "../core/command.ts";
import { isPassing, type Refusal } from "../core/refusal.ts";
import { toJson } from "./plain-json.ts";

export const idempotencyKeyLengthMax = 255;

/**
 * The version of idempotency records: of hashed commands and of stored answers. Every change that would misread an
 * older record raises it. Records of another version count as unknown, and their commands are decided anew.
 */
export const idempotencyRecordVersion = 2;

/** Whether this may be an idempotency key: 1 to {@link idempotencyKeyLengthMax} visible ASCII characters. */
export function isIdempotencyKey(text: string): boolean {
  return text.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(text);
}

/**
 * Whether an outcome is stored and repeated. A refusal that may pass is not: nothing was done, and the next attempt may
 * be carried out.
 */
export function isKept(outcome: { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }): boolean {
  return outcome.ok || !isPassing(outcome.refusal);
}

/**
 * Tells whether two commands with the same idempotency key are the same. The order of fields and fields without a value
 * do not count. So a later version may add fields that are absent by default.
 */
export function contentHash(command: Command): Buffer {
  return createHash("sha256")
    .update(toJson(sorted(command)))
    .digest();
}

/** The value with the fields of every object in the order of their names. JSON omits fields without a value. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
