import { withClient } from "../../src/storage/connect.ts";
import { type ClaimPurpose, claimKeys, type KeyRing, type KeySource } from "../../src/storage/key-register.ts";
import type { TestDatabase } from "./database.ts";

/** These keys, as a process is given them, the current one first. */
export function given(...keys: readonly Buffer[]): KeySource {
  return async () => ({ keys, source: "SECRET_KEY" });
}

/** Claims keys for a database, as the start of a process does. */
export function claim(database: TestDatabase, source: KeySource, purpose: ClaimPurpose): Promise<KeyRing> {
  return withClient(database.address, (client) => claimKeys(client, source, purpose));
}
