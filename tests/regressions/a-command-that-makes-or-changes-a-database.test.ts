/**
 * The fault: every command made a database where it found none, so that a forgotten or mistyped DATA_DIR got a customer
 * a password that no server knew; and every command brought the schema to its own version under the server that ran.
 * Two commands on the embedded database without a server disturbed each other: the second failed, or was stopped by the
 * end of the first.
 *
 * The guarantee: only `serve`, `demo` and `migrate --create` make a database, and only they and `migrate` change a
 * schema. All others, `doctor` too, say which database they looked for and what to do, and leave nothing behind.
 * Commands share the embedded database, and the last one stops it.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import pino from "pino";
import { CommandError } from "../../src/cli/tools.ts";
import { readConfig } from "../../src/config.ts";
import { addressOf, openDatabase } from "../../src/open-database.ts";
import { connect } from "../../src/storage/connect.ts";
import { MigrationError } from "../../src/storage/migration-error.ts";
import { createTestDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { databaseEnvironment, postgresProcesses, runCommand, temporaryFolder } from "../support/server-process.ts";

const log = pino({ level: "silent" });

describe("a database that is not there", { concurrency: true }, () => {
  test("is not made by a command, and doctor says where it looked", async (t) => {
    const folder = temporaryFolder(t);
    const environment = { DATA_DIR: join(folder, "mistyped") };
    for (const args of [["customer", "add", "oops@example.com"], ["migrate"], ["doctor"]]) {
      const { code, stdout, stderr } = await runCommand(t, args, environment);
      assert.equal(code, 1);
      assert.match(
        stdout + stderr,
        /There is no database in \S+mistyped \(DATA_DIR\), and DATABASE_URL is not set\. Set/,
      );
      assert.doesNotMatch(stdout, /password/);
      if (args[0] === "doctor") assert.match(stdout, /mail will be written to \S+mistyped\/outbox;/);
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  test("is not made in a folder that is there, nor in an empty database of one's own", async (t) => {
    const dataDir = temporaryFolder(t);
    await assert.rejects(openDatabase(readConfig({ DATA_DIR: dataDir }), "command", log), CommandError);
    assert.deepEqual(readdirSync(dataDir), []);
    const { database, environment } = await databaseEnvironment(t, { empty: true });
    const opened = await openDatabase(readConfig(environment), "command", log);
    const empty = new RegExp(
      `^The database ${database.address.database} at \\S+ has no tables of Counterfoil\\. If it is`,
    );
    const isTold = (error: unknown) => error instanceof MigrationError && empty.test(error.message);
    await assert.rejects(opened.checkSchema(), isTold);
    await assert.rejects(opened.migrate({ create: false }), isTold);
    await assert.rejects(opened.migrate({ create: false, dryRun: true }), isTold);
    const client = await connect(database.address);
    const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
    await client.end();
    assert.deepEqual(rows, []);
  });
});

test("a schema of another version is refused by commands and told by doctor, and changed by migrate", async (t) => {
  const { database, environment } = await databaseEnvironment(t);
  const client = await connect(database.address);
  t.after(() => client.end());
  const tables = async () =>
    (await client.query("select tablename from pg_tables where schemaname = 'public' order by 1")).rows;
  // As an older version has left it.
  await client.query("drop table secret_key, write_probe; delete from schema_migration where version = 8");
  const before = await tables();
  const words =
    /The database \w+ at \S+ was made by an older version of Counterfoil and lacks 0008_\w+\.sql\. Stop the servers of that version, make a backup, and start/;
  for (const args of [["customer", "log", "ada@example.com"], ["doctor"]]) {
    const { code, stdout, stderr } = await runCommand(t, args, environment);
    assert.match(stdout + stderr, words);
    assert.equal(code, 1);
  }
  assert.deepEqual(await tables(), before);
  const opened = await openDatabase(readConfig(environment), "command", log);
  assert.deepEqual(await opened.migrate({ create: false }), ["0008_secret_keys.sql"]);
  await opened.checkSchema();
  await client.query("insert into schema_migration values (9999, '9999_later.sql', '')");
  await assert.rejects(opened.checkSchema(), /^MigrationError: The database \w+ at \S+ was brought to 9999_later/);
});

test("commands share the embedded database, and it stops when the last of them has ended", async (t) => {
  const dataDir = join(temporaryFolder(t), "data");
  const config = readConfig({ DATA_DIR: dataDir });
  const open = (purpose: "create" | "command") => openDatabase(config, purpose, log);
  const ask = async (database: Awaited<ReturnType<typeof open>>) => {
    const client = await connect(addressOf(database));
    const { rows } = await client.query("select 1 as one");
    await client.end();
    return rows;
  };
  const first = await open("create");
  const [second, third] = await Promise.all([open("command"), open("command")]);
  const ended = first.close();
  assert.deepEqual(await ask(second), [{ one: 1 }]);
  await third.close();
  assert.deepEqual(await ask(second), [{ one: 1 }], "the first one waits for all others");
  await second.close();
  await ended;
  await eventually("the end of PostgreSQL", () => postgresProcesses(dataDir).length === 0);
  // Several that start at once: one runs it, the others wait for that.
  const many = await Promise.all([1, 2, 3].map(() => open("command")));
  for (const one of many) assert.deepEqual(await ask(one), [{ one: 1 }]);
  await Promise.all(many.map((one) => one.close()));
  assert.deepEqual(postgresProcesses(dataDir), []);
  assert.ok(existsSync(join(dataDir, "postgres.lock")));
});

test("a database in another encoding than UTF8 is refused with a sentence", async (t) => {
  const server = await createTestDatabase({ empty: true });
  const client = await connect(server.address);
  const name = `${server.address.database}_latin1`;
  await client.query(`create database ${name} encoding 'LATIN1' locale 'C' locale_provider libc template template0`);
  t.after(async () => {
    await client.query(`drop database ${name} with (force)`);
    await client.end();
    await server.drop();
  });
  const config = readConfig({ DATABASE_URL: server.url.replace(/[^/]+$/, name), DATA_DIR: temporaryFolder(t) });
  for (const purpose of ["serve", "command"] as const) {
    await assert.rejects(openDatabase(config, purpose, log), (error) => {
      assert.ok(error instanceof CommandError);
      return /^Cannot use the database \w+ at \S+\. Its encoding is LATIN1, which cannot hold every name\. Make/.test(
        error.message,
      );
    });
  }
});
