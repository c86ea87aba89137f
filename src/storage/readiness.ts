import { randomBytes } from "node:crypto";
import pg from "pg";
import { StoreUnavailable } from "../engine/store.ts";
import { translateError } from "./database.ts";
import { idOf, readRegister } from "./key-register.ts";

/**
 * The size of the row that a probe writes. Four such rows fill a page, so a full disk shows within a few probes. The
 * bytes are random, so they cannot be compressed, and few enough to lie in the table itself.
 */
const fillerBytes = 1_400;

/** Tables without which nothing is issued, sold or redeemed. */
const writtenTables = ["entitlement", "product", "action", "kept_answer"];

/** Resolves with a few words, without secrets, on why the database cannot be written now; `undefined` when it can. */
type Readiness = () => Promise<string | undefined>;

/**
 * Checks the needs of a request: a connection, every key in use, the right to write, and room for a row, which is
 * rolled back. Never rejects.
 */
export function createReadiness(pool: pg.Pool, secretKeys: readonly Buffer[]): Readiness {
  const held = new Set(secretKeys.map(idOf));

  return async () => {
    let client: pg.PoolClient | undefined;
    let broken: Error | undefined;
    try {
      client = await pool.connect();
      return (await findMissingKey(client, held)) ?? (await findClosedTable(client)) ?? (await tryToWrite(client));
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      return wordsFor(broken);
    } finally {
      client?.release(broken);
    }
  };
}

async function findMissingKey(client: pg.ClientBase, held: ReadonlySet<string>): Promise<string | undefined> {
  const missing = (await readRegister(client)).find(({ id, isRetired }) => !isRetired && !held.has(id));
  return missing === undefined
    ? undefined
    : `the database is sealed with the secret key ${missing.id}, which is not here`;
}

async function findClosedTable(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ table: string }>(
    `select t as table from unnest($1::text[]) as t
     where not (has_table_privilege(t, 'insert') and has_table_privilege(t, 'update'))`,
    [writtenTables],
  );
  return rows[0] === undefined ? undefined : `the role of the database may not write the table ${rows[0].table}`;
}

async function tryToWrite(client: pg.ClientBase): Promise<undefined> {
  await client.query("begin");
  await client.query("insert into write_probe (filler) values ($1)", [randomBytes(fillerBytes).toString("base64")]);
  await client.query("rollback");
}

/** By SQLSTATE. */
const reasons: Readonly<Record<string, string>> = {
  "25006": "the database is read-only",
  "42501": "the role of the database may not write",
  "53100": "the disk of the database is full",
  "53300": "the database takes no further connection",
};

function wordsFor(error: Error): string {
  const code = error instanceof pg.DatabaseError ? (error.code ?? "") : "";
  const reason = reasons[code];
  if (reason !== undefined) return reason;
  return translateError(error) instanceof StoreUnavailable
    ? "the database does not answer"
    : `the database cannot be written${code === "" ? "" : ` (SQLSTATE ${code})`}`;
}
