import { createHash } from "node:crypto";
import type { Command } from "../core/command.ts";
import { isPassing, type Refusal } from "../core/refusal.ts";
import { toJson } from "./plain-json.ts";

export const idempotencyKeyLengthMax = 255;

/**
 * The version of what is kept: of commands, as far as their hash goes, and of what they answer. It is raised with every
 * change by which an older one would be misread; answers of another version are unknown, and their commands are decided
 * anew.
 */
export const idempotencyRecordVersion = 1;

/**
 * Whether this is a key that may be used: 1 to {@link idempotencyKeyLengthMax} visible ASCII characters.
 */
export function isIdempotencyKey(text: string): boolean {
  return text.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(text);
}

/**
 * Whether an outcome is kept and repeated. A refusal that may pass is not: nothing was done, and when the same is asked
 * again it may be carried out.
 */
export function isKept(outcome: { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }): boolean {
  return outcome.ok || !isPassing(outcome.refusal);
}

/**
 * What tells whether two requests with the same key ask for the same thing. The order of fields does not count, nor
 * does a field without a value: so a later version may add fields that are absent by default.
 */
export function contentHash(command: Command): Buffer {
  return createHash("sha256")
    .update(toJson(sorted(command)))
    .digest();
}

/**
 * The same with the fields of every object in the order of their names. Fields without a value are left out of JSON.
 */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
