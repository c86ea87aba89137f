import assert from "node:assert/strict";
import { test } from "node:test";
import { findRunningEmbedded } from "../../src/storage/embedded/server.ts";
import { openDoors } from "../support/doors.ts";
import { exchange } from "../support/exchange.ts";
import { addManyBarcodes } from "../support/many-barcodes.ts";
import { matched } from "../support/nokkis.ts";
import {
  kill,
  postgresProcesses,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

/** Ends the server and its database in the same instant, as the power being cut does. */
async function crash(server: ServerProcess, dataDir: string): Promise<void> {
  const victims = [server.pid, ...postgresProcesses(dataDir)];
  assert.ok(victims.length > 1, "there is a database to kill");
  for (const pid of victims) kill(pid, "SIGKILL");
  await server.ended;
}

test("what was answered survives that server and database are killed in the next instant", async (t) => {
  const environment = { DATA_DIR: temporaryFolder(t) };
  const first = await startServer(t, environment, ["demo"]);
  const scan = { headers: { "idempotency-key": "scan-0001" } };
  const sale = { headers: { "idempotency-key": "sale-0001" } };
  const sold = await exchange(first.url, "POST /nokkis/2/BARCODE", sale);
  const used = await exchange(first.url, "PUT /nokkis/2/barcode/412158754", scan);
  await crash(first, environment.DATA_DIR);
  assert.match(used.text, /<status>1<\/status>\n<valid>0<\/valid>/);
  const key = matched(sold.text, /<barcode key="(\d{18})"/);

  const second = await startServer(t, environment, ["demo"]);
  const { url } = second;
  assert.match(
    (await exchange(url, "PUT /nokkis/2/barcode/412158754")).text,
    /<error id="43">Barcode is already used</,
  );
  assert.match((await exchange(url, `GET /nokkis/2/barcode/${key}`)).text, /<status>0<\/status>\n<valid>1<\/valid>/);
  const repeatedScan = await exchange(url, "PUT /nokkis/2/barcode/412158754", scan);
  assert.equal(repeatedScan.text, used.text, "the same request gets the first answer");
  assert.equal((await exchange(url, "POST /nokkis/2/BARCODE", sale)).text, sold.text);
  const log = (await exchange(url, "GET /nokkis/2/BARCODE/LOG/412158754")).text;
  assert.equal(log.split("barcode_used").length - 1, 1, "and its line of the log is there, once");

  // The same under load: the change is there for every answer that came.
  const database = await findRunningEmbedded(environment.DATA_DIR);
  assert.ok(database !== undefined);
  const keys = await addManyBarcodes(database, 2, 20_000);
  const doors = openDoors(url, keys);
  await doors.untilUsed(300);
  await crash(second, environment.DATA_DIR);
  const told = await doors.closed;
  assert.ok(told.used.length < keys.length, "the crash came in the middle");

  const third = await startServer(t, environment, ["demo"]);
  const again = await openDoors(third.url, told.used).closed;
  assert.deepEqual(again.used, [], "no barcode is let in twice");
  assert.ok(again.others.every((text) => text.includes('<error id="43">')));
  assert.equal(again.others.length, told.used.length);
  assert.equal((await third.stop()).code, 0);
});
