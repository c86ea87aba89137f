import type { Device } from "../core/device.ts";
import type { Secrets } from "./secrets.ts";

const loginKeyHexDigits = 32;

/** The login keys of a customer, which change with the password; the first is given out. None without a password. */
export function loginKeysOf(
  secrets: Secrets,
  organizationId: number,
  customerId: number,
  passwordHash: string | null,
): readonly string[] {
  if (passwordHash === null) return [];
  const hashes = secrets.lookupHashes(`${organizationId} ${customerId} ${passwordHash}`, "login key");
  return hashes.map((hash) => hash.toString("hex").slice(0, loginKeyHexDigits));
}

const userKeyBytes = 8;

/**
 * The user key of a device. It is made with the oldest secret key, so that it stays the same when a new one is put in
 * front and the old one retired.
 */
export function userKeyOf(secrets: Secrets, organizationId: number, { id, customerId }: Device): string {
  const hash = secrets.lastingHashes(`${organizationId} ${customerId} ${id}`, "user key").at(-1);
  if (hash === undefined) throw new Error("there is no secret key");
  return hash.subarray(0, userKeyBytes).toString("hex").toUpperCase();
}
