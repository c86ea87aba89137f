/** Barcodes that are honoured more than once, or not for now, as a client sees them that knows nothing of either. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { startTestApp } from "../../../tests/support/app.ts";
import { assertError, matched, nokkisClient } from "../../../tests/support/nokkis.ts";
import { terminal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";

const key = "412158754";

/** An event with one barcode, of which other interfaces have set the terms. */
async function openEvent(t: TestContext, terms: string) {
  const started = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"])
    await started.app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(started.url);
  const event = await client.createEvent({ apikeys: ["GateA"] });
  const execute = (command: Command) =>
    started.app.engine.execute({ organizationId: 1, principal: terminal, address: null, command });
  await execute({ verb: "issue", productId: event, code: key, holder: null });
  const sql = async (text: string) => {
    const database = new pg.Client(started.database.address);
    await database.connect();
    await database.query(text).finally(() => database.end());
  };
  await sql(`update product set ${terms}`);
  return {
    event,
    execute,
    sql,
    client,
    use: () => client.ask(`PUT /nokkis/${event}/barcode/${key}`),
    /** Status and valid, in the file of a gate. */
    async inFile() {
      const { text } = await client.ask("GET /nokkis/CLIENT/GateA");
      return `${matched(text, /<status>(\d)</)} ${matched(text, /<valid>(\d)</)}`;
    },
    etag: async () => (await client.ask("GET /nokkis/CLIENT/GateA")).headers.etag,
  };
}

test("a barcode of two uses is status 0 and valid 1 until both are spent, also in the file of a gate", async (t) => {
  const { event, execute, use, inFile, etag } = await openEvent(t, "uses_max = 2");
  assert.match((await use()).text, /<status>0<\/status>\n<valid>1</);
  assert.equal(await inFile(), "0 1");
  assert.match((await use()).text, /<status>1<\/status>\n<valid>0</);
  assert.equal(await inFile(), "1 0");
  assertError(await use(), 43, "Barcode is already used");
  const before = await etag();
  await execute({ verb: "undo", productId: event, code: key, reason: "let in by mistake" });
  assert.notEqual(await etag(), before);
  assert.equal(await inFile(), "0 1");
});

test("a barcode of a day stays valid in the file, and a second use of the day is error 43", async (t) => {
  const { use, inFile } = await openEvent(t, "uses_per = 'day'");
  assert.match((await use()).text, /<status>0<\/status>\n<valid>1</);
  assertError(await use(), 43, "Barcode is already used");
  assert.equal(await inFile(), "0 1");
});

test("a barcode whose holder is inside is used, and is unused again after the exit", async (t) => {
  const { event, execute, use, inFile } = await openEvent(t, "uses_max = null, reentry = 'after_exit'");
  assert.match((await use()).text, /<status>1<\/status>\n<valid>0</);
  assertError(await use(), 43, "Barcode is already used");
  assert.equal(await inFile(), "1 0");
  await execute({ verb: "redeem", productId: event, code: key, direction: "exit" });
  assert.equal(await inFile(), "0 1");
  assert.match((await use()).text, /<status>1</);
});

test("a suspended barcode is error 44 and valid 0, and it is not used", async (t) => {
  const { sql, use, inFile } = await openEvent(t, "uses_max = 1");
  await sql("update entitlement set suspended_at = now()");
  assertError(await use(), 44, "Invalid barcode");
  assert.equal(await inFile(), "0 0");
  await sql("update entitlement set suspended_at = null");
  assert.match((await use()).text, /<status>1</);
});

test("a use that was reported late and does not count is a conflict with its error, until it counts", async (t) => {
  const { event, execute, client, use } = await openEvent(t, "uses_max = 2");
  await use();
  await use();
  const atSeconds = Math.floor(Date.now() / 1000) + 60;
  const body = `<nokkis><action_time>${atSeconds}</action_time></nokkis>`;
  assertError(
    await client.ask(`PUT /nokkis/${event}/barcode/${key}?apikey=GateA`, { body }),
    43,
    "Barcode is already used",
  );
  const conflicts = async () => (await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`)).text;
  const listed = await conflicts();
  assert.match(listed, /<lost>\n<apikey>GateA<\/apikey>/);
  assert.match(listed, /<refusal id="43">Barcode is already used<\/refusal>/);
  assert.doesNotMatch(listed, /<kept>/);
  await execute({ verb: "undo", productId: event, code: key, reason: "let in by mistake", number: 1 });
  assert.doesNotMatch(await conflicts(), /<conflict/);
});
