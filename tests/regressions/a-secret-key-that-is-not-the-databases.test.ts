/**
 * The fault: a start without `secret.key`, or with another one, made a new key or took the wrong one in silence. The
 * server said that it was well while nothing sealed could be opened, and what was sealed meanwhile was lost when the
 * old key came back. A command under the wrong key wrote its value before it broke, and the value then broke every
 * server.
 *
 * The guarantee: the database knows the names of its keys. Servers, commands and `doctor` refuse a wrong or missing key
 * with a sentence before anything is written, and `/readyz` is not ready; a key is made for a new database only.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { withClient } from "../../src/storage/connect.ts";
import { idOf } from "../../src/storage/key-register.ts";
import { sealSetting } from "../../src/storage/nouns/setting.ts";
import { SecretKeyError } from "../../src/storage/secret-key-file.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import { claim, given } from "../support/secret-keys.ts";
import {
  databaseEnvironment,
  type Environment,
  runCommand,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

const [right, wrong, third] = [randomBytes(32), randomBytes(32), randomBytes(32)];

async function query(database: TestDatabase, text: string, values: readonly unknown[] = []): Promise<unknown[]> {
  return withClient(database.address, async (client) => (await client.query(text, [...values])).rows);
}

async function newDatabase(t: TestContext): Promise<TestDatabase> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  return database;
}

const register = (database: TestDatabase) =>
  query(database, "select encode(id, 'hex') as id from secret_key order by position");

async function refusalOf(claim: Promise<unknown>): Promise<string> {
  const error = await claim.then(
    () => assert.fail("the keys were taken"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SecretKeyError)) throw error;
  assert.match(error.message, /^[A-Z].*\.$/s, "a sentence");
  return error.message;
}

test("a server, a command and doctor refuse another key, and a missing one, before they write anything", async (t) => {
  const { database, environment } = await databaseEnvironment(t, { empty: true });
  const { DATABASE_URL = "" } = environment;
  const dataDir = temporaryFolder(t);
  const own: Environment = { DATABASE_URL, DATA_DIR: dataDir };
  const server = await startServer(t, own);
  const file = join(dataDir, "secret.key");
  assert.ok(existsSync(file), "a new database gets a key");
  const set = await runCommand(t, ["setting", "set", "mor.secret", "4567890123456789"], own);
  assert.equal(set.code, 0, set.stderr);
  await server.stop();
  const before = await query(database, "select * from setting");

  renameSync(file, `${file}.away`);
  const otherKey = { ...own, SECRET_KEY: wrong.toString("hex") };
  const refusals: readonly (readonly [args: string, environment: Environment, words: RegExp])[] = [
    [
      "serve",
      own,
      /sealed with another secret key, [0-9a-f]{8}\. There is no key: SECRET_KEY is not set, and there is no \/\S+secret\.key\. Put/,
    ],
    [
      "serve",
      otherKey,
      /sealed with another secret key, [0-9a-f]{8}\. SECRET_KEY holds [0-9a-f]{8}\. Put the original key back\./,
    ],
    ["setting set mor.secret 9876543210987654", otherKey, /sealed with another secret key/],
    ["setting list", own, /sealed with another secret key/],
  ];
  for (const [args, variables, words] of refusals) {
    const { code, stdout, stderr } = await runCommand(t, args.split(" "), variables);
    assert.match(stderr, words, args);
    assert.doesNotMatch(stderr, /^\s+at /m, "no stack trace");
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /serves on/);
  }
  const doctor = await runCommand(t, ["doctor"], otherKey);
  assert.match(doctor.stdout, /^BAD {3}key {8}The database is sealed with another secret key, /m);
  assert.equal(doctor.code, 1);
  assert.ok(!existsSync(file), "no new key lies beside a database that has one");
  assert.deepEqual(await query(database, "select * from setting"), before);

  renameSync(`${file}.away`, file);
  const again = await startServer(t, own);
  assert.equal((await exchange(again.url, "GET /readyz")).status, 200);
  // Another process brings a key in that this one does not have.
  await query(database, "insert into secret_key (id, position) values ('\\x00112233', 99)");
  const ready = await eventually("a server that is not ready", async () => {
    const answer = await exchange(again.url, "GET /readyz");
    return answer.status === 503 ? answer : undefined;
  });
  assert.equal(ready.text, "the database is sealed with the secret key 00112233, which is not here\n");
  await again.stop();
});

test("the first keys are written down, also by a command; a new one in front by a server only", async (t) => {
  const database = await newDatabase(t);
  await claim(database, given(right), "look");
  assert.deepEqual(await register(database), [], "to look changes nothing");
  await claim(database, given(right), "command");
  assert.deepEqual(await register(database), [{ id: idOf(right) }]);

  const refusal = await refusalOf(claim(database, given(wrong, right), "command"));
  assert.match(
    refusal,
    new RegExp(`begins with the key ${idOf(wrong)}, which the database does not know yet\\. Start`),
  );
  assert.deepEqual(await register(database), [{ id: idOf(right) }], "a mistyped key shuts nobody out");
  await Promise.all([1, 2, 3].map(() => claim(database, given(third, right), "serve")));
  assert.deepEqual(await register(database), [{ id: idOf(right) }, { id: idOf(third) }]);
  for (const keys of [[right], [third], [wrong], []]) {
    for (const purpose of ["serve", "command", "look"] as const) {
      await refusalOf(claim(database, given(...keys), purpose));
    }
  }
});

test("of processes with different keys that meet on a new database one wins, and the others are refused", async (t) => {
  const database = await newDatabase(t);
  const claims = [right, wrong, third].map((key) => claim(database, given(key), "serve"));
  const results = await Promise.allSettled(claims);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal((await register(database)).length, 1);
});

test("a database of before learns its keys from what is sealed in it, and refuses those that do not open it", async (t) => {
  const database = await newDatabase(t);
  await query(database, "insert into organization (id, name) values (1, 'Shop')");
  const sealed = JSON.stringify(sealSetting(createSecrets([right]), "4567890123456789"));
  await query(database, "insert into setting (organization_id, name, value) values (1, 'mor.secret', $1)", [sealed]);
  await query(database, "insert into setting (organization_id, name, value) values (1, 'odd', '{\"sealed\": \"?\"}')");
  for (const purpose of ["serve", "command", "look"] as const) {
    const words = await refusalOf(claim(database, given(wrong), purpose));
    assert.match(
      words,
      new RegExp(
        `sealed with other keys: 1 settings with the key ${idOf(right)}\\. SECRET_KEY holds ${idOf(wrong)}\\.`,
      ),
    );
    assert.deepEqual(await register(database), []);
  }
  let mayMake: boolean | undefined;
  await refusalOf(
    claim(
      database,
      async (may) => {
        mayMake = may;
        return { keys: [], source: "secret.key" };
      },
      "serve",
    ),
  );
  assert.equal(mayMake, false, "no key is made for a database that is in use");
  await claim(database, given(wrong, right), "serve");
  assert.deepEqual(await register(database), [{ id: idOf(right) }, { id: idOf(wrong) }]);
});

test("a key file that every account may read stops the start with a sentence", async (t) => {
  const { database } = await databaseEnvironment(t);
  const dataDir = temporaryFolder(t);
  writeFileSync(join(dataDir, "secret.key"), `${right.toString("hex")}\n`, { mode: 0o644 });
  const { code, stderr } = await runCommand(t, ["serve"], { DATABASE_URL: database.url, DATA_DIR: dataDir });
  assert.match(stderr, /^\S+secret\.key is open to every account of this machine\. Close it/);
  assert.equal(code, 1);
});
