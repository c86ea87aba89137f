import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { StoreUnavailable } from "../engine/store.ts";
import { connect } from "./connect.ts";
import { type DatabaseAddress, translateError } from "./database.ts";

/** The facts about a database server that decide whether it can be used. */
export interface Inspection {
  readonly version: string;
  /** In the form of PostgreSQL: 150004 is version 15.4. */
  readonly versionNumber: number;
  /** The encoding of text in the database, such as `UTF8`. */
  readonly encoding: string;
  /** The pooler between this process and the server: it assigns a connection for a session, or for a transaction. */
  readonly pooler: "none" | "session" | "transaction";
  /** Connections that the role can have to this database at once, by the lowest limit of server, role and database. */
  readonly connectionsMax: number;
  readonly nowMs: number;
}

const databaseVersionMin = 150_000;

/** A sentence that says why a database cannot be used; `undefined` when it can. */
export function unfitness({ version, versionNumber, encoding, pooler }: Inspection): string | undefined {
  if (versionNumber < databaseVersionMin) return `It is PostgreSQL ${version}. Counterfoil needs 15 or newer.`;
  if (encoding !== "UTF8") {
    return `Its encoding is ${encoding}, which cannot hold every name. Make one with "create database NAME encoding 'UTF8' template template0" and carry the data over.`;
  }
  if (pooler === "transaction") {
    return "A pooler stands before it that gives connections for single transactions. Counterfoil needs whole sessions: set pool_mode = session there, or give the database's own address.";
  }
  return undefined;
}

/**
 * Asks a server for its version, its limits and its clock. Rejects with `StoreUnavailable` when it cannot be reached.
 */
export async function inspect(address: DatabaseAddress): Promise<Inspection> {
  let client: pg.Client | undefined;
  try {
    client = await connect(address);
    const { rows } = await client.query<{
      version: string;
      number: string;
      encoding: string;
      connections: string;
      pid: number;
      now: string;
    }>(
      `select current_setting('server_version') as version, current_setting('server_version_num') as number,
         current_setting('server_encoding') as encoding, pg_backend_pid() as pid,
         least(
           current_setting('max_connections')::int - case when r.rolsuper then 0 else
             current_setting('superuser_reserved_connections')::int
             + coalesce(current_setting('reserved_connections', true), '0')::int end,
           nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) as connections,
         (extract(epoch from clock_timestamp()) * 1000)::bigint as now
       from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error("the server did not answer the question for its version");
    return {
      version: row.version,
      versionNumber: Number(row.number),
      encoding: row.encoding,
      pooler: await findPooler(client, row.pid, address),
      connectionsMax: Number(row.connections),
      nowMs: Number(row.now),
    };
  } catch (error) {
    throw translateError(error);
  } finally {
    await client?.end().catch(() => {});
  }
}

/**
 * A pooler tells a process number of its own instead of the server's. When a second session gets the server process of
 * the first session, which has not ended, the pooler assigns connections for transactions.
 */
async function findPooler(client: pg.Client, pid: number, address: DatabaseAddress): Promise<Inspection["pooler"]> {
  if (processNumberOf(client) === pid) return "none";
  const second = await connect(address);
  try {
    const { rows } = await second.query<{ pid: number }>("select pg_backend_pid() as pid");
    return rows[0]?.pid === pid ? "transaction" : "session";
  } finally {
    await second.end().catch(() => {});
  }
}

/** The process number that the session was told at its start. */
function processNumberOf(client: pg.Client): number | undefined {
  return "processID" in client && typeof client.processID === "number" ? client.processID : undefined;
}

/**
 * Inspects the server once it answers. Waits for a server that is still starting, `waitMs` at most, and calls `onWait`
 * once when it begins to wait. Rejects with the reason after that time, and at once for a wrong password or a missing
 * database.
 */
export async function waitForDatabase(
  address: DatabaseAddress,
  waitMs: number,
  onWait: () => void,
): Promise<Inspection> {
  const endMs = performance.now() + waitMs;
  for (let pauseMs = 100, told = false; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    try {
      return await inspect(address);
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
