/** EVENT_LOG, BARCODE_LOG and BARCODE_ID_LOG - http://url/nokkis/<event>/LOG, /BARCODE/LOG, /BARCODE/LOG/<start>(,<end>). */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import pg from "pg";
import pino from "pino";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { createTestDatabase } from "../../../tests/support/database.ts";
import {
  allMatched,
  assertAnswer,
  assertError,
  matched,
  type NokkisClient,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";
import { setUpOf } from "../../../tests/support/set-up.ts";
import { createApp } from "../../app.ts";

let app: TestApp;
let open: NokkisClient;
/** The first event of all, and its barcodes in the order in which they were made. */
let event: number;
let keys: string[];
/** When each action was done, in Unix seconds, by number. */
let times: string[];

// The actions 0 to 8: three barcodes, one of them used, one invalidated, and another event in between.
before(async () => {
  app = await startTestApp(undefined);
  await app.app.administration.putSetting(1, "nokkis.gate", "open");
  await app.app.administration.putSetting(1, "nokkis.admin", "open");
  await forgetLog(app);
  open = nokkisClient(app.url);
  event = await open.createEvent({ name: "Log", apikeys: ["82734728737"] });
  keys = [await open.createBarcode(event), await open.createBarcode(event)];
  const other = await open.createEvent();
  keys.push(await open.createBarcode(event));
  await open.createBarcode(other);
  await open.ask(`PUT /nokkis/${event}`, { body: "<nokkis><event><name>Logged</name></event></nokkis>" });
  await open.ask(`PUT /nokkis/${event}/BARCODE/${keys[0]}?apikey=82734728737`);
  await open.ask(`DELETE /nokkis/${event}/BARCODE/${keys[1]}`);
  const log = (await open.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text;
  const eventLog = (await open.ask(`GET /nokkis/${event}/LOG`)).text;
  times = [];
  for (const [, id, time] of `${log}${eventLog}`.matchAll(/<action id="(\d+)">.*?<action_time>(\d+)</gs)) {
    times[Number(id)] = time ?? "";
  }
});
after(() => app.stop());

/** Removes every line of the log and begins to count anew, so that the next one is the first of all. */
async function forgetLog({ database }: TestApp): Promise<void> {
  const client = new pg.Client(database.address);
  await client.connect();
  await client.query("truncate action; alter sequence action_id_seq restart");
  await client.end();
}

const barcodeAction = (id: number, key: string | undefined, apikey: string, word: string) => `<action id="${id}">
<barcode key="${key}" />
<apikey>${apikey}</apikey>
<ip>127.0.0.1</ip>
<action_time>${times[id]}</action_time>
<action_data>${word}</action_data>
</action>`;

const eventAction = (id: number, word: string) => `<action id="${id}">
<ip>127.0.0.1</ip>
<action_time>${times[id]}</action_time>
<action_data>${word}</action_data>
</action>`;

const inEvent = (...actions: readonly string[]) => `<event id="${event}">\n${[...actions, "</event>"].join("\n")}`;

test("EVENT_LOG GET answers what was done to the event, ascending from the first action of all, 0", async () => {
  const printed = inEvent(eventAction(0, "event_created"), eventAction(6, "event_modified"));
  for (const path of ["LOG", "log", "LOG/"]) {
    assertAnswer(await open.ask(`GET /nokkis/${event}/${path}`, { body: "<nokkis> </nokkis>" }), printed);
  }
});

test("BARCODE_LOG GET answers what was done to the barcodes, with the apikey that was presented", async () => {
  const printed = inEvent(
    barcodeAction(1, keys[0], "", "barcode_created"),
    barcodeAction(2, keys[1], "", "barcode_created"),
    barcodeAction(4, keys[2], "", "barcode_created"),
    barcodeAction(7, keys[0], "82734728737", "barcode_used"),
    barcodeAction(8, keys[1], "", "barcode_invalidated"),
  );
  for (const path of ["BARCODE/LOG", "barcode/log", "BARCODE/LOG/"]) {
    assertAnswer(await open.ask(`GET /nokkis/${event}/${path}`, { body: "<nokkis> </nokkis>" }), printed);
  }
});

test("the time of an action is the time at which it was done", () => {
  const now = Date.now() / 1000;
  for (const id of [0, 1, 2, 4, 6, 7, 8]) {
    assert.ok(Number(times[id]) <= now && Number(times[id]) > now - 600, `action ${id} at ${times[id]}`);
  }
});

test("BARCODE_ID_LOG GET of one key answers the actions of that barcode only", async () => {
  const printed = inEvent(
    barcodeAction(1, keys[0], "", "barcode_created"),
    barcodeAction(7, keys[0], "82734728737", "barcode_used"),
  );
  for (const path of [`BARCODE/LOG/${keys[0]}`, `barcode/log/${keys[0]}/`, `BARCODE/LOG/${keys[0]},${keys[0]}`]) {
    assertAnswer(await open.ask(`GET /nokkis/${event}/${path}`, { body: "<nokkis> </nokkis>" }), printed);
  }
});

test("BARCODE_ID_LOG GET of a range answers the actions of the barcodes between two keys, both included", async () => {
  const [low, middle, high] = [...keys].sort();
  const named = async (range: string) =>
    allMatched((await open.ask(`GET /nokkis/${event}/BARCODE/LOG/${range}`)).text, /<barcode key="(\d+)"/);
  const all = [keys[0], keys[1], keys[2], keys[0], keys[1]];
  assert.deepEqual(await named(`${low},${high}`), all);
  assert.deepEqual(await named(`${low}%2C${high}`), all);
  assert.deepEqual(await named("0,9999999999999999999"), all);
  assert.deepEqual(
    await named(`${low},${middle}`),
    all.filter((key) => key !== high),
  );
  assert.deepEqual(
    await named(`${middle}%2c${high}`),
    all.filter((key) => key !== low),
  );
  assert.deepEqual(await named("1"), [], "a key that is not there");
  assert.deepEqual(await named("1,2"), []);
});

test("BARCODE_ID_LOG GET with a start after the end, or with a bad number, is error 50", async () => {
  for (const range of ["2,1", "a", "1,", ",1", "1,2,3", "-1", "1.5", "9".repeat(20)]) {
    assertError(await open.ask(`GET /nokkis/${event}/BARCODE/LOG/${range}`), 50, "Start before end");
  }
});

test("since leaves out every action up to that number, in each log", async () => {
  const ids = async (path: string) =>
    allMatched((await open.ask(`GET /nokkis/${event}/${path}`)).text, /<action id="(\d+)"/);
  assert.deepEqual(await ids("LOG?since=0"), ["6"]);
  assert.deepEqual(await ids("LOG?since=6"), []);
  assert.deepEqual(await ids("BARCODE/LOG?since=2"), ["4", "7", "8"]);
  assert.deepEqual(await ids("BARCODE/LOG?since=3"), ["4", "7", "8"]);
  assert.deepEqual(await ids("BARCODE/LOG?since=999999999999999"), []);
  assert.deepEqual(await ids(`BARCODE/LOG/${keys[0]}?since=1`), ["7"]);
  assert.deepEqual(await ids("BARCODE/LOG?unknown=1"), ["1", "2", "4", "7", "8"]);
});

test("since with a bad number is error 50", async () => {
  for (const since of ["", "x", "-1", "1.5", "1e3", "1%202", "9999999999999999"]) {
    for (const path of ["LOG", "BARCODE/LOG", `BARCODE/LOG/${keys[0]}`]) {
      assertError(await open.ask(`GET /nokkis/${event}/${path}?since=${since}`), 50, "Start before end");
    }
  }
});

test("logs of an event that is not there are error 24", async () => {
  for (const path of ["999999/LOG", "999999/BARCODE/LOG", "999999/BARCODE/LOG/1", "x/LOG", "x/BARCODE/LOG/2,1"]) {
    assertError(await open.ask(`GET /nokkis/${path}`), 24, "Event not found");
  }
});

test("a refused scan is recorded with its reason, and is in none of the documented logs", async () => {
  const before = (await open.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text;
  for (const key of [keys[0], keys[1], "1"]) await open.ask(`PUT /nokkis/${event}/BARCODE/${key}?apikey=82734728737`);
  assert.equal((await open.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text, before);

  const database = new pg.Client(app.database.address);
  await database.connect();
  const { rows } = await database.query(
    "select code, refusal, address, access_key_id is not null as by_gate from action where refusal is not null order by id",
  );
  await database.end();
  const recorded = (code: string | undefined, refusal: string) => ({
    code,
    refusal,
    address: "127.0.0.1",
    by_gate: true,
  });
  assert.deepEqual(rows, [
    recorded(keys[0], "already_redeemed"),
    recorded(keys[1], "entitlement_revoked"),
    recorded("1", "entitlement_not_found"),
  ]);
});

test("a log of several thousand actions has each of them once and in order, also from a number on", async () => {
  const many = await open.createEvent({ max: 10_000 });
  const made = await Promise.all(Array.from({ length: 4_100 }, () => open.createBarcode(many)));
  const { text } = await open.ask(`GET /nokkis/${many}/BARCODE/LOG`);
  const ids = allMatched(text, /<action id="(\d+)"/).map(Number);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  assert.deepEqual(allMatched(text, /<barcode key="(\d+)"/).toSorted(), made.sort());
  const from = await open.ask(`GET /nokkis/${many}/BARCODE/LOG?since=${ids[1_999]}`);
  assert.deepEqual(allMatched(from.text, /<action id="(\d+)"/).map(Number), ids.slice(2_000));
});

test("LOG: PUT, POST and DELETE are not defined, and LOG is not taken for the key of a barcode", async () => {
  for (const method of ["PUT", "POST", "DELETE"]) {
    for (const path of ["LOG", "BARCODE/LOG", "BARCODE/LOG/1", "BARCODE/LOG/1,2"]) {
      const answer = await open.ask(`${method} /nokkis/${event}/${path}`, { body: "<nokkis> </nokkis>" });
      assertError(answer, 0, "Not defined", 405);
      assert.equal(answer.headers.allow, "GET, HEAD");
    }
  }
});

test("the ip is the address of the socket; X-Forwarded-For counts only from a proxy that is configured", async (t) => {
  const forwarded = { headers: { "x-forwarded-for": "203.0.113.7" } };
  const key = await open.createBarcode(event);
  await open.ask(`PUT /nokkis/${event}/BARCODE/${key}`, forwarded);
  const ips = (text: string) => allMatched(text, /<ip>(.*)</);
  assert.deepEqual(ips((await open.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`)).text), ["127.0.0.1", "127.0.0.1"]);

  const database = await createTestDatabase();
  const behindProxy = createApp({
    database: database.address,
    secretKeys: [randomBytes(32)],
    filesDir: "/nonexistent",
    log: pino({ level: "silent" }),
    trustedProxies: ["127.0.0.1"],
  });
  t.after(async () => {
    await behindProxy.close();
    await database.drop();
  });
  await behindProxy.administration.ensureOrganization(1, "Test");
  await setUpOf(behindProxy).putSetting(1, "nokkis.admin", "open");
  const proxied = nokkisClient(await behindProxy.server.listen({ host: "127.0.0.1", port: 0 }), forwarded.headers);
  const created = await proxied.createEvent();
  assert.equal(matched((await proxied.ask(`GET /nokkis/${created}/LOG`)).text, /<ip>(.*)</), "203.0.113.7");
});
