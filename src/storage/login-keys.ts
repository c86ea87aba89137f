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
