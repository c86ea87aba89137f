import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type pg from "pg";
import { hasTable, inTransaction, withClient } from "./connect.ts";
import type { DatabaseAddress } from "./database.ts";
import { findPendingJobQueue, migrateJobQueue } from "./job-queue.ts";
import { MigrationError } from "./migration-error.ts";

const migrationsFolder = new URL("../../migrations/", import.meta.url);
const fileShape = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** The advisory lock of a process that migrates; other processes wait for it. Any fixed number will do. */
const migrationLock = 7_062_311_001;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The names of the migrations that `migrate` applied, and of those that it left. */
export interface MigrationReport {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/**
 * Brings the database to the schema of this version: applies the missing migrations in order, each file in a
 * transaction of its own, and then migrates the job queue. Forward only. Safe when many processes start at once.
 * `dryRun` only reports. Without `create` it refuses a database that has no tables of Counterfoil: it may be the wrong
 * one.
 *
 * Throws {@link MigrationError} when the database is empty and `create` is false, when a newer version made it, or when
 * an applied file was changed since.
 */
export async function migrate(
  address: DatabaseAddress,
  { dryRun = false, create = true }: { dryRun?: boolean; create?: boolean } = {},
): Promise<MigrationReport> {
  const migrations = await readMigrations();
  return withClient(address, async (client) => {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    const { isEmpty, pending, pendingQueue } = await findPending(client, migrations);
    if (isEmpty && !create) throw new MigrationError(emptySentence);
    const names = [...pending.map(({ name }) => name), ...pendingQueue];
    if (dryRun) return { applied: [], pending: names };
    for (const migration of pending) await apply(client, migration);
    if (pendingQueue.length > 0) await migrateJobQueue(address);
    return { applied: names, pending: [] };
  });
}

const emptySentence =
  'The database has no tables of Counterfoil. If it is the right one, "counterfoil serve" or "counterfoil migrate --create" makes them.';

/**
 * Refuses a database whose schema is not the schema of this version. Commands call it: they change no schema, since a
 * server of another version may be running.
 *
 * Throws {@link MigrationError}, for an empty database, too.
 */
export async function checkSchema(client: pg.Client): Promise<void> {
  const { isEmpty, pending, pendingQueue } = await findPending(client, await readMigrations());
  if (isEmpty) throw new MigrationError(emptySentence);
  const names = [...pending.map(({ name }) => name), ...pendingQueue];
  if (names.length === 0) return;
  throw new MigrationError(
    `The database was made by an older version of Counterfoil and lacks ${names.join(", ")}. Stop the servers of that version, make a backup, and start this version's server or "counterfoil migrate".`,
  );
}

async function findPending(client: pg.Client, migrations: readonly Migration[]) {
  const applied = await readApplied(client);
  checkHistory(migrations, applied);
  const pending = migrations.filter(({ version }) => !applied.has(version));
  return { isEmpty: applied.size === 0, pending, pendingQueue: await findPendingJobQueue(client) };
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(migrationsFolder)).filter((name) => fileShape.test(name)).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4));
      if (version !== index + 1)
        throw new MigrationError(`The migrations are not numbered one after the other: ${name}`);
      const sql = await readFile(new URL(name, migrationsFolder), "utf8");
      return { version, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function readApplied(client: pg.Client): Promise<ReadonlyMap<number, { name: string; checksum: string }>> {
  if (!(await hasTable(client, "schema_migration"))) return new Map();
  const { rows } = await client.query<{ version: number; name: string; checksum: string }>(
    "select version, name, checksum from schema_migration",
  );
  return new Map(rows.map((row) => [row.version, row]));
}

function checkHistory(
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, { name: string; checksum: string }>,
): void {
  for (const [version, { name, checksum }] of applied) {
    const ours = migrations.find((migration) => migration.version === version);
    if (ours === undefined) {
      throw new MigrationError(
        `The database was brought to ${name} by a newer version of Counterfoil. Start that version or a newer one.`,
      );
    }
    if (ours.checksum !== checksum) {
      throw new MigrationError(`${ours.name} was changed after it was applied. Put the original file back.`);
    }
  }
}

async function apply(client: pg.Client, { version, name, sql, checksum }: Migration): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(
      "create table if not exists schema_migration (version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())",
    );
    await client.query(sql);
    await client.query("insert into schema_migration (version, name, checksum) values ($1, $2, $3)", [
      version,
      name,
      checksum,
    ]);
  });
}
