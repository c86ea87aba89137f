import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { exchange } from "../support/exchange.ts";
import { addManyBarcodes } from "../support/many-barcodes.ts";
import { openConnection, type RawConnection } from "../support/raw-connection.ts";
import { databaseEnvironment, residentBytes, startServer } from "../support/server-process.ts";

const memoryGrowthMaxBytes = 150 * 1024 * 1024;

const { database, environment } = await databaseEnvironment({ after });
const server = await startServer({ after }, environment, ["demo"]);
const { url } = server;

async function openMany(count: number): Promise<readonly RawConnection[]> {
  const connections: RawConnection[] = [];
  while (connections.length < count) {
    connections.push(...(await Promise.all(Array.from({ length: 20 }, () => openConnection(url)))));
  }
  return connections;
}

test("two thousand connections that say nothing, or half of something, cost little and keep nobody out", async () => {
  await exchange(url, "GET /nokkis");
  const before = residentBytes(server.pid);
  const connections = await openMany(2_000);
  for (const [index, connection] of connections.entries()) {
    if (index % 3 === 1) connection.send("PUT /nokkis/2/barcode/1 HTTP/1.1\r\nHo");
    if (index % 3 === 2)
      connection.send("PUT /nokkis/2/barcode/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n<nok");
  }
  for (let round = 0; round < 20; round++) assert.equal((await exchange(url, "GET /nokkis")).status, 200);
  const grown = residentBytes(server.pid) - before;
  assert.ok(grown < memoryGrowthMaxBytes, `it holds ${grown} bytes more`);
  for (const connection of connections) connection.destroy();
});

test("clients that do not read a long answer cost little, and one that reads slowly gets all of it", async () => {
  const keys = await addManyBarcodes(database.address, 2, 100_000);
  const readWhole = () => exchange(url, "GET /nokkis/CLIENT/ABCDE12345");
  // The memory that a process takes for such answers to clients that do read is not the question.
  const [whole] = await Promise.all(Array.from({ length: 6 }, readWhole));
  assert.ok(whole !== undefined);
  const before = residentBytes(server.pid);
  const connections = await openMany(40);
  for (const connection of connections) {
    connection.socket.pause();
    connection.send("GET /nokkis/CLIENT/ABCDE12345 HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  let grown = 0;
  for (let looks = 0; looks < 20; looks++) {
    await pause(200);
    grown = Math.max(grown, residentBytes(server.pid) - before);
  }
  assert.ok(whole.body.length * connections.length > 2 * memoryGrowthMaxBytes, "kept whole, the answers were too much");
  assert.ok(grown < memoryGrowthMaxBytes, `it holds ${grown} bytes more`);
  assert.equal((await exchange(url, "GET /nokkis/1")).status, 200, "nobody else has to wait for them");

  const [slow, ...others] = connections;
  assert.ok(slow !== undefined);
  for (const other of others) other.destroy();
  slow.socket.resume();
  const answer = await slow.answer();
  assert.equal(answer.text.split("<barcode ").length - 1, keys.length + 123 + 100);
  assert.ok(answer.text.endsWith("</nokkis>\n"));
  slow.destroy();
});

test("clients that go away in the middle of anything leave no trace", async () => {
  const before = residentBytes(server.pid);
  for (let round = 0; round < 2; round++) {
    const connections = await openMany(100);
    for (const [index, connection] of connections.entries()) {
      connection.send(
        index % 2 === 0
          ? "GET /nokkis/2/BARCODE HTTP/1.1\r\nHost: a\r\n\r\n"
          : "PUT /nokkis/2/barcode/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n<nok",
      );
    }
    await pause(20);
    for (const connection of connections) connection.socket.resetAndDestroy();
  }
  assert.equal((await exchange(url, "GET /readyz")).status, 200);
  const grown = residentBytes(server.pid) - before;
  assert.ok(grown < memoryGrowthMaxBytes, `it holds ${grown} bytes more`);
  const end = await server.stop();
  assert.equal(end.code, 0);
  const wrong = end.stderr.split("\n").filter((text) => /"level":[456]0|Warning|^\s+at /.test(text));
  assert.deepEqual(wrong, [], "nothing of it is the server's fault");
});
