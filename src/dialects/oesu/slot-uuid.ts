import { hash } from "node:crypto";

/** The name space of these UUIDs, drawn once. */
const nameSpace = Buffer.from("7b0f4c1e2a6d4f0b9c55d1e83a7f2460", "hex");

/**
 * The name of a slot for ever: an upper-case UUID (RFC 9562, version 5) of its entitlement and number. Clients keep
 * under it which edition is installed and where. It opens nothing: it is looked for among the slots of the caller.
 */
export function slotUuidOf(organizationId: number, entitlementId: number, slot: number): string {
  const name = Buffer.concat([nameSpace, Buffer.from(`${organizationId} ${entitlementId} ${slot}`)]);
  const digits = hash("sha1", name).slice(0, 32).toUpperCase();
  const variant = ((Number.parseInt(digits[16] ?? "0", 16) & 0x3) | 0x8).toString(16).toUpperCase();
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `5${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}
