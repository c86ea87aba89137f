import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { findRunningEmbedded } from "../../src/storage/embedded/server.ts";
import { openDoors } from "../support/doors.ts";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import { addManyBarcodes } from "../support/many-barcodes.ts";
import { openConnection } from "../support/raw-connection.ts";
import {
  databaseEnvironment,
  postgresProcesses,
  startProcess,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

test("at a signal every request that was sent is answered, nothing answered is lost, and the database stops too", async (t) => {
  const environment = { DATA_DIR: temporaryFolder(t) };
  let server = await startServer(t, environment, ["demo"]);
  const database = await findRunningEmbedded(environment.DATA_DIR);
  assert.ok(database !== undefined);
  const keys = [...(await addManyBarcodes(database, 2, 60_000))];
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const doors = openDoors(server.url, keys.splice(0, 20_000));
    await doors.untilUsed(300);
    const end = await server.stop(signal);
    const told = await doors.closed;
    assert.equal(end.code, 0);
    assert.ok(told.used.length < 20_000, "the signal came in the middle");
    assert.deepEqual(told.unanswered, []);
    assert.deepEqual(told.others, [], "whoever was answered was served");
    assert.deepEqual(postgresProcesses(environment.DATA_DIR), []);
    await assert.rejects(openConnection(server.url));

    server = await startServer(t, environment, ["demo"]);
    const again = await openDoors(server.url, told.used).closed;
    assert.deepEqual(again.used, [], "what was used stays used");
    assert.ok(again.others.every((text) => text.includes('<error id="43">')));
    assert.equal(again.others.length, told.used.length);
  }
  assert.equal((await server.stop()).code, 0);
});

describe("a server stops", { concurrency: true }, () => {
  test("without waiting for connections on which nothing is under way", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const server = await startServer(t, environment, ["demo"]);
    const open = () => openConnection(server.url);
    const silent = await Promise.all(Array.from({ length: 50 }, open));
    const idle = await Promise.all(Array.from({ length: 50 }, open));
    const halfSent = await open();
    halfSent.send("GET /nokkis HTTP/1.1\r\nHo");
    for (const connection of idle) {
      connection.send("GET /nokkis/1 HTTP/1.1\r\nHost: a\r\n\r\n");
      assert.equal((await connection.answer()).status, 200);
    }
    const startedAtMs = performance.now();
    assert.equal((await server.stop()).code, 0);
    assert.ok(performance.now() - startedAtMs < 8_000, "long before any of them would time out");
    await Promise.all([...silent, ...idle, halfSent].map(({ closed }) => closed));
  });

  test("after the answers that are under way, unless a second signal ends it and its database at once", async (t) => {
    const dataDir = temporaryFolder(t);
    const server = await startServer(t, { DATA_DIR: dataDir }, ["demo"]);
    const database = await findRunningEmbedded(dataDir);
    assert.ok(database !== undefined);
    await addManyBarcodes(database, 2, 100_000);
    const reader = await openConnection(server.url);
    t.after(() => reader.destroy());
    reader.socket.pause();
    reader.send("GET /nokkis/2/BARCODE HTTP/1.1\r\nHost: a\r\n\r\n");
    await pause(1_000);
    server.child.kill("SIGTERM");
    await server.untilPrinted(/finishes what is under way/);
    await pause(1_000);
    assert.equal(server.child.exitCode, null, "it waits");
    assert.notDeepEqual(postgresProcesses(dataDir), []);
    server.child.kill("SIGINT");
    assert.equal((await server.ended).code, 1);
    await eventually("the end of PostgreSQL", () => postgresProcesses(dataDir).length === 0);
  });

  test("cleanly when nobody reads its output any more", async (t) => {
    const { environment } = await databaseEnvironment(t);
    const server = await startServer(t, environment, ["demo"]);
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    assert.equal((await exchange(server.url, "GET /nokkis")).status, 200);
    assert.equal((await server.stop()).code, 0);
  });

  test("also when it is told to while it starts", async (t) => {
    const { environment } = await databaseEnvironment(t, { empty: true });
    const starting = startProcess(t, ["serve"], environment);
    await starting.untilPrinted(/first start/);
    assert.equal((await starting.stop()).code, 0);
  });
});
