import pg from "pg";
import { hasTable } from "./connect.ts";
import { configOf, type DatabaseAddress } from "./database.ts";

/** The schema in which the job queue has its tables. */
const jobQueueSchema = "graphile_worker";
/** The last migration of the job queue in this version. */
export const jobQueueVersion = 20;

/** What the job queue of this version lacks in the database, as `job queue 20`; empty when nothing is missing. */
export async function findPendingJobQueue(client: pg.Client): Promise<readonly string[]> {
  const lacking = [`job queue ${jobQueueVersion}`];
  if (!(await hasTable(client, `${jobQueueSchema}.migrations`))) return lacking;
  const { rows } = await client.query<{ version: number | null }>(
    `select max(id) as version from ${jobQueueSchema}.migrations`,
  );
  return (rows[0]?.version ?? 0) < jobQueueVersion ? lacking : [];
}

/** Brings the tables of the job queue to this version's schema. Safe to repeat. */
export async function migrateJobQueue(address: DatabaseAddress): Promise<void> {
  const pool = new pg.Pool({ ...configOf(address), max: 1 });
  // The library warns about a pool without these two listeners.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    // Loaded here: loading takes a tenth of a second, and most commands do not need it.
    const { Logger, runMigrations } = await import("graphile-worker");
    await runMigrations({ pgPool: pool, schema: jobQueueSchema, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
  }
}
