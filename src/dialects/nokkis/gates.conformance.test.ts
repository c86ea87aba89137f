/** Access keys that are limited to categories, and those of gates. The document knows neither. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { basic, type ExchangeOptions } from "../../../tests/support/exchange.ts";
import {
  allMatched,
  assertAnswer,
  assertError,
  type NokkisClient,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { hashPassword } from "../../access/password.ts";
import type { Command, Outcome } from "../../core/command.ts";
import type { GateTerms } from "../../core/gate.ts";

let app: TestApp;
let owner: NokkisClient;
let guest: NokkisClient;
/** Has the categories adult and child. */
let event: number;
/** Has none. */
let other: number;

before(async () => {
  app = await startTestApp(undefined);
  const passwordHash = await hashPassword("secret");
  await app.app.administration.putOperator(1, { login: "owner", passwordHash, role: "owner" });
  owner = nokkisClient(app.url, basic("owner", "secret"));
  guest = nokkisClient(app.url);
  event = await owner.createEvent({ name: "Gala", apikeys: ["AllOfIt123", "Children12"] });
  other = await owner.createEvent({ name: "Ball" });
  const category = (key: string) => ({ key, name: key, capacity: null, price: null, colour: null, issued: 0 });
  await sql(
    `update product set categories = '${JSON.stringify(["adult", "child"].map(category))}' where id = ${event}`,
  );
  await execute({
    verb: "change_product",
    productId: event,
    terms: {},
    keyLimits: [{ key: "Children12", categories: ["child"] }],
  });
});
after(() => app.stop());

/** No request of the protocol writes categories. */
async function sql(text: string): Promise<void> {
  const client = new pg.Client(app.database.address);
  await client.connect();
  await client.query(text);
  await client.end();
}

async function execute<C extends Command>(command: C): Promise<Outcome<C["verb"]>> {
  const outcome = await app.app.engine.execute({ organizationId: 1, principal: anybody, address: null, command });
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal);
  return outcome;
}

/** A barcode of ada@example.com, of this category. */
async function barcodeOf(category: string | null): Promise<string> {
  const key = await owner.createBarcode(event, "ada@example.com");
  await sql(`update entitlement set category = ${category === null ? "null" : `'${category}'`} where code = '${key}'`);
  return key;
}

const withKey = (key: string): ExchangeOptions => ({ headers: { "x-apikey": key } });
const use = (key: string, apikey: string, at = event) => guest.ask(`PUT /nokkis/${at}/BARCODE/${key}`, withKey(apikey));

const gateTerms = (terms: Partial<GateTerms>): GateTerms => ({
  name: "Gate",
  admits: [],
  rights: [],
  accessKeys: [],
  ...terms,
});

test("an apikey that is limited to a category uses its barcodes; any other barcode is error 10 and stays unused", async () => {
  const [adult, child, plain] = [await barcodeOf("adult"), await barcodeOf("child"), await barcodeOf(null)];
  assert.match((await use(child, "Children12")).text, /<status>1<\/status>\n<valid>0</);
  for (const key of [adult, plain]) {
    assertError(await use(key, "Children12"), 10, "Insufficient privileges");
    assert.match((await use(key, "AllOfIt123")).text, /<status>1<\/status>/);
  }
  assertError(await use(child, "Children12"), 43, "Barcode is already used");
});

test("a limited apikey is shown barcodes of other categories as not valid, one by one, in lists and in its file", async () => {
  const keys = [await barcodeOf("adult"), await barcodeOf("child")] as const;
  const validOf = (text: string) =>
    keys.map((key) => new RegExp(`<barcode key="${key}">(?:\\n(?!</barcode>).*)*\\n<valid>(\\d)<`).exec(text)?.[1]);
  const shown = async (apikey: string) => {
    const ask = async (line: string) => (await guest.ask(line, withKey(apikey))).text;
    const single = await Promise.all(keys.map((key) => ask(`GET /nokkis/${event}/BARCODE/${key}`)));
    return [
      validOf(single.join("")),
      validOf(await ask(`GET /nokkis/${event}/BARCODE`)),
      validOf(await ask(`GET /nokkis/${event}/BARCODE/LIST/0`)),
      validOf(await ask(`GET /nokkis/CLIENT/${apikey}`)),
    ];
  };
  assert.deepEqual(await shown("Children12"), Array(4).fill(["0", "1"]));
  assert.deepEqual(await shown("AllOfIt123"), Array(4).fill(["1", "1"]));
});

test("EVENT PUT with the apikeys that the event has leaves their limits, and shows them as before", async () => {
  const keys = ["Children12", "AllOfIt123"];
  const body = `<nokkis><event>${keys.map((key) => `<apikey>${key}</apikey>`).join("")}</event></nokkis>`;
  const { text } = await owner.ask(`PUT /nokkis/${event}`, { body });
  assert.deepEqual(allMatched(text, /<apikey>(.*)</), keys);
  assertError(await use(await barcodeOf("adult"), "Children12"), 10, "Insufficient privileges");
  assert.match((await use(await barcodeOf("child"), "Children12")).text, /<status>1</);
});

test("the apikey of a gate opens the gate's events, with their categories, and is not one of the events' own", async () => {
  const admits = [
    { productId: event, categories: ["adult"] },
    { productId: other, categories: null },
  ];
  const accessKeys = ["NorthGate1"];
  await execute({
    verb: "create_gate",
    terms: gateTerms({ name: "North", admits, accessKeys, rights: ["see_names"] }),
  });
  const events = async (line: string) =>
    allMatched((await guest.ask(line, withKey("NorthGate1"))).text, /<event id="(\d+)">$/).map(Number);
  assert.deepEqual(await events("GET /nokkis"), [event, other]);
  assert.deepEqual(await events("GET /nokkis/CLIENT/NorthGate1"), [event, other]);
  assert.match((await use(await barcodeOf("adult"), "NorthGate1")).text, /<status>1</);
  assertError(await use(await barcodeOf("child"), "NorthGate1"), 10, "Insufficient privileges");
  assert.match((await use(await owner.createBarcode(other), "NorthGate1", other)).text, /<status>1</);
  assert.doesNotMatch((await owner.ask("GET /nokkis/KEY")).text, /NorthGate1/);
  assert.doesNotMatch((await owner.ask(`GET /nokkis/${event}`)).text, /NorthGate1/);
  const elsewhere = await owner.createEvent({ name: "Elsewhere" });
  assertError(await use("1", "NorthGate1", elsewhere), 10, "Insufficient privileges");
  await owner.ask(`DELETE /nokkis/${elsewhere}`);
});

test("a gate without the right see_names is shown no users, anywhere", async () => {
  const admits = [{ productId: event, categories: null }];
  await execute({ verb: "create_gate", terms: gateTerms({ name: "Blind", admits, accessKeys: ["BlindGate1"] }) });
  const key = await barcodeOf(null);
  const lines = [`BARCODE/${key}`, "BARCODE", "BARCODE/LIST/0"].map((path) => `GET /nokkis/${event}/${path}`);
  for (const line of [...lines, "GET /nokkis/CLIENT/BlindGate1", `PUT /nokkis/${event}/BARCODE/${key}`]) {
    const { text } = await guest.ask(line, withKey("BlindGate1"));
    assert.match(text, new RegExp(`<barcode key="${key}">`), line);
    assert.doesNotMatch(text, /ada@example\.com|<user id/, line);
  }
  assert.match(
    (await guest.ask(lines[0] ?? "", withKey("AllOfIt123"))).text,
    /<user id="\d+">ada@example\.com<\/user>/,
  );
});

test("the file of a gate has another ETag as soon as the gate is shown something else", async () => {
  const admits = [{ productId: other, categories: null }];
  const terms = gateTerms({ name: "Tagged", admits, accessKeys: ["TaggedGate"], rights: ["see_names"] });
  const outcome = await execute({ verb: "create_gate", terms });
  const gateId = outcome.ok ? outcome.value.gate.id : 0;
  const line = "GET /nokkis/CLIENT/TaggedGate";
  const { etag = "" } = (await guest.ask(line)).headers;
  const again = async () => guest.ask(line, { headers: { "if-none-match": String(etag) } });
  assert.equal((await again()).status, 304);
  await execute({ verb: "change_gate", gateId, terms: { rights: [] } });
  await eventually("the file is another one", async () => (await again()).status === 200);
});

test("the log and the answers of a limited apikey's uses have the forms of any other", async () => {
  const key = await barcodeOf("child");
  assertAnswer(
    await use(key, "Children12"),
    `<barcode key="${key}">
<event id="${event}">Gala</event>
<user id="1">ada@example.com</user>
<status>1</status>
<valid>0</valid>
</barcode>`,
  );
  const { text } = await owner.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`);
  assert.deepEqual(allMatched(text, /<apikey>(.*)</), ["", "Children12"]);
});
