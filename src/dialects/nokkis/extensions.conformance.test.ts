/** What the specification does not have: idempotency keys, validators, packed answers, and scans that were made offline. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { startTestApp } from "../../../tests/support/app.ts";
import type { Answer } from "../../../tests/support/exchange.ts";
import {
  allMatched,
  assertAnswer,
  assertDocument,
  assertError,
  emptyNokkis,
  eventDocument,
  matched,
  nokkisClient,
  nowSeconds,
} from "../../../tests/support/nokkis.ts";
import { clockAheadMaxMs } from "../../core/admission.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

const logOf = async (event: number) =>
  (await demo.ask(`GET /nokkis/${event}/LOG`)).text + (await demo.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text;

test("a request with the same Idempotency-Key has the same answer, byte for byte, and is carried out once", async () => {
  const event = await demo.createEvent({ name: "Once", apikeys: ["OnceKey"] });
  const key = await demo.createBarcode(event, "guest@example.com");
  const doomed = await demo.createBarcode(event);
  const requests: readonly (readonly [line: string, body?: string])[] = [
    ["POST /nokkis", eventDocument({ name: "Made once" })],
    [`PUT /nokkis/${event}`, "<nokkis><event><name>Changed once</name></event></nokkis>"],
    [`POST /nokkis/${event}/BARCODE`, "<nokkis><user>guest@example.com</user></nokkis>"],
    [`PUT /nokkis/${event}/BARCODE/${key}`],
    [`PUT /nokkis/${event}/BARCODE/1`],
    [`DELETE /nokkis/${event}/BARCODE/${doomed}`],
    [`DELETE /nokkis/${event}`],
  ];
  for (const [index, [line, body = "<nokkis> </nokkis>"]] of requests.entries()) {
    const options = { body, headers: { "idempotency-key": `request-${index}` } };
    const first = await demo.ask(line, options);
    const state = [await logOf(event), (await demo.ask("GET /nokkis")).text];
    for (let repeat = 0; repeat < 3; repeat++) {
      const again = await demo.ask(line, options);
      assert.deepEqual([again.text, again.status], [first.text, first.status], line);
    }
    assert.deepEqual([await logOf(event), (await demo.ask("GET /nokkis")).text], state, line);
  }
});

test("the first answer is repeated even after what it tells of has changed", async () => {
  const event = await demo.createEvent({ name: "Before" });
  const key = await demo.createBarcode(event);
  const options = { headers: { "idempotency-key": "scan-of-a-gate" } };
  const first = await demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`, options);
  assert.match(first.text, /<event id="\d+">Before<\/event>\n<user><\/user>\n<status>1</);
  await demo.ask(`PUT /nokkis/${event}`, { body: "<nokkis><event><name>After</name></event></nokkis>" });
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/${key}`);
  assert.equal((await demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`, options)).text, first.text);
  assertError(await demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`), 44, "Invalid barcode");
});

test("the deletion of an event is repeated as a success, though the event is gone", async () => {
  const event = await demo.createEvent();
  const options = { headers: { "idempotency-key": "deletion" } };
  for (let attempt = 0; attempt < 2; attempt++) {
    assertDocument(await demo.ask(`DELETE /nokkis/${event}`, options), emptyNokkis);
  }
  assertError(await demo.ask(`DELETE /nokkis/${event}`), 22, "Event doesn't exist");
});

test("of requests with one Idempotency-Key that arrive at once all have the same answer", async () => {
  const event = await demo.createEvent();
  const options = { headers: { "idempotency-key": "impatient" } };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => demo.ask(`POST /nokkis/${event}/BARCODE`, options)),
  );
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.match((await demo.ask(`GET /nokkis/${event}`)).text, /<num_tickets>1</);
});

test("an Idempotency-Key that was used for another request is error 0 with the status 422, and nothing is done", async () => {
  const event = await demo.createEvent();
  const [first, second] = [await demo.createBarcode(event), await demo.createBarcode(event)];
  const options = { headers: { "idempotency-key": "used-before" } };
  await demo.ask(`PUT /nokkis/${event}/BARCODE/${first}`, options);
  const words = "Idempotency-Key was used before for another request";
  assertError(await demo.ask(`PUT /nokkis/${event}/BARCODE/${second}`, options), 0, words, 422);
  assertError(await demo.ask(`DELETE /nokkis/${event}/BARCODE/${first}`, options), 0, words, 422);
  const other = { ...options, body: "<nokkis><action_time>1</action_time></nokkis>" };
  assertError(await demo.ask(`PUT /nokkis/${event}/BARCODE/${first}`, other), 0, words, 422);
  assert.match((await demo.ask(`GET /nokkis/${event}/BARCODE/${second}`)).text, /<status>0</);
});

test("two apikeys may use the same Idempotency-Key: each has its own answers", async () => {
  const event = await demo.createEvent({ apikeys: ["NorthGate", "SouthGate"] });
  const [first, second] = [await demo.createBarcode(event), await demo.createBarcode(event)];
  const gate = (apikey: string) => ({ headers: { "idempotency-key": "1", "x-apikey": apikey } });
  const ask = (key: string, apikey: string) => demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`, gate(apikey));
  assert.match((await ask(first, "NorthGate")).text, /<status>1</);
  assert.match((await ask(second, "SouthGate")).text, /<status>1</);
});

test("an Idempotency-Key that cannot be one is error 3, before anything else; a GET does not look at it", async () => {
  for (const key of ["", "two words", "ä", "x".repeat(256), "tab\there"]) {
    const options = { headers: { "idempotency-key": Buffer.from(key, "utf8").toString("latin1") } };
    for (const line of [
      "POST /nokkis",
      "PUT /nokkis/2",
      "DELETE /nokkis/999999",
      "PUT /nokkis/2/BARCODE/412158754?apikey=x",
    ]) {
      assertError(await demo.ask(line, options), 3, "Invalid xml input");
    }
    assert.match((await demo.ask("GET /nokkis/1", options)).text, /<event id="1">/);
  }
  const longest = { headers: { "idempotency-key": `"${"~".repeat(253)}"` } };
  assert.match((await demo.ask("POST /nokkis/2/BARCODE", longest)).text, /<barcode key=/);
});

/** A gate that fetches its file again and again. */
async function gateFile(apikey: string) {
  const terms = { name: "File", apikeys: [apikey] };
  const event = await demo.createEvent(terms);
  let etag = matched((await fetchFile()).headers.etag ?? "", /^(W\/"[0-9a-f]{32}")$/);
  function fetchFile(ifNoneMatch?: string): Promise<Answer> {
    const headers: Record<string, string> = ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch };
    return demo.ask(`GET /nokkis/CLIENT/${apikey}`, { headers });
  }
  return {
    event,
    fetchFile,
    etag: () => etag,
    /** Whether the file is another one than at the last look. */
    async changed(): Promise<boolean> {
      const answer = await fetchFile(etag);
      if (answer.status === 304) return false;
      assert.equal(answer.status, 200);
      etag = answer.headers.etag ?? "";
      return true;
    },
  };
}

test("CLIENT answers 304 without a body as long as nothing in the file has changed", async () => {
  const file = await gateFile("StillGate");
  await demo.createBarcode(file.event);
  assert.equal(await file.changed(), true);
  const full = await file.fetchFile();
  assert.equal(full.headers["cache-control"], "private, no-cache");
  assert.equal(full.headers.vary, "accept-encoding");
  const answer = await file.fetchFile(file.etag());
  assert.equal(answer.status, 304);
  assert.equal(answer.body.length, 0);
  for (const name of ["etag", "cache-control", "vary"]) assert.equal(answer.headers[name], full.headers[name], name);

  const elsewhere = await demo.createEvent();
  await demo.createBarcode(elsewhere);
  await demo.ask(`GET /nokkis/${file.event}`);
  await demo.ask(`PUT /nokkis/${file.event}/BARCODE/1`);
  assert.equal(await file.changed(), false, "another event, a look and a refused scan change nothing");
});

test("the validator of CLIENT changes with everything that the file tells", async () => {
  const file = await gateFile("BusyGate");
  const put = (content: string) =>
    demo.ask(`PUT /nokkis/${file.event}`, { body: `<nokkis><event>${content}</event></nokkis>` });
  const key = await demo.createBarcode(file.event);
  assert.equal(await file.changed(), true, "a barcode was made");
  await demo.ask(`PUT /nokkis/${file.event}/BARCODE/${key}`);
  assert.equal(await file.changed(), true, "a barcode was used");
  await demo.ask(`DELETE /nokkis/${file.event}/BARCODE/${key}`);
  assert.equal(await file.changed(), true, "a barcode was invalidated");
  await put("<name>Renamed</name>");
  assert.equal(await file.changed(), true, "the event was changed");
  const second = await demo.createEvent({ apikeys: ["BusyGate"] });
  assert.equal(await file.changed(), true, "the apikey was given a second event");
  await demo.ask(`PUT /nokkis/${second}`, { body: "<nokkis><event><apikey>Elsewhere</apikey></event></nokkis>" });
  assert.equal(await file.changed(), true, "the second event was taken from the apikey");
  const third = await demo.createEvent({ apikeys: ["BusyGate"] });
  assert.equal(await file.changed(), true);
  await put("<name>Renamed later</name>");
  assert.equal(await file.changed(), true);
  await demo.ask(`DELETE /nokkis/${third}`);
  assert.equal(await file.changed(), true, "an event was deleted that was not the last to change");
  await demo.ask(`DELETE /nokkis/${file.event}`);
  assert.equal(await file.changed(), true, "the event was invalidated");
  assert.equal(await file.changed(), false);
});

test("If-None-Match is understood in every form: weak, strong, in a list, and *", async () => {
  const file = await gateFile("FormsGate");
  const weak = file.etag();
  const strong = weak.slice(2);
  const status = async (header: string) => (await file.fetchFile(header)).status;
  for (const header of [weak, strong, "*", ` ${weak} `, `"other", ${weak}`, `${strong},W/"other"`]) {
    assert.equal(await status(header), 304, header);
  }
  for (const header of ['"other"', 'W/"other"', "", weak.slice(3, -1), strong.toUpperCase().replace(/[A-F]/, "g")]) {
    assert.equal(await status(header), 200, header);
  }
});

test("two apikeys of the same event have different validators, since the file names the apikey", async () => {
  const event = await demo.createEvent({ apikeys: ["TwinA", "TwinB"] });
  await demo.createBarcode(event);
  const [a, b] = [await demo.ask("GET /nokkis/CLIENT/TwinA"), await demo.ask("GET /nokkis/CLIENT/TwinB")];
  assert.notEqual(a.headers.etag, b.headers.etag);
});

test("an unknown apikey is error 11 also with a validator", async () => {
  const answer = await demo.ask("GET /nokkis/CLIENT/nobodys", { headers: { "if-none-match": "*" } });
  assertError(answer, 11, "Invalid apikey");
});

test("a long answer is packed when the client asks for it, and only then", async () => {
  for (const path of [
    "/nokkis/CLIENT/ABCDE12345",
    "/nokkis/1/BARCODE",
    "/nokkis/1/BARCODE/LOG",
    "/nokkis/1/BARCODE?format=keys",
  ]) {
    const plain = await demo.ask(`GET ${path}`);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.headers.vary, "accept-encoding");
    for (const accepted of ["gzip", "gzip, deflate", "deflate, gzip;q=0.5", "x-gzip", "*", "GZIP;Q=1"]) {
      const packed = await demo.ask(`GET ${path}`, { headers: { "accept-encoding": accepted } });
      assert.equal(packed.headers["content-encoding"], "gzip", accepted);
      assert.equal(packed.headers.vary, "accept-encoding");
      assert.ok(packed.body.length < plain.body.length);
      assert.equal(gunzipSync(packed.body).toString("utf8"), plain.text);
    }
    for (const refused of ["gzip;q=0", "identity", "deflate, br", "*;q=0", "gzip;q=0.0, *", ""]) {
      const answer = await demo.ask(`GET ${path}`, { headers: { "accept-encoding": refused } });
      assert.equal(answer.headers["content-encoding"], undefined, refused);
      assert.equal(answer.text, plain.text);
    }
  }
});

test("the file of a gate is packed under the same validator, and is 304 either way", async () => {
  const headers = { "accept-encoding": "gzip" };
  const packed = await demo.ask("GET /nokkis/CLIENT/ABCDE12345", { headers });
  const { etag = "" } = packed.headers;
  assert.equal(etag, (await demo.ask("GET /nokkis/CLIENT/ABCDE12345")).headers.etag);
  for (const more of [headers, {}]) {
    const answer = await demo.ask("GET /nokkis/CLIENT/ABCDE12345", { headers: { ...more, "if-none-match": etag } });
    assert.deepEqual([answer.status, answer.body.length, answer.headers["content-encoding"]], [304, 0, undefined]);
  }
});

/** An app in which time has passed since its event was made, so that scans may lie in the past. */
async function openPast(t: Parameters<typeof startTestApp>[0]) {
  const past = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await past.app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(past.url);
  const made = nowSeconds() + 1;
  const start = made + 100;
  const end = made + 1_000;
  const event = await client.createEvent({ name: "Past", start, end, apikeys: ["GateA", "GateB"] });
  const keys: string[] = [];
  for (let count = 0; count < 4; count++) keys.push(await client.createBarcode(event));
  let passed = 0;
  return {
    client,
    event,
    keys,
    made,
    start,
    end,
    /** Lets time pass until this many seconds after the event was made. */
    passTo(seconds: number) {
      past.advance((seconds - passed) * 1_000);
      passed = seconds;
    },
    scan(key: string | undefined, at?: number | string, apikey?: string) {
      const time = at === undefined ? "" : `<action_time>${at}</action_time>`;
      const presented = apikey === undefined ? "" : `?apikey=${apikey}`;
      return client.ask(`PUT /nokkis/${event}/BARCODE/${key}${presented}`, { body: `<nokkis> ${time}</nokkis>` });
    },
  };
}

test("a scan that was made offline is judged at its own time, first and last second included", async (t) => {
  const { client, event, keys, start, end, passTo, scan } = await openPast(t);
  passTo(5_000);
  assertError(await scan(keys[0]), 46, "Event has already ended");
  assertError(await scan(keys[0], end + 1), 46, "Event has already ended");
  assertError(await scan(keys[0], start - 1), 45, "Event hasn't started yet");
  assert.match((await scan(keys[0], start)).text, /<status>1<\/status>\n<valid>0</);
  assert.match((await scan(keys[1], end)).text, /<status>1<\/status>\n<valid>0</);
  const inBarcode = { body: `<nokkis><barcode><action_time> ${start + 5} </action_time></barcode></nokkis>` };
  assert.match((await client.ask(`PUT /nokkis/${event}/BARCODE/${keys[2]}`, inBarcode)).text, /<status>1</);
  const { text } = await client.ask(`GET /nokkis/${event}/BARCODE/LOG`);
  assert.deepEqual(
    allMatched(text, /<action_time>(\d+)</)
      .slice(-3)
      .map(Number),
    [start, end, start + 5],
  );
});

test("of two scans of one barcode the earlier counts; the other is error 43 and listed as a conflict", async (t) => {
  const { client, event, keys, start, passTo, scan } = await openPast(t);
  const [first = "", second = ""] = keys;
  passTo(500);
  const conflicts = async () => (await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`)).text;
  assertAnswer(await client.ask(`GET /nokkis/${event}/barcode/conflicts`), `<event id="${event}">\n</event>`);

  assert.match((await scan(first, start + 50, "GateA")).text, /<status>1</);
  assertError(await scan(first, start + 60, "GateB"), 43, "Barcode is already used");
  assertError(await scan(first, start + 40, "GateB"), 43, "Barcode is already used");
  assert.match((await scan(second, start + 70)).text, /<status>1</);
  assertError(await scan(second, start - 1, "GateB"), 43, "Barcode is already used");

  const use = (name: string, apikey: string, time: number) =>
    `<${name}>\n<apikey>${apikey}</apikey>\n<ip>127.0.0.1</ip>\n<action_time>${time}</action_time>\n</${name}>`;
  const ids = allMatched(await conflicts(), /<conflict id="(\d+)">/);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => Number(a) - Number(b)),
  );
  assertAnswer(
    await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`),
    `
<event id="${event}">
<conflict id="${ids[0]}">
<barcode key="${first}" />
${use("kept", "GateA", start + 50)}
${use("lost", "GateB", start + 60)}
</conflict>
<conflict id="${ids[1]}">
<barcode key="${first}" />
${use("kept", "GateB", start + 40)}
${use("lost", "GateA", start + 50)}
</conflict>
<conflict id="${ids[2]}">
<barcode key="${second}" />
${use("kept", "", start + 70)}
${use("lost", "GateB", start - 1)}
</conflict>
</event>`,
  );
  // What was displaced stays displaced: a scan between the two is later than the one that counts.
  assertError(await scan(first, start + 45, "GateA"), 43, "Barcode is already used");
  assert.match(
    await conflicts(),
    new RegExp(`${use("kept", "GateB", start + 40)}\n${use("lost", "GateA", start + 45)}`),
  );
});

test("a reported scan that is refused is listed with its error; the same one again is answered as the first time", async (t) => {
  const { client, event, keys, start, end, passTo, scan } = await openPast(t);
  passTo(5_000);
  const first = await scan(keys[0], start + 50, "GateA");
  assert.match(first.text, /<status>1</);
  await client.ask(`DELETE /nokkis/${event}/BARCODE/${keys[1]}`);
  for (let times = 0; times < 2; times++) {
    assert.equal((await scan(keys[0], start + 50, "GateA")).text, first.text);
    assertError(await scan(keys[1], start + 60, "GateB"), 44, "Invalid barcode");
    assertError(await scan(keys[2], end + 1, "GateB"), 46, "Event has already ended");
  }
  const { text } = await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`);
  assert.deepEqual(
    [
      ...text.matchAll(
        /<barcode key="(\d+)" \/>\n<lost>\n<apikey>(\w+)<[\s\S]+?<action_time>(\d+)<[\s\S]+?<refusal id="(\d+)">/g,
      ),
    ].map(([, ...found]) => found),
    [
      [keys[1], "GateB", String(start + 60), "44"],
      [keys[2], "GateB", String(end + 1), "46"],
    ],
  );
});

test("a scan that is reported twice under one Idempotency-Key is no conflict", async (t) => {
  const { client, event, keys, start, passTo } = await openPast(t);
  passTo(500);
  const options = {
    headers: { "idempotency-key": "offline-1" },
    body: `<nokkis><action_time>${start}</action_time></nokkis>`,
  };
  const first = await client.ask(`PUT /nokkis/${event}/BARCODE/${keys[0]}`, options);
  assert.equal((await client.ask(`PUT /nokkis/${event}/BARCODE/${keys[0]}`, options)).text, first.text);
  assertAnswer(await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`), `<event id="${event}">\n</event>`);
});

test("a scan is not from the future: beyond what a clock may run ahead it is error 3, within it is now", async (t) => {
  const { keys, passTo, scan } = await openPast(t);
  passTo(500);
  const ahead = clockAheadMaxMs / 1_000;
  const now = () => nowSeconds() + 500;
  assertError(await scan(keys[0], now() + ahead + 60), 3, "Invalid xml input");
  assert.match((await scan(keys[0], now() + ahead - 60)).text, /<status>1</);
  assert.match((await scan(keys[1], now() + 10)).text, /<status>1</);
});

test("a scan within what a clock may run ahead is logged with the server's own time", async (t) => {
  const { client, event, keys, passTo, scan } = await openPast(t);
  passTo(500);
  const reported = nowSeconds() + 500 + 60;
  await scan(keys[0], reported);
  const { text } = await client.ask(`GET /nokkis/${event}/BARCODE/LOG/${keys[0]}`);
  const logged = Number(allMatched(text, /<action_time>(\d+)</).at(-1));
  assert.ok(logged < reported, `${logged} is before ${reported}`);
});

test("a scan from before the event was made is error 3", async (t) => {
  const { keys, made, passTo, scan } = await openPast(t);
  passTo(500);
  assertError(await scan(keys[0], made - 60), 3, "Invalid xml input");
  assertError(await scan(keys[0], 0), 3, "Invalid xml input");
  assertError(
    await demo.ask("PUT /nokkis/1/BARCODE/983475629310", {
      body: "<nokkis><action_time>1244700000</action_time></nokkis>",
    }),
    3,
    "Invalid xml input",
  );
});

test("an impossible time is told only of a barcode that is there", async () => {
  const body = "<nokkis><action_time>1</action_time></nokkis>";
  assertError(await demo.ask("PUT /nokkis/1/BARCODE/1", { body }), 40, "Barcode not found");
});

test("the time of a scan is in whole seconds: anything else is error 3", async (t) => {
  const { keys, start, passTo, scan } = await openPast(t);
  passTo(500);
  for (const time of [
    "",
    " ",
    "now",
    `${start}.5`,
    `${start}.0`,
    `-${start}`,
    `+${start}`,
    "1e9",
    "0x10",
    `${start}000`,
    "2026-01-01",
  ]) {
    assertError(await scan(keys[0], time), 3, "Invalid xml input");
  }
  assert.match((await scan(keys[0], start)).text, /<status>1</);
});

test("CONFLICTS of an event that is not there is error 24, and other methods are not defined", async () => {
  assertError(await demo.ask("GET /nokkis/999999/BARCODE/CONFLICTS"), 24, "Event not found");
  const answer = await demo.ask("PUT /nokkis/1/BARCODE/CONFLICTS");
  assertError(answer, 0, "Not defined", 405);
  assert.equal(answer.headers.allow, "GET, HEAD");
});
