import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { openRelay } from "../support/relay.ts";
import {
  databaseEnvironment,
  type Environment,
  runCommand,
  startProcess,
  temporaryFolder,
} from "../support/server-process.ts";

const hidden = "hidden-password";

/** Starts a server, which must end with nothing but this sentence, or these. */
async function assertRefused(t: TestContext, environment: Environment, sentence: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCommand(t, ["serve"], { LOG_LEVEL: "warn", ...environment });
  assert.match(stderr, sentence);
  assert.equal(code, 1);
  assert.doesNotMatch(stderr, /^\s+at |node:internal/m, "no stack trace");
  assert.doesNotMatch(stdout, /serves on/);
  assert.doesNotMatch(stdout + stderr, new RegExp(hidden));
}

async function query({ address }: TestDatabase, statement: string): Promise<void> {
  const client = new pg.Client(address);
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe("a start that cannot be ends with a sentence that says what to do", { concurrency: true }, () => {
  test("every setting that cannot be used gets one", async (t) => {
    const environment = {
      PORT: "70000",
      LOG_LEVEL: "loud",
      SECRET_KEY: hidden,
      DATABASE_URL: `mysql://a:${hidden}@b/c`,
    };
    await assertRefused(
      t,
      environment,
      /^PORT is "70000"; it must be a number from 0 to 65535\.\nDATABASE_URL is not .*\nSECRET_KEY must be .*\nLOG_LEVEL is .*\n$/,
    );
  });

  test("the port is taken", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const rival = createServer().listen(0, "127.0.0.1");
    t.after(() => void rival.close());
    await once(rival, "listening");
    const { port } = rival.address() as AddressInfo;
    await assertRefused(
      t,
      { ...environment, PORT: String(port) },
      new RegExp(`^Port ${port} is taken on 127\\.0\\.0\\.1\\. Stop what uses it, or set PORT to another one\\.\n$`),
    );
  });

  test("the address is another machine's", async (t) => {
    const { environment } = await databaseEnvironment(t);
    // An address for documentation, which no machine has (RFC 5737).
    await assertRefused(
      t,
      { ...environment, HOST: "192.0.2.1" },
      /^This machine does not have the address 192\.0\.2\.1\. /,
    );
  });

  test("the host is no name", async (t) => {
    const { environment } = await databaseEnvironment(t);
    await assertRefused(
      t,
      { ...environment, HOST: "nowhere.invalid" },
      /^(This machine does|Cannot listen).* Correct HOST/,
    );
  });

  test("the password of the database is wrong", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const address = environment.DATABASE_URL?.replace(/\/\/[^@]*@/, `//counterfoil:${hidden}@`) ?? "";
    await assertRefused(
      t,
      { ...environment, DATABASE_URL: address },
      /^Cannot use the database \w+ at .*: password authentication failed for user "\w+"\. .* correct DATABASE_URL\.\n$/,
    );
  });

  test("the database does not exist", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const address = environment.DATABASE_URL?.replace(/[^/]+$/, "nothing_here") ?? "";
    await assertRefused(
      t,
      { ...environment, DATABASE_URL: address },
      /^Cannot use the database nothing_here at .*: database "nothing_here" does not exist\. /,
    );
  });

  test("the data directory cannot be made", async (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    await assertRefused(
      t,
      { DATA_DIR: join(file, "data") },
      /^The data directory .* cannot be used: .*another DATA_DIR\.\n$/,
    );
  });

  test("the secret key cannot be kept", async (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    const { database } = await databaseEnvironment(t);
    await assertRefused(
      t,
      { DATABASE_URL: database.url, DATA_DIR: join(file, "data") },
      /^The secret key in .* cannot be read or made: .*\. Change the rights, or set DATA_DIR or SECRET_KEY\.\n$/,
    );
  });

  test("the secret key is none", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "secret.key"), hidden, { mode: 0o600 });
    const { database } = await databaseEnvironment(t);
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder };
    await assertRefused(
      t,
      environment,
      /secret\.key does not hold a secret key \(64 hex digits\)\. Put the original file back/,
    );
  });

  test("the database was made by a newer version, or another one", async (t) => {
    const { database, environment } = await databaseEnvironment(t);
    await query(database, "insert into schema_migration (version, name, checksum) values (9999, '9999_later.sql', '')");
    await assertRefused(
      t,
      environment,
      /^The database \w+ at \S+ was brought to 9999_later\.sql by a newer version of Counterfoil\. /,
    );
    await query(database, "delete from schema_migration where version = 9999");
    await query(database, "update schema_migration set checksum = 'another' where version = 1");
    await assertRefused(
      t,
      environment,
      /^0001_\w+\.sql was changed after it was applied\. Put the original file back\.\n$/,
    );
  });

  test("the database cannot be written", async (t) => {
    const { database, environment } = await databaseEnvironment(t, { empty: true });
    await query(database, `alter database ${database.address.database} set default_transaction_read_only = on`);
    await assertRefused(
      t,
      environment,
      /^The schema of the database .* cannot be read or brought up to date: cannot execute CREATE TABLE in a read-only tran/,
    );
  });

  test("the folder of the database holds something else", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "postgres"));
    writeFileSync(join(folder, "postgres", "holiday.jpg"), "");
    await assertRefused(
      t,
      { DATA_DIR: folder },
      /\/postgres holds files, but not those of a PostgreSQL database\. Move them away, /,
    );
  });
});

test("a server waits for a database that is still starting, and a command does not", async (t) => {
  const database = await createTestDatabase();
  const relay = await openRelay(database.address);
  t.after(async () => {
    await relay.cut();
    await database.drop();
  });
  await relay.cut();
  const { host, port, user, password, database: name } = relay.address;
  const environment = {
    DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${name}`,
    SECRET_KEY: "5e".repeat(32),
  };
  const command = await runCommand(t, ["migrate"], environment);
  assert.equal(command.code, 1);
  assert.match(
    command.stderr,
    /^Cannot use the database \w+ at 127\.0\.0\.1:\d+: connect ECONNREFUSED .* correct DATABASE_URL\.\n$/,
  );

  const server = startProcess(t, ["serve"], environment);
  await eventually("the server says that it waits", () => /does not answer yet/.test(server.stderr()));
  await relay.mend();
  await server.untilPrinted(/serves on/);
  assert.equal((await server.stop()).code, 0);
});
