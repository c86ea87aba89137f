import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findRunningEmbedded } from "../../src/storage/embedded/server.ts";
import { openDoors } from "../support/doors.ts";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import { addManyBarcodes } from "../support/many-barcodes.ts";
import { kill, postgresProcesses, startServer, temporaryFolder } from "../support/server-process.ts";

const away =
  /<error id="1">Server couldn't connect to database<\/error>|<error id="2">Internal database error<\/error>/;

/** Ten seconds, and what a machine that is busy adds. */
const answerMaxMs = 18_000;
const probeMaxMs = 8_000;

async function untilReady(url: string): Promise<void> {
  await eventually("a database that answers", async () => (await exchange(url, "GET /readyz")).status === 200);
}

describe("while the database is away requests are told so, and work goes on by itself when it is back", {
  concurrency: true,
}, () => {
  test("PostgreSQL is killed under load", async (t) => {
    const dataDir = temporaryFolder(t);
    const server = await startServer(t, { DATA_DIR: dataDir }, ["demo"]);
    const { url } = server;
    const database = await findRunningEmbedded(dataDir);
    assert.ok(database !== undefined);
    const keys = await addManyBarcodes(database, 2, 8_000);
    const doors = openDoors(url, keys);
    const killed = postgresProcesses(dataDir);
    await doors.untilUsed(300);
    // It cannot be started again before its files are back.
    const cluster = join(dataDir, "postgres");
    renameSync(cluster, `${cluster}.away`);
    for (const pid of killed) kill(pid, "SIGKILL");

    await eventually("a database that is away", async () => (await exchange(url, "GET /readyz")).status !== 200);
    const ready = await exchange(url, "GET /readyz");
    assert.equal(ready.status, 503);
    assert.equal(ready.text, "the database does not answer\n");
    assert.equal((await exchange(url, "GET /healthz")).status, 200);
    assert.match((await exchange(url, "PUT /nokkis/2/barcode/412158754")).text, away);
    renameSync(`${cluster}.away`, cluster);
    await untilReady(url);
    const told = await doors.closed;
    assert.deepEqual(told.unanswered, []);
    const failed = told.others.filter((text) => !text.includes('<error id="43">'));
    assert.ok(failed.length > 0, "some requests met the gap");
    for (const text of new Set(failed)) assert.match(text, away);
    assert.ok(told.used.length > 0);
    assert.equal(server.child.exitCode, null);

    const again = await openDoors(url, told.used.slice(0, 1_000)).closed;
    assert.deepEqual(again.used, [], "what was answered as used stays used");
    assert.equal((await server.stop()).code, 0);
  });

  test("PostgreSQL stops answering without closing a connection", async (t) => {
    const dataDir = temporaryFolder(t);
    const server = await startServer(t, { DATA_DIR: dataDir }, ["demo"]);
    const { url } = server;
    assert.equal((await exchange(url, "GET /nokkis/2/barcode/412158754")).status, 200);
    const paused = postgresProcesses(dataDir);
    for (const pid of paused) kill(pid, "SIGSTOP");
    t.after(() => {
      for (const pid of paused) kill(pid, "SIGCONT");
    });

    // One for each way to the database.
    const lines = [
      "PUT /nokkis/2/barcode/412158754",
      "GET /nokkis/2/barcode/412158754",
      "GET /nokkis/2/BARCODE",
      "POST /nokkis/2/BARCODE",
    ];
    const ask = async (line: string) => {
      const sentAtMs = performance.now();
      const { text, status } = await exchange(url, line);
      assert.equal(status, 200);
      assert.match(text, away, line);
      assert.ok(performance.now() - sentAtMs < answerMaxMs, `${line} is answered while somebody still waits at a door`);
    };
    const asked = Promise.all(lines.map(ask));
    const probedAtMs = performance.now();
    assert.equal((await exchange(url, "GET /readyz")).status, 503);
    assert.ok(performance.now() - probedAtMs < probeMaxMs, "a probe is answered soon");
    assert.equal((await exchange(url, "GET /healthz")).status, 200);
    // Those before them have taken connections and wait themselves.
    await Promise.all([...lines, ...lines].map(ask));
    await asked;
    const nothing = await exchange(url, "GET /nokkis/2/nothing/here");
    assert.match(nothing.text, /<error id="0">Not defined<\/error>/, "what needs no database does not wait for it");

    for (const pid of paused) kill(pid, "SIGCONT");
    await untilReady(url);
    const used = await exchange(url, "PUT /nokkis/2/barcode/83475629310710");
    assert.match(used.text, /<status>1<\/status>/);
    assert.equal((await server.stop()).code, 0);
  });
});
