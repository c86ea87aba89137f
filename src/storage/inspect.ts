import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { StoreUnavailable } from "../engine/store.ts";
import { type DatabaseAddress, translateError } from "./database.ts";

/** What a database server says of itself. */
export interface Inspection {
  readonly version: string;
  /** As PostgreSQL counts: 150004 is version 15.4. */
  readonly versionNumber: number;
  readonly nowMs: number;
}

/** Asks a server for its version and its clock. Rejects with `StoreUnavailable` when it cannot be reached. */
export async function inspect(address: DatabaseAddress): Promise<Inspection> {
  const client = new pg.Client(typeof address === "string" ? { connectionString: address } : address);
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; number: string; now: string }>(
      `select current_setting('server_version') as version, current_setting('server_version_num') as number,
         (extract(epoch from clock_timestamp()) * 1000)::bigint as now`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error("the server did not answer the question for its version");
    return { version: row.version, versionNumber: Number(row.number), nowMs: Number(row.now) };
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Resolves once the server answers. A server that is still starting is waited for, `waitMs` at most; then, or at once
 * for a wrong password or a missing database, it rejects with the reason.
 */
export async function waitForDatabase(address: DatabaseAddress, waitMs: number, onWait: () => void): Promise<void> {
  const endMs = performance.now() + waitMs;
  for (let pauseMs = 100, told = false; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    try {
      await inspect(address);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || isFinal(error) || performance.now() + pauseMs > endMs) throw error;
      if (!told) onWait();
      told = true;
      await pause(pauseMs);
    }
  }
}

/** Whether waiting cannot help: the password is wrong, or there is no such database. */
function isFinal({ cause }: StoreUnavailable): boolean {
  return cause instanceof pg.DatabaseError && /^(28|3D000)/.test(cause.code ?? "");
}
