import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { createTestDatabase, type TestAddress } from "../../tests/support/database.ts";
import { jobQueueVersion } from "./job-queue.ts";
import { migrate } from "./migrate.ts";
import { MigrationError } from "./migration-error.ts";

const files = (await readdir(new URL("../../migrations/", import.meta.url))).sort();
/** What an empty database lacks: all files, and the tables of the job queue. */
const everything = [...files, `job queue ${jobQueueVersion}`];

async function emptyDatabase(t: TestContext): Promise<TestAddress> {
  const database = await createTestDatabase({ empty: true });
  t.after(() => database.drop());
  return database.address;
}

async function ask<R extends pg.QueryResultRow>(address: TestAddress, text: string): Promise<R[]> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

async function tablesOf(address: TestAddress): Promise<string[]> {
  const rows = await ask<{ tablename: string }>(address, "select tablename from pg_tables where schemaname = 'public'");
  return rows.map(({ tablename }) => tablename).sort();
}

const history = "select version, name, applied_at from schema_migration order by version";

test("the migrations are numbered one after the other from 1", () => {
  assert.ok(files.length > 0);
  for (const [index, name] of files.entries()) {
    assert.match(name, /^\d{4}_[a-z0-9_]+\.sql$/);
    assert.equal(Number(name.slice(0, 4)), index + 1, name);
  }
});

test("twenty processes that start at once on an empty database migrate it once", async (t) => {
  const address = await emptyDatabase(t);
  const reports = await Promise.all(Array.from({ length: 20 }, () => migrate(address)));
  const working = reports.filter(({ applied }) => applied.length > 0);
  assert.deepEqual(working, [{ applied: everything, pending: [] }]);
  assert.deepEqual(
    (await ask(address, history)).map(({ name }) => name),
    files,
  );
  const locks =
    "select pid from pg_locks l join pg_database d on d.oid = l.database " +
    "where l.locktype = 'advisory' and d.datname = current_database()";
  assert.deepEqual(await ask(address, locks), [], "the lock is free");
});

test("migrating again applies nothing and changes nothing", async (t) => {
  const address = await emptyDatabase(t);
  await migrate(address);
  const before = await ask(address, history);
  assert.deepEqual(await migrate(address), { applied: [], pending: [] });
  assert.deepEqual(await ask(address, history), before);
});

test("a dry run says what it would apply, and applies nothing", async (t) => {
  const address = await emptyDatabase(t);
  assert.deepEqual(await migrate(address, { dryRun: true }), { applied: [], pending: everything });
  assert.deepEqual(await tablesOf(address), []);
  await migrate(address);
  assert.deepEqual(await migrate(address, { dryRun: true }), { applied: [], pending: [] });
});

test("a migration that was changed after it was applied is refused with a sentence", async (t) => {
  const address = await emptyDatabase(t);
  await migrate(address);
  await ask(address, "update schema_migration set checksum = repeat('0', 64) where version = 1");
  for (const options of [{}, { dryRun: true }]) {
    await assert.rejects(migrate(address, options), (error) => {
      assert.ok(error instanceof MigrationError);
      return error.message === `${files[0]} was changed after it was applied. Put the original file back.`;
    });
  }
});

test("a database of a newer version is refused with a sentence, and never brought back", async (t) => {
  const address = await emptyDatabase(t);
  await migrate(address);
  await ask(address, "create table from_the_future (id bigint)");
  await ask(address, "insert into schema_migration values (9999, '9999_from_the_future.sql', repeat('0', 64), now())");
  const before = [await tablesOf(address), await ask(address, history)];
  await assert.rejects(migrate(address), (error) => {
    assert.ok(error instanceof MigrationError);
    return /^The database was brought to 9999_from_the_future\.sql by a newer version of Counterfoil\. Start .*\.$/.test(
      error.message,
    );
  });
  assert.deepEqual([await tablesOf(address), await ask(address, history)], before);
});

test("a migration that fails leaves nothing of itself behind, and the next attempt starts where it stood", async (t) => {
  const address = await emptyDatabase(t);
  // In the way of the first migration, but only after some of its tables are made.
  await ask(address, "create table kept_answer (id bigint)");
  await assert.rejects(migrate(address), /"kept_answer" already exists/);
  assert.deepEqual(await tablesOf(address), ["kept_answer"]);
  await ask(address, "drop table kept_answer");
  assert.deepEqual((await migrate(address)).applied, everything);
});
