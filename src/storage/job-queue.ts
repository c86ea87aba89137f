import pg from "pg";
import type { DatabaseAddress } from "./database.ts";

/** The schema in which the job queue has its tables. */
const jobQueueSchema = "graphile_worker";
/** The last migration of the job queue that this version comes with. */
export const jobQueueVersion = 20;

/** What this version's job queue lacks in the database, as `job queue 20`; empty when nothing. */
export async function findPendingJobQueue(client: pg.Client): Promise<readonly string[]> {
  const { rows: found } = await client.query<{ table: string | null }>("select to_regclass($1)::text as table", [
    `${jobQueueSchema}.migrations`,
  ]);
  if (found[0]?.table === null) return [`job queue ${jobQueueVersion}`];
  const { rows } = await client.query<{ version: number | null }>(
    `select max(id) as version from ${jobQueueSchema}.migrations`,
  );
  return (rows[0]?.version ?? 0) < jobQueueVersion ? [`job queue ${jobQueueVersion}`] : [];
}

/** Brings the tables of the job queue to this version's schema. Safe to repeat. */
export async function migrateJobQueue(address: DatabaseAddress): Promise<void> {
  const pool = new pg.Pool({ ...(typeof address === "string" ? { connectionString: address } : address), max: 1 });
  // Both listeners, since the library complains of a pool without them.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    // Loaded here, since it takes a tenth of a second that most commands need not spend.
    const { Logger, runMigrations } = await import("graphile-worker");
    await runMigrations({ pgPool: pool, schema: jobQueueSchema, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
  }
}
