/** Error-handling: every error of the specification, what produces it, its words and its status; and which comes first. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import pg from "pg";
import pino from "pino";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { createTestDatabase } from "../../../tests/support/database.ts";
import { basic, type ExchangeOptions } from "../../../tests/support/exchange.ts";
import {
  assertDocument,
  assertError,
  emptyNokkis,
  eventDocument,
  type NokkisClient,
  nokkisClient,
  nowSeconds,
} from "../../../tests/support/nokkis.ts";
import { openRelay } from "../../../tests/support/relay.ts";
import { setUpOf } from "../../../tests/support/set-up.ts";
import { hashPassword } from "../../access/password.ts";
import { createApp } from "../../app.ts";

/** An organization with the sample data, and barcodes in every state; its clients present nothing. */
interface Scene {
  readonly app: TestApp;
  readonly client: NokkisClient;
  /** Runs now, with the barcodes `used`, `invalid`. */
  readonly event: number;
  readonly used: string;
  readonly invalid: string;
  /** Has not begun, with the barcode `early`. */
  readonly later: number;
  readonly early: string;
  /** Is for nobody. */
  readonly full: number;
}

async function setScene(httpStatus: "200" | "semantic"): Promise<Scene> {
  const app = await startTestApp(undefined, { demo: true });
  await app.app.administration.putSetting(1, "nokkis.httpStatus", httpStatus);
  const client = nokkisClient(app.url);
  const event = await client.createEvent();
  const [used, invalid] = [await client.createBarcode(event), await client.createBarcode(event)];
  await client.ask(`PUT /nokkis/${event}/BARCODE/${used}`);
  await client.ask(`DELETE /nokkis/${event}/BARCODE/${invalid}`);
  const later = await client.createEvent({ start: nowSeconds() + 50_000 });
  const early = await client.createBarcode(later);
  return { app, client, event, used, invalid, later, early, full: await client.createEvent({ max: 0 }) };
}

let plain: Scene;
let semantic: Scene;
before(async () => {
  [plain, semantic] = await Promise.all([setScene("200"), setScene("semantic")]);
});
after(() => Promise.all([plain.app.stop(), semantic.app.stop()]));

const named = (terms: string) => ({ body: `<nokkis><event>${terms}</event></nokkis>` });

type Line = readonly [
  id: number,
  words: string,
  semanticStatus: number,
  requests: (scene: Scene) => readonly (readonly [line: string, options?: ExchangeOptions])[],
];

/** The table of the specification, its words to the letter; 0 and 25 are ours. Errors 1 and 2 have tests of their own. */
const table: readonly Line[] = [
  [
    3,
    "Invalid xml input",
    400,
    ({ event }) => [
      ["POST /nokkis", { body: "<nokkis>" }],
      ["POST /nokkis", { body: "<nokkis> </nokkis>" }],
      [`PUT /nokkis/${event}`, { body: "nokkis" }],
      [`DELETE /nokkis/${event}`, { body: "<nokkis></nokki>" }],
      [`POST /nokkis/${event}/BARCODE`, { body: "<tickets/>" }],
      [`PUT /nokkis/${event}/BARCODE/1`, { body: "<nokkis/><nokkis/>" }],
      [`DELETE /nokkis/${event}/BARCODE/1`, { body: "<nokkis>&nbsp;</nokkis>" }],
      // What fails before a handler is reached has the organization's status, too.
      ["POST /nokkis", { body: `<nokkis>${" ".repeat(70_000)}</nokkis>` }],
      ["GET /nokkis/%zz"],
    ],
  ],
  [10, "Insufficient privileges", 403, () => [["GET /nokkis/2/BARCODE?apikey=897cshdsd7f89"]]],
  [
    11,
    "Invalid apikey",
    401,
    () => [["GET /nokkis/CLIENT/nobodys"], ["GET /nokkis/1/BARCODE", { headers: { "x-apikey": "nobodys" } }]],
  ],
  [
    20,
    "Invalid name",
    400,
    () => [
      ["POST /nokkis", { body: eventDocument({ name: " " }) }],
      ["PUT /nokkis/1", named("<name/>")],
    ],
  ],
  [
    21,
    "End time before start time",
    400,
    () => [
      ["POST /nokkis", { body: eventDocument({ start: 1_122_552, end: 842_222 }) }],
      ["PUT /nokkis/1", named("<startdate>1244905201</startdate>")],
    ],
  ],
  [22, "Event doesn't exist", 404, () => [["PUT /nokkis/999999", named("")], ["DELETE /nokkis/999999"]]],
  [
    23,
    "Apikeys must be alphanumeric",
    400,
    () => [
      ["POST /nokkis", { body: eventDocument({ apikeys: ["a-b"] }) }],
      ["PUT /nokkis/1", named("<apikey>ö</apikey>")],
    ],
  ],
  [
    24,
    "Event not found",
    404,
    () => [
      ["GET /nokkis/999999"],
      ["GET /nokkis/999999/LOG"],
      ["GET /nokkis/999999/KEY"],
      ["GET /nokkis/999999/BARCODE/LOG"],
    ],
  ],
  [
    25,
    "More barcodes than new value of max tickets",
    409,
    () => [["PUT /nokkis/1", named("<max_tickets>122</max_tickets>")]],
  ],
  [30, "Apikey not found", 404, () => [["GET /nokkis/1/KEY/nobodys"]]],
  [
    40,
    "Barcode not found",
    404,
    ({ event }) => [
      [`GET /nokkis/${event}/BARCODE/1`],
      [`PUT /nokkis/${event}/BARCODE/1`],
      [`DELETE /nokkis/${event}/BARCODE/1`],
      ["GET /nokkis/999999/BARCODE"],
      ["GET /nokkis/999999/BARCODE/LIST/1"],
    ],
  ],
  [41, "Event full", 409, ({ full }) => [[`POST /nokkis/${full}/BARCODE`]]],
  [42, "Event doesn't exist", 404, () => [["POST /nokkis/999999/BARCODE"]]],
  [43, "Barcode is already used", 409, ({ event, used }) => [[`PUT /nokkis/${event}/BARCODE/${used}`]]],
  [44, "Invalid barcode", 410, ({ event, invalid }) => [[`PUT /nokkis/${event}/BARCODE/${invalid}`]]],
  [45, "Event hasn't started yet", 409, ({ later, early }) => [[`PUT /nokkis/${later}/BARCODE/${early}`]]],
  [46, "Event has already ended", 409, () => [["PUT /nokkis/1/BARCODE/983475629310"]]],
  [
    50,
    "Start before end",
    400,
    () => [["GET /nokkis/1/BARCODE/LIST/2,1"], ["GET /nokkis/1/BARCODE/LOG/2,1"], ["GET /nokkis/1/LOG?since=x"]],
  ],
];

for (const [id, words, status, requests] of table) {
  test(`error ${id}: ${words}, with the status 200 or, if the organization wants it, ${status}`, async () => {
    for (const [scene, expected] of [
      [plain, 200],
      [semantic, status],
    ] as const) {
      for (const [line, options] of requests(scene)) {
        assertError(await scene.client.ask(line, options), id, words, expected);
      }
    }
  });
}

test("error 0: a method that is not defined has the status 405 and says what is allowed, whatever the organization wants", async () => {
  for (const { client } of [plain, semantic]) {
    const answer = await client.ask("DELETE /nokkis", { body: "<nokkis> </nokkis>" });
    assertError(answer, 0, "Not defined", 405);
    assert.equal(answer.headers.allow, "GET, HEAD, POST");
    assertError(await client.ask("GET /nokkis/1/nothing"), 0, "Not defined", 404);
  }
});

test("the status 401 comes with a challenge, as HTTP demands", async () => {
  const challenged = await semantic.client.ask("GET /nokkis/CLIENT/nobodys");
  assert.equal(challenged.headers["www-authenticate"], 'Basic realm="nokkis", charset="UTF-8"');
  assert.equal((await plain.client.ask("GET /nokkis/CLIENT/nobodys")).headers["www-authenticate"], undefined);
});

test("success has the status 200, whatever the organization wants", async () => {
  for (const { client } of [plain, semantic]) {
    const event = await client.createEvent();
    const key = await client.createBarcode(event);
    assertDocument(await client.ask(`DELETE /nokkis/${event}/BARCODE/${key}`), emptyNokkis);
  }
});

test("error 1 while the database cannot be reached, for reading and for changing, and none once it is back", async (t) => {
  const database = await createTestDatabase();
  const relay = await openRelay(database.address);
  const app = createApp({
    database: relay.address,
    secretKeys: [randomBytes(32)],
    filesDir: "/nonexistent",
    log: pino({ level: "silent" }),
  });
  t.after(async () => {
    await app.close();
    await relay.cut();
    await database.drop();
  });
  await app.administration.ensureOrganization(1, "Test");
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await setUpOf(app).putSetting(1, setting, "open");
  const client = nokkisClient(await app.server.listen({ host: "127.0.0.1", port: 0 }));
  const event = await client.createEvent({ apikeys: ["GateKey"] });
  const key = await client.createBarcode(event);

  await relay.cut();
  for (const line of [
    "GET /nokkis",
    `GET /nokkis/${event}`,
    "GET /nokkis/KEY",
    "GET /nokkis/CLIENT/GateKey",
    `GET /nokkis/${event}/LOG`,
    `GET /nokkis/${event}/BARCODE`,
    `GET /nokkis/${event}/BARCODE/${key}`,
    `PUT /nokkis/${event}/BARCODE/${key}`,
    `POST /nokkis/${event}/BARCODE`,
    `DELETE /nokkis/${event}/BARCODE/${key}`,
    `DELETE /nokkis/${event}`,
  ]) {
    assertError(await client.ask(line), 1, "Server couldn't connect to database");
  }
  assertError(await client.ask("POST /nokkis", { body: eventDocument() }), 1, "Server couldn't connect to database");

  await relay.mend();
  const answer = await client.ask(`PUT /nokkis/${event}/BARCODE/${key}`);
  assert.match(answer.text, /<status>1<\/status>/, "nothing of what was refused was done");
});

test("error 2 when the database answers with an error, and no word of why", async (t) => {
  const app = await startTestApp(t, { demo: true });
  const client = nokkisClient(app.url);
  const database = new pg.Client(app.database.address);
  await database.connect();
  await database.query("alter table entitlement rename to elsewhere");
  await database.end();
  for (const line of [
    "GET /nokkis/1/BARCODE",
    "GET /nokkis/1/BARCODE/983475629310",
    "PUT /nokkis/1/BARCODE/983475629310",
  ]) {
    assertError(await client.ask(line), 2, "Internal database error");
  }
});

test("of several errors that apply the documented first one is the answer: 3, 11, 10, 40, 44, 43, 45, 46", async (t) => {
  const app = await startTestApp(t);
  const passwordHash = await hashPassword("secret");
  await app.app.administration.putOperator(1, { login: "owner", passwordHash, role: "owner" });
  const owner = nokkisClient(app.url, basic("owner", "secret"));
  const gate = nokkisClient(app.url, { "x-apikey": "GateKey" });
  const stranger = nokkisClient(app.url, { "x-apikey": "nobodys" });
  const terms = { apikeys: ["GateKey"] };
  const event = await owner.createEvent(terms);
  const elsewhere = await owner.createEvent();
  const retired = await owner.createEvent(terms);
  await owner.createBarcode(retired);
  await owner.ask(`DELETE /nokkis/${retired}`);
  const broken = { body: "<nokkis>" };
  const use = (client: NokkisClient, where: number, key: string, options?: ExchangeOptions) =>
    client.ask(`PUT /nokkis/${where}/BARCODE/${key}`, options);

  assertError(await use(stranger, event, "1", broken), 3, "Invalid xml input");
  const noTime = { body: "<nokkis><action_time>soon</action_time></nokkis>" };
  assertError(await use(stranger, event, "1", noTime), 3, "Invalid xml input");
  const badKey = { headers: { "idempotency-key": "two words" } };
  assertError(await use(stranger, event, "1", badKey), 3, "Invalid xml input");

  // What is asked for in an event is read only once it is known who asks.
  assertError(await stranger.ask(`PUT /nokkis/${event}`, broken), 3, "Invalid xml input");
  const noNumber = named("<max_tickets>x</max_tickets>");
  assertError(await stranger.ask(`PUT /nokkis/${event}`, noNumber), 10, "Insufficient privileges");

  assertError(await use(stranger, 999_999, "1"), 11, "Invalid apikey");
  assertError(await use(gate, elsewhere, "1"), 10, "Insufficient privileges");
  assertError(await use(gate, 999_999, "1"), 10, "Insufficient privileges");

  assertError(await use(gate, retired, "1"), 40, "Barcode not found");

  // Used and invalidated, in an event that is over: the permanent reason first.
  const dead = await owner.createBarcode(event);
  await use(gate, event, dead);
  await owner.ask(`DELETE /nokkis/${event}/BARCODE/${dead}`);
  assertError(await use(gate, event, dead), 44, "Invalid barcode");
  const used = await owner.createBarcode(event);
  await use(gate, event, used);
  const fresh = await owner.createBarcode(event);
  for (const [start, end, id, words] of [
    [1, 2, 46, "Event has already ended"],
    [4_000_000_000, 4_000_000_001, 45, "Event hasn't started yet"],
  ] as const) {
    const dates = `<startdate>${start}</startdate><enddate>${end}</enddate>`;
    await owner.ask(`PUT /nokkis/${event}`, named(dates));
    assertError(await use(gate, event, dead), 44, "Invalid barcode");
    assertError(await use(gate, event, used), 43, "Barcode is already used");
    assertError(await use(gate, event, fresh), id, words);
  }

  // Used, in an event that was invalidated.
  await owner.ask(`DELETE /nokkis/${event}`);
  assertError(await use(gate, event, used), 44, "Invalid barcode");
});

test("of several errors that apply to an event the order is: an unreadable value, the event, its values", async () => {
  const { client } = plain;
  const everything = eventDocument({ name: "", start: 2, end: 1, apikeys: ["-"] });
  assertError(await client.ask("PUT /nokkis/999999", { body: "<nokkis>" }), 3, "Invalid xml input");
  const noNumber = named("<name/><max_tickets>x</max_tickets>");
  assertError(await client.ask("PUT /nokkis/999999", noNumber), 3, "Invalid xml input");
  assertError(await client.ask("PUT /nokkis/999999", { body: everything }), 22, "Event doesn't exist");
  assertError(await client.ask("PUT /nokkis/1", { body: everything }), 20, "Invalid name");
  assertError(await client.ask("POST /nokkis", { body: everything }), 20, "Invalid name");
  const reversed = eventDocument({ start: 2, end: 1, apikeys: ["-"] });
  assertError(await client.ask("PUT /nokkis/1", { body: reversed }), 21, "End time before start time");
  const tooFew = named("<max_tickets>1</max_tickets><apikey>-</apikey>");
  assertError(await client.ask("PUT /nokkis/1", tooFew), 23, "Apikeys must be alphanumeric");
});

test("of several errors that apply to a log or a list the order is: who asks, the event, the range", async () => {
  const { client } = plain;
  assertError(await client.ask("GET /nokkis/999999/BARCODE/LIST/2,1?apikey=nobodys"), 11, "Invalid apikey");
  assertError(await client.ask("GET /nokkis/2/BARCODE/LIST/2,1?apikey=897cshdsd7f89"), 10, "Insufficient privileges");
  assertError(await client.ask("GET /nokkis/999999/BARCODE/LIST/2,1"), 40, "Barcode not found");
  assertError(await client.ask("GET /nokkis/999999/BARCODE/LOG/2,1"), 24, "Event not found");
});
