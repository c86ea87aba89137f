/*
 * The fault: a server that was started once on an older copy of its database (a restored backup), or on another
 * database with this one's folder, removed at its start every edition that the copy did not know. They were lost for
 * good.
 *
 * The guarantee: a store and its database know each other by name, and neither is used with another: no server starts,
 * no command writes, nothing is swept. An edition that any database has committed is never removed because another does
 * not know it. What nobody knows lies in the trash for thirty days.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import pino from "pino";
import { job } from "../../src/access/principals.ts";
import { type App, createApp } from "../../src/app.ts";
import { sweepStore, trashKeptMs } from "../../src/content/retention.ts";
import { executorFor } from "../../src/engine/executor.ts";
import { addChart } from "../support/charts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";
import { runCommand } from "../support/server-process.ts";
import { openTerminal } from "../support/terminal.ts";

const secretKey = randomBytes(32);
const dayMs = 24 * 60 * 60 * 1000;

/** A data directory, and commands of processes of their own on it and on any database. */
async function setScene(t: TestContext) {
  const dataDir = makeTemporaryFolder(t);
  const content = writeTree(makeTemporaryFolder(t), { "a.oesenc": "a" });
  const makeDatabase = async (copyOf?: TestDatabase) => {
    const database = await createTestDatabase(copyOf === undefined ? {} : { copyOf });
    t.after(() => database.drop());
    return database;
  };
  /** Does something with an app on this database and the folder, and lets go of both. */
  const on = async <T>(database: TestDatabase, act: (app: App) => Promise<T>): Promise<T> => {
    const app = createApp({
      database: database.address,
      secretKeys: [secretKey],
      filesDir: join(dataDir, "files"),
      log: pino({ level: "silent" }),
    });
    await app.administration.ensureOrganization(1, "Test");
    return act(app).finally(() => app.close());
  };
  const adding = (name: string) => ["edition", "add", "--product", "15", "--edition", name, content];
  const stored = () =>
    pathsBelow(join(dataDir, "files/editions"))
      .filter((path) => /^[0-9a-f]{32}$/.test(path))
      .sort();
  return {
    files: join(dataDir, "files"),
    makeDatabase,
    /** What a server on this database says, which must not start. */
    async refuseServer(database: TestDatabase): Promise<string> {
      const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir, SECRET_KEY: secretKey.toString("hex") };
      const { code, stdout, stderr } = await runCommand(t, ["serve"], environment);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      return stderr;
    },
    refuseEdition: (database: TestDatabase, name: string) =>
      on(database, (app) => openTerminal({ app }).refused(...adding(name))),
    addEdition: (database: TestDatabase, name: string) =>
      on(database, (app) => openTerminal({ app }).run(...adding(name))),
    makeChart: (database: TestDatabase) => on(database, (app) => addChart(app)),
    /** The keys of the editions in the folder. */
    stored,
    /** Everything in the folder, so that a change of any kind is seen. */
    everything: () => pathsBelow(join(dataDir, "files")),
    /** Makes all editions as old as if they had been taken in two days ago. */
    age(): void {
      const then = (Date.now() - 2 * dayMs) / 1000;
      for (const key of stored()) utimesSync(join(dataDir, "files/editions", key), then, then);
    },
    /** Sweeps as a server on this database does. */
    async sweep(database: TestDatabase) {
      const kept = keepLog();
      await on(database, ({ queries, administration, engine, files, storeIdentity: identity }) => {
        const { log } = kept;
        const { signal } = new AbortController();
        const checkedUpTo = { organizationId: 0, deliveryId: 0 };
        return sweepStore({
          queries,
          administration,
          execute: executorFor(job, engine),
          files,
          identity,
          clock: Date.now,
          log,
          signal,
          checkedUpTo,
        });
      });
      return kept;
    },
  };
}

async function query(database: TestDatabase, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(database.address);
  await client.connect();
  return client
    .query(text)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

test("an older copy of the database removes no edition that was added since", async (t) => {
  const { makeDatabase, makeChart, addEdition, stored, age, sweep } = await setScene(t);
  const database = await makeDatabase();
  await makeChart(database);
  await addEdition(database, "old");
  const copy = await makeDatabase(database);
  await addEdition(database, "new");
  age();
  const before = stored();
  assert.equal(before.length, 2);
  const { lines } = await sweep(copy);
  assert.deepEqual(stored(), before);
  const [told] = lines(
    "editions are kept that this database does not know: it may be an older copy of the one that knows them",
  );
  assert.equal(told?.level, 40);
  assert.deepEqual((await sweep(database)).lines("the file store is left alone"), []);
});

test("a store that belongs to another database is refused with a sentence by server and command, and not touched", async (t) => {
  const { files, makeDatabase, makeChart, addEdition, refuseServer, refuseEdition, everything, age, sweep } =
    await setScene(t);
  const [owner, other] = [await makeDatabase(), await makeDatabase()];
  await makeChart(owner);
  await addEdition(owner, "2017-1");
  age();
  rmSync(join(files, "editions", everything().find((path) => path.endsWith("/kept")) ?? "none"), { force: true });
  const before = everything();
  const sentence =
    /^The folder \S+files is the file store of another database\. Correct DATA_DIR or DATABASE_URL\. .*$/;
  await makeChart(other);
  assert.match((await refuseServer(other)).trimEnd(), sentence);
  const refusal = await refuseEdition(other, "2017-1");
  assert.match(refusal, sentence);
  assert.match(String((await sweep(other)).lines("the file store is left alone")[0]?.reason), /of another database/);
  assert.deepEqual(everything(), before);

  // Whoever wants it so writes the name that the sentence tells.
  const [, name = ""] = /write the line ([0-9a-f]{32}) into \S+store\.id\.$/.exec(refusal) ?? [];
  writeFileSync(join(files, "store.id"), `${name}\n`);
  await addEdition(other, "2017-1");
});

test("a folder without the editions that the database knows is not taken for its store", async (t) => {
  const { files, makeDatabase, makeChart, addEdition, refuseServer, refuseEdition } = await setScene(t);
  const database = await makeDatabase();
  await makeChart(database);
  await addEdition(database, "2017-1");
  renameSync(files, `${files}-elsewhere`);
  const sentence = /^The folder \S+ has none of the editions that the database knows\. Mount the right folder, or/;
  assert.match(await refuseServer(database), sentence);
  // As a disk that is not mounted leaves it.
  mkdirSync(files);
  assert.match(await refuseEdition(database, "2017-2"), sentence);
  assert.deepEqual(pathsBelow(files), []);
  rmSync(files, { recursive: true });
  renameSync(`${files}-elsewhere`, files);
  await addEdition(database, "2017-2");
});

test("databases without charts may be given one folder, and it belongs to the one that uses it first", async (t) => {
  const { files, makeDatabase, makeChart, addEdition, refuseEdition, sweep } = await setScene(t);
  const [one, other] = [await makeDatabase(), await makeDatabase()];
  for (const database of [one, other]) {
    await makeChart(database);
    assert.deepEqual((await sweep(database)).lines("the file store is left alone"), []);
  }
  assert.deepEqual(pathsBelow(files), []);
  await addEdition(one, "2017-1");
  assert.match(await refuseEdition(other, "2017-1"), /is the file store of another database/);
});

test("what version 0.1.0 has made has no name, and gets one when it fits together", async (t) => {
  const { files, makeDatabase, makeChart, addEdition, sweep, everything, age } = await setScene(t);
  const database = await makeDatabase();
  await makeChart(database);
  await addEdition(database, "2017-1");
  const forget = () => query(database, "delete from file_store");
  const [key = ""] = pathsBelow(join(files, "editions"));
  for (const [what, prepare] of [
    ["neither has a name", () => forget().then(() => rmSync(join(files, "store.id")))],
    ["a restored database has none", forget],
    ["a restored folder has none", async () => rmSync(join(files, "store.id"))],
  ] as const) {
    await prepare();
    rmSync(join(files, "editions", key, "kept"), { force: true });
    age();
    const { lines } = await sweep(database);
    assert.deepEqual(lines("the file store is left alone"), [], what);
    const [{ store_id: known } = {}] = await query(database, "select store_id from file_store");
    assert.equal(`${known}\n`, readFileSync(join(files, "store.id"), "utf8"), what);
    assert.ok(everything().includes(`editions/${key}/kept`), what);
  }
});

test("an edition that nobody knows lies in the trash for thirty days, and the log says so", async (t) => {
  const { files, makeDatabase, makeChart, addEdition, stored, age, sweep } = await setScene(t);
  const database = await makeDatabase();
  await makeChart(database);
  await addEdition(database, "2017-1");
  const lost = "0".repeat(32);
  writeTree(join(files, "editions", lost), { "content/0": "a" });
  age();
  const { lines } = await sweep(database);
  assert.deepEqual(
    lines("an edition that nobody knows was moved to the trash").map(({ level, edition }) => ({ level, edition })),
    [{ level: 40, edition: lost }],
  );
  assert.ok(!stored().includes(lost));
  const inTrash = () => pathsBelow(join(files, "trash")).filter((path) => !path.includes("/"));
  const [name = "", ...more] = inTrash();
  assert.deepEqual(more, []);
  assert.match(name, new RegExp(`^\\d{8}T\\d{9}Z-${lost}$`));
  assert.equal(readFileSync(join(files, "trash", name, "content/0"), "utf8"), "a");

  assert.equal(trashKeptMs, 30 * dayMs);
  const stamp = (agoMs: number) => new Date(Date.now() - agoMs).toISOString().replace(/[-:.]/g, "");
  const [young, old] = [stamp(trashKeptMs - 60_000), stamp(trashKeptMs + 60_000)].map((time) => `${time}-${lost}`);
  for (const entry of [young, old]) writeTree(join(files, "trash", entry ?? ""), { "content/0": "a" });
  await sweep(database);
  assert.deepEqual(inTrash(), [young, name].sort());
});
