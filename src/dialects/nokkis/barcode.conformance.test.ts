/** BARCODE, BARCODE_BY_KEY and BARCODE_LIST - http://url/nokkis/<event>/BARCODE, /barcode/<key>, /BARCODE/LIST/<start>(,<end>). */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import {
  allMatched,
  assertAnswer,
  assertDocument,
  assertError,
  emptyNokkis,
  matched,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";
import { anybody } from "../../../tests/support/principals.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

const emptyRequest = { body: "<nokkis> </nokkis>" };
const keyShape = /^<barcode key="(\d+)"/;
/** The answer to BARCODE POST. */
const newKeyShape = /^<barcode key="([1-9]\d{17})" \/>$/m;

/** Issues barcodes with keys of our choice, as those of another server are taken over. */
async function issue(event: number, ...codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    const outcome = await app.app.engine.execute({
      organizationId: 1,
      command: { verb: "issue", productId: event, code, holder: null },
      principal: anybody,
      address: null,
    });
    assert.ok(outcome.ok, code);
  }
}

test("BARCODE POST answers the key of a new barcode, in both spellings of the path", async () => {
  for (const line of ["POST /nokkis/2/BARCODE", "POST /nokkis/2/barcode", "POST /nokkis/2/BARCODE/"]) {
    const answer = await demo.ask(line, emptyRequest);
    assertAnswer(answer, `<barcode key="${matched(answer.text, newKeyShape)}" />`);
  }
});
test("BARCODE POST draws keys of 18 digits that never start with a zero and never repeat", async () => {
  const event = await demo.createEvent({ max: 1_000 });
  const keys = await Promise.all(Array.from({ length: 200 }, () => demo.createBarcode(event)));
  for (const key of keys) assert.match(key, /^[1-9]\d{17}$/);
  assert.equal(new Set(keys).size, keys.length);
});

test("BARCODE POST takes an empty body, a blank one and one with unknown elements", async () => {
  for (const options of [
    {},
    { body: "" },
    { body: " \r\n\t" },
    { body: "<nokkis/>" },
    { body: "<nokkis><x y='1'/></nokkis>" },
  ]) {
    assert.match((await demo.ask("POST /nokkis/2/BARCODE", options)).text, newKeyShape);
  }
});

test("BARCODE POST of the second ticket of an event for one is error 41, as printed", async () => {
  assert.match((await demo.ask("POST /nokkis/3/BARCODE", emptyRequest)).text, newKeyShape);
  assertAnswer(await demo.ask("POST /nokkis/3/BARCODE", emptyRequest), '<error id="41">Event full</error>');
});

test("an invalidated barcode gives its place back, once", async () => {
  const event = await demo.createEvent({ max: 1 });
  const first = await demo.createBarcode(event);
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 41, "Event full");
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/${first}`);
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/${first}`);
  assert.match((await demo.ask(`GET /nokkis/${event}`)).text, /<num_tickets>0</);
  await demo.createBarcode(event);
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 41, "Event full");
  assert.match((await demo.ask(`GET /nokkis/${event}`)).text, /<num_tickets>1</);
});

test("of requests that arrive together for the last places of an event, as many win as there are places", async () => {
  const event = await demo.createEvent({ max: 5 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => demo.ask(`POST /nokkis/${event}/BARCODE`)));
  assert.equal(answers.filter(({ text }) => newKeyShape.test(text)).length, 5);
  assert.equal(answers.filter(({ text }) => text.includes('<error id="41">')).length, 35);
});

test("an event for nobody is full from the start", async () => {
  const event = await demo.createEvent({ max: 0 });
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 41, "Event full");
});

test("BARCODE POST for an event that is not there is error 42", async () => {
  for (const event of ["999999", "x", "9999999999999999999"]) {
    assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`, emptyRequest), 42, "Event doesn't exist");
  }
});

test("BARCODE POST takes the owner under nokkis or under barcode, also as a form", async () => {
  const event = await demo.createEvent();
  const named = async (body: string) => {
    const key = matched((await demo.ask(`POST /nokkis/${event}/BARCODE`, { body })).text, newKeyShape);
    return matched((await demo.ask(`GET /nokkis/${event}/barcode/${key}`)).text, /^(<user.*<\/user>)$/m);
  };
  const under = await named("<nokkis><user>owner@example.com</user></nokkis>");
  const id = matched(under, /^<user id="(\d+)">owner@example.com<\/user>$/);
  assert.equal(await named("<nokkis><barcode><user id='77'>owner@example.com</user></barcode></nokkis>"), under);
  assert.equal(await named("xml=%3Cnokkis%3E%3Cuser%3Eowner%40example.com%3C%2Fuser%3E%3C%2Fnokkis%3E"), under);
  assert.equal(await named("<nokkis><user>  OWNER@Example.COM\n</user></nokkis>"), under, "an e-mail in other case");
  assert.match(await named("<nokkis><user>Owner</user></nokkis>"), /^<user id="\d+">Owner<\/user>$/);
  assert.notEqual(matched(await named("<nokkis><user>owner</user></nokkis>"), /id="(\d+)"/), id, "other text");
  assert.equal(await named("<nokkis><user> </user></nokkis>"), "<user></user>");
});

test("the same owner has the same id in every event, also when asked for at once", async () => {
  const events = await Promise.all([demo.createEvent(), demo.createEvent()]);
  const keys = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const event = events[index % 2] ?? 0;
      return `${event}/BARCODE/${await demo.createBarcode(event, index % 3 === 0 ? "TWIN@example.com" : "twin@example.com")}`;
    }),
  );
  const users = await Promise.all(
    keys.map(async (key) => matched((await demo.ask(`GET /nokkis/${key}`)).text, /<user id="(\d+)">/)),
  );
  assert.equal(new Set(users).size, 1);
});

test("an owner of more than 320 characters is error 3", async () => {
  const ask = (length: number) =>
    demo.ask("POST /nokkis/2/BARCODE", { body: `<nokkis><user>${"u".repeat(length)}</user></nokkis>` });
  assertError(await ask(321), 3, "Invalid xml input");
  assert.match((await ask(320)).text, newKeyShape);
});

test("BARCODE_BY_KEY GET answers the barcode of the sample data, in both spellings and with a request document", async () => {
  const printed = `
<barcode key="983475629310">
<event id="1">Ropecon 2009</event>
<user id="1">foobar@helsinki.fi</user>
<status>0</status>
<valid>1</valid>
</barcode>`;
  for (const path of ["barcode", "BARCODE", "Barcode"]) {
    assertAnswer(await demo.ask(`GET /nokkis/1/${path}/983475629310`, emptyRequest), printed);
  }
  assertAnswer(await demo.ask("GET /nokkis/1/barcode/983475629310/"), printed);
});

test("BARCODE_BY_KEY PUT answers the used barcode as printed: status 1, valid 0", async () => {
  const used = `
<barcode key="83475629310710">
<event id="2">Assembly</event>
<user id="1">foobar@helsinki.fi</user>
<status>1</status>
<valid>0</valid>
</barcode>`;
  assertAnswer(await demo.ask("PUT /nokkis/2/barcode/83475629310710", emptyRequest), used);
  assertAnswer(await demo.ask("GET /nokkis/2/barcode/83475629310710"), used);
  assertError(await demo.ask("PUT /nokkis/2/BARCODE/83475629310710", emptyRequest), 43, "Barcode is already used");
});

test("BARCODE_BY_KEY PUT takes an empty body and a form, and a barcode without an owner has an empty user", async () => {
  const event = await demo.createEvent({ name: "Gate" });
  for (const options of [{}, { body: "" }, { body: "\n" }, { body: "xml=%3Cnokkis%2F%3E" }]) {
    const key = await demo.createBarcode(event);
    const answer = await demo.ask(`PUT /nokkis/${event}/barcode/${key}`, options);
    assertAnswer(
      answer,
      `
<barcode key="${key}">
<event id="${event}">Gate</event>
<user></user>
<status>1</status>
<valid>0</valid>
</barcode>`,
    );
  }
});

test("of requests that use one barcode at once exactly one succeeds", async () => {
  const event = await demo.createEvent();
  const key = await demo.createBarcode(event);
  const answers = await Promise.all(Array.from({ length: 40 }, () => demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`)));
  assert.equal(answers.filter(({ text }) => text.includes("<status>1</status>")).length, 1);
  assert.equal(answers.filter(({ text }) => text.includes('<error id="43">')).length, 39);
});

test("BARCODE_BY_KEY PUT before the event is error 45, after it 46, and leaves the barcode as it was", async () => {
  const now = Math.floor(Date.now() / 1000);
  const later = await demo.createEvent({ start: now + 3_600, end: now + 7_200 });
  const early = await demo.createBarcode(later);
  assertError(await demo.ask(`PUT /nokkis/${later}/BARCODE/${early}`), 45, "Event hasn't started yet");
  assert.match((await demo.ask(`GET /nokkis/${later}/BARCODE/${early}`)).text, /<status>0<\/status>\n<valid>1</);
  assertError(await demo.ask("PUT /nokkis/1/barcode/983475629310"), 46, "Event has already ended");
  assert.match((await demo.ask("GET /nokkis/1/barcode/983475629310")).text, /<status>0<\/status>\n<valid>1</);
});

test("BARCODE_BY_KEY DELETE invalidates for good, and doing it again is a success", async () => {
  const event = await demo.createEvent({ name: "Gone" });
  const key = await demo.createBarcode(event, "guest@example.com");
  assertDocument(await demo.ask(`DELETE /nokkis/${event}/barcode/${key}`, emptyRequest), emptyNokkis);
  assertDocument(await demo.ask(`DELETE /nokkis/${event}/BARCODE/${key}`), emptyNokkis);
  assertError(await demo.ask(`PUT /nokkis/${event}/barcode/${key}`, emptyRequest), 44, "Invalid barcode");
  assert.match(
    (await demo.ask(`GET /nokkis/${event}/barcode/${key}`)).text,
    /<user id="\d+">guest@example.com<\/user>\n<status>0<\/status>\n<valid>0<\/valid>/,
  );
  const log = (await demo.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text;
  assert.deepEqual(allMatched(log, /<action_data>(.*)</), ["barcode_created", "barcode_invalidated"], "logged once");
});

test("a used barcode can be invalidated, and stays used", async () => {
  const event = await demo.createEvent();
  const key = await demo.createBarcode(event);
  await demo.ask(`PUT /nokkis/${event}/BARCODE/${key}`);
  assertDocument(await demo.ask(`DELETE /nokkis/${event}/BARCODE/${key}`), emptyNokkis);
  assert.match((await demo.ask(`GET /nokkis/${event}/BARCODE/${key}`)).text, /<status>1<\/status>\n<valid>0</);
});

test("BARCODE_BY_KEY of a key that is not there, not of this event, or no key at all is error 40", async () => {
  const elsewhere = "2/barcode/983475629310";
  for (const path of [
    "1/barcode/1",
    elsewhere,
    "999999/barcode/983475629310",
    "x/barcode/983475629310",
    "1/barcode/x",
  ]) {
    for (const method of ["GET", "PUT", "DELETE"]) {
      assertError(await demo.ask(`${method} /nokkis/${path}`, emptyRequest), 40, "Barcode not found");
    }
  }
  for (const key of [
    "0983475629310",
    "983475629310%20",
    "+983475629310",
    "98347562931%30%30",
    "983475629310.0",
    "LIST",
    "%00",
  ]) {
    assertError(await demo.ask(`GET /nokkis/1/barcode/${key}`), 40, "Barcode not found");
  }
});

test("percent-encoded digits of a key are digits", async () => {
  assert.match((await demo.ask("GET /nokkis/1/barcode/%39%38%33475629310")).text, /<barcode key="983475629310">/);
});

test("BARCODE GET answers every barcode that was not invalidated, used ones too, in numeric order", async () => {
  const event = await demo.createEvent({ name: "List" });
  await issue(event, "1000", "200", "30", "4");
  await demo.ask(`PUT /nokkis/${event}/BARCODE/200`);
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/30`);
  const lines = (key: string, status: number, valid: number) => `<barcode key="${key}">
<event id="${event}">List</event>
<user></user>
<status>${status}</status>
<valid>${valid}</valid>
</barcode>`;
  const printed = [lines("4", 0, 1), lines("200", 1, 0), lines("1000", 0, 1)].join("\n");
  for (const path of ["BARCODE", "barcode", "BARCODE/", "BARCODE?format=full"]) {
    assertAnswer(await demo.ask(`GET /nokkis/${event}/${path}`), printed);
  }
});

test("BARCODE GET with format=keys answers the second printed form", async () => {
  const event = await demo.createEvent();
  await issue(event, "485736457367873289", "788786878456363452", "654654747560000111", "109378663291111034", "5");
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/5`);
  assertAnswer(
    await demo.ask(`GET /nokkis/${event}/BARCODE?format=keys`),
    `
<event id="${event}">
<barcode key="109378663291111034" />
<barcode key="485736457367873289" />
<barcode key="654654747560000111" />
<barcode key="788786878456363452" />
</event>`,
  );
});

test("the sample data has the barcodes that it promises", async () => {
  const keysOf = async (event: number) => allMatched((await demo.ask(`GET /nokkis/${event}/BARCODE`)).text, keyShape);
  const ropecon = await keysOf(1);
  assert.equal(ropecon.length, 123);
  assert.ok(ropecon.includes("983475629310"));
  const fresh = nokkisClient(app.url);
  const assembly = allMatched((await fresh.ask("GET /nokkis/2/BARCODE?format=keys")).text, keyShape);
  assert.ok(assembly.includes("412158754") && assembly.includes("83475629310710"));
});

test("BARCODE GET and BARCODE_LIST GET of an event that is not there are error 40", async () => {
  for (const path of ["BARCODE", "BARCODE?format=keys", "BARCODE/LIST/1", "BARCODE/LIST/2,1"]) {
    assertError(await demo.ask(`GET /nokkis/999999/${path}`), 40, "Barcode not found");
  }
});

test("an event without barcodes has an empty list in either form", async () => {
  const event = await demo.createEvent();
  const empty = emptyNokkis.replace("> <", ">\n<");
  assertDocument(await demo.ask(`GET /nokkis/${event}/BARCODE`), empty);
  assertDocument(await demo.ask(`GET /nokkis/${event}/BARCODE/LIST/0`), empty);
  assertAnswer(await demo.ask(`GET /nokkis/${event}/BARCODE?format=keys`), `<event id="${event}">\n</event>`);
});

test("BARCODE_LIST GET answers the barcodes between two keys, both included, in numeric order", async () => {
  const event = await demo.createEvent({ name: "Range" });
  await issue(event, "9", "10", "11", "100", "99");
  await demo.ask(`DELETE /nokkis/${event}/BARCODE/11`);
  const listed = async (range: string) =>
    allMatched((await demo.ask(`GET /nokkis/${event}/BARCODE/LIST/${range}`)).text, keyShape);
  assert.deepEqual(await listed("10,99"), ["10", "11", "99"], "invalidated ones too");
  assert.deepEqual(await listed("10%2C99"), ["10", "11", "99"]);
  assert.deepEqual(await listed("10%2c99/"), ["10", "11", "99"]);
  assert.deepEqual(await listed("0,9223372036854775807"), ["9", "10", "11", "99", "100"]);
  assert.deepEqual(await listed("11"), ["11", "99", "100"], "one key: from there upwards");
  assert.deepEqual(await listed("101"), []);
  assert.deepEqual(await listed("99,99"), ["99"]);
  assert.deepEqual(await listed("009,0010"), ["9", "10"], "leading zeros do not matter for order");
  assertAnswer(
    await demo.ask(`GET /nokkis/${event}/barcode/list/11,11`),
    `
<barcode key="11">
<event id="${event}">Range</event>
<user></user>
<status>0</status>
<valid>0</valid>
</barcode>`,
  );
});

test("BARCODE_LIST GET with a start after the end, or with a bad number, is error 50", async () => {
  for (const range of [
    "2,1",
    "100,99",
    "1,2,3",
    "a",
    "1,",
    ",1",
    ",",
    "-1",
    "1,-2",
    "1.5",
    "1;2",
    "1%202",
    "1e3",
    "0x1",
  ]) {
    assertError(await demo.ask(`GET /nokkis/1/BARCODE/LIST/${range}`), 50, "Start before end");
  }
  assertError(await demo.ask(`GET /nokkis/1/BARCODE/LIST/${"9".repeat(20)}`), 50, "Start before end");
});

test("keys keep their leading zeros, and keys of 18 digits that differ in the last are different barcodes", async () => {
  const event = await demo.createEvent();
  const keys = ["007", "07", "7", "123456789012345678", "123456789012345679", "9999999999999999999"];
  await issue(event, ...keys);
  for (const key of keys) {
    assert.match((await demo.ask(`GET /nokkis/${event}/barcode/${key}`)).text, new RegExp(`<barcode key="${key}">`));
  }
  await demo.ask(`PUT /nokkis/${event}/barcode/123456789012345678`);
  await demo.ask(`PUT /nokkis/${event}/barcode/07`);
  const used = async (key: string) =>
    matched((await demo.ask(`GET /nokkis/${event}/barcode/${key}`)).text, /<status>(\d)</);
  assert.deepEqual(await Promise.all(keys.map(used)), ["0", "1", "0", "1", "0", "0"]);
  const { text } = await demo.ask(`GET /nokkis/${event}/BARCODE/LIST/7,123456789012345678`);
  assert.deepEqual(allMatched(text, keyShape), ["007", "07", "7", "123456789012345678"]);
});

test("a key belongs to one event only: the same key cannot be issued for another", async () => {
  const [first, second] = [await demo.createEvent(), await demo.createEvent()];
  await issue(first, "5550001");
  const outcome = await app.app.engine.execute({
    organizationId: 1,
    command: { verb: "issue", productId: second, code: "5550001", holder: null },
    principal: anybody,
    address: null,
  });
  assert.deepEqual(outcome, { ok: false, refusal: "code_taken" });
});

test("a list of several thousand barcodes has each of them once and in order", async () => {
  const event = await demo.createEvent({ max: 10_000 });
  const keys = Array.from({ length: 4_500 }, (_, index) => String(7_000_000 + index * 3));
  await Promise.all(keys.map((key) => issue(event, key)));
  assert.deepEqual(allMatched((await demo.ask(`GET /nokkis/${event}/BARCODE`)).text, keyShape), keys);
  assert.deepEqual(allMatched((await demo.ask(`GET /nokkis/${event}/BARCODE?format=keys`)).text, keyShape), keys);
  const { text } = await demo.ask(`GET /nokkis/${event}/BARCODE/LIST/7000001,7013496`);
  assert.deepEqual(allMatched(text, keyShape), keys.slice(1, -1));
});

test("methods that are not defined for barcodes are error 0 with what is allowed", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["PUT /nokkis/1/BARCODE", "POST, GET, HEAD"],
    ["DELETE /nokkis/1/barcode", "POST, GET, HEAD"],
    ["POST /nokkis/1/barcode/983475629310", "GET, HEAD, PUT, DELETE"],
    ["POST /nokkis/1/BARCODE/LIST/1,2", "GET, HEAD"],
    ["PUT /nokkis/1/BARCODE/LIST/1", "GET, HEAD"],
    ["DELETE /nokkis/1/BARCODE/LIST/1", "GET, HEAD"],
  ];
  for (const [line, allow] of cases) {
    const answer = await demo.ask(line, emptyRequest);
    assertError(answer, 0, "Not defined", 405);
    assert.equal(answer.headers.allow, allow, line);
  }
});
