/** Who may do what with the strict settings, and how an apikey or an operator is presented. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { type Answer, basic, type ExchangeOptions } from "../../../tests/support/exchange.ts";
import {
  allMatched,
  assertAnswer,
  assertError,
  type EventTerms,
  type NokkisClient,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";
import { hashPassword } from "../../access/password.ts";
import { failuresPerAccountMax, failuresPerPrefixMax } from "../../access/throttle.ts";
import { type OperatorRole, operatorRoles } from "../../core/operator.ts";

const terms: EventTerms = { name: "Strict", start: 1_244_620_800, end: 4_000_000_000 };

let app: TestApp;
let owner: NokkisClient;
let nobody: NokkisClient;
/** Opened by GateKey1 and GateKey2. */
let event: number;
/** Opened by OtherKey. */
let other: number;

before(async () => {
  app = await startTestApp(undefined);
  for (const role of operatorRoles) {
    await putOperator(app, role, role);
    // Once seen, an operator passes however many wrong attempts the tests below make from this address.
    await nokkisClient(app.url, basic(role, `secret of ${role}`)).ask("GET /nokkis");
  }
  owner = nokkisClient(app.url, basic("owner", "secret of owner"));
  // Wrong attempts of one test do not count in another.
  nobody = nokkisClient(app.url, {}, { isStranger: true });
  event = await owner.createEvent({ ...terms, apikeys: ["GateKey1", "GateKey2"] });
  other = await owner.createEvent({ ...terms, apikeys: ["OtherKey"] });
});
after(() => app.stop());

/** Makes an operator whose password is `secret of` and the login. */
async function putOperator({ app: { administration } }: TestApp, login: string, role: OperatorRole): Promise<number> {
  const passwordHash = await hashPassword(`secret of ${login}`);
  return administration.putOperator(1, { login, passwordHash, role });
}

const withKey = (key: string): ExchangeOptions => ({ headers: { "x-apikey": key } });

const errorOf = ({ text }: Answer) => /<error id="(\d+)">/.exec(text)?.[1] ?? "none";

/** Every way to present an apikey at a gate, in the order in which they are looked for. */
const ways: readonly { readonly name: string; present(key: string): { query?: string } & ExchangeOptions }[] = [
  { name: "Authorization", present: (key) => ({ headers: { authorization: `Apikey ${key}` } }) },
  { name: "X-Apikey", present: (key) => ({ headers: { "x-apikey": key } }) },
  { name: "query", present: (key) => ({ query: `?apikey=${key}` }) },
  { name: "body", present: (key) => ({ body: `<nokkis><apikey>${key}</apikey></nokkis>` }) },
];

/** Other spellings of the same ways. */
const spellings: readonly (ExchangeOptions & { readonly query?: string })[] = [
  { headers: { authorization: "Apikey GateKey1" } },
  { headers: { authorization: "apikey   GateKey1" } },
  { headers: { authorization: "Bearer GateKey1" } },
  { headers: basic("GateKey1", "") },
  { headers: basic("GateKey1", "anything") },
  { headers: basic("", "GateKey1") },
  { headers: basic("gate", "GateKey1") },
  { headers: { "x-apikey": "GateKey1" } },
  { headers: { "X-APIKEY": " GateKey1 " } },
  { query: "?apikey=GateKey1" },
  { query: "?a=b&apikey=%47ateKey1" },
  { body: "<nokkis><apikey>GateKey1</apikey></nokkis>" },
  { body: "<nokkis>\n<apikey>\nGateKey1\n</apikey>\n</nokkis>" },
  { body: '<nokkis><apikey id="GateKey1"/></nokkis>' },
  { body: "xml=<nokkis><apikey>GateKey1</apikey></nokkis>" },
];

test("an apikey is accepted wherever a client may put it, and the log names it", async () => {
  for (const { query = "", ...options } of spellings) {
    const key = await owner.createBarcode(event);
    const answer = await nobody.ask(`PUT /nokkis/${event}/BARCODE/${key}${query}`, options);
    assert.match(answer.text, /<status>1<\/status>/, JSON.stringify({ query, ...options }));
    const log = (await owner.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`)).text;
    assert.deepEqual(allMatched(log, /<apikey>(.*)</), ["", "GateKey1"]);
  }
});

test("of several apikeys the first counts: Authorization, X-Apikey, query, body", async () => {
  for (const [index, earlier] of ways.entries()) {
    for (const later of ways.slice(index + 1)) {
      const ask = async (first: string, second: string) => {
        const [a, b] = [earlier.present(first), later.present(second)];
        const options = { ...a, ...b, headers: { ...a.headers, ...b.headers } };
        const key = await owner.createBarcode(event);
        return nobody.ask(`PUT /nokkis/${event}/BARCODE/${key}${options.query ?? ""}`, options);
      };
      const names = `${earlier.name} before ${later.name}`;
      assert.match((await ask("GateKey1", "nobodys")).text, /<status>1<\/status>/, names);
      assertError(await ask("nobodys", "GateKey1"), 11, "Invalid apikey");
    }
  }
});

test("a blank apikey is none: the next place is looked at", async () => {
  const blanks: readonly ExchangeOptions[] = [{ headers: { authorization: "" } }, { headers: { "x-apikey": " " } }];
  for (const options of blanks) {
    const answer = await nobody.ask(`GET /nokkis/${event}/BARCODE?apikey=GateKey1`, options);
    assert.equal(errorOf(answer), "none");
  }
  const body = "<nokkis><apikey>GateKey1</apikey></nokkis>";
  const key = await owner.createBarcode(event);
  assert.equal(errorOf(await nobody.ask(`PUT /nokkis/${event}/BARCODE/${key}?apikey=`, { body })), "none");
  assertError(await nobody.ask(`GET /nokkis/${event}/BARCODE?apikey=`), 11, "Invalid apikey");
});

/** Every request of a gate, in which the event is to be put in. */
const gateRequests = [
  "GET /nokkis/EVENT",
  "GET /nokkis/EVENT/BARCODE",
  "GET /nokkis/EVENT/BARCODE?format=keys",
  "GET /nokkis/EVENT/BARCODE/LIST/0",
  "GET /nokkis/EVENT/BARCODE/1",
  "PUT /nokkis/EVENT/BARCODE/1",
] as const;

/** Every request that needs an operator, with the permission that it needs. */
const adminRequests: readonly (readonly [line: string, permission: "manage" | "log", body?: string])[] = [
  ["POST /nokkis", "manage"],
  ["PUT /nokkis/999999", "manage", "<nokkis><event/></nokkis>"],
  ["DELETE /nokkis/999999", "manage"],
  ["POST /nokkis/999999/BARCODE", "manage"],
  ["DELETE /nokkis/999999/BARCODE/1", "manage"],
  ["GET /nokkis/KEY", "manage"],
  ["GET /nokkis/EVENT/KEY", "manage"],
  ["GET /nokkis/EVENT/KEY/GateKey1", "manage"],
  ["GET /nokkis/EVENT/LOG", "log"],
  ["GET /nokkis/EVENT/BARCODE/LOG", "log"],
  ["GET /nokkis/EVENT/BARCODE/LOG/1", "log"],
  ["GET /nokkis/EVENT/BARCODE/CONFLICTS", "log"],
];

test("a gate without an apikey, or with an unknown one, is error 11 in every request of a gate", async () => {
  for (const line of ["GET /nokkis", ...gateRequests.map((one) => one.replace("EVENT", String(event)))]) {
    assertError(await nobody.ask(line), 11, "Invalid apikey");
    assertError(await nobody.ask(line, withKey("nobodys")), 11, "Invalid apikey");
    assertError(await nobody.ask(line, withKey("gatekey1")), 11, "Invalid apikey");
    assertError(await nobody.ask(line, { headers: basic("owner", "wrong") }), 11, "Invalid apikey");
    assertError(await nobody.ask(line, { headers: { authorization: "Digest x" } }), 11, "Invalid apikey");
    assertError(await nobody.ask(line, { headers: { authorization: "Basic %%%" } }), 11, "Invalid apikey");
  }
});

test("an apikey is error 10 at an event that it does not open, whether there is such an event or not", async () => {
  for (const line of gateRequests) {
    for (const where of [other, 999_999, "x", "9999999999999999"]) {
      const answer = await nobody.ask(line.replace("EVENT", String(where)), withKey("GateKey1"));
      assertError(answer, 10, "Insufficient privileges");
    }
  }
});

test("an apikey opens every request of a gate at its events", async () => {
  for (const line of gateRequests) {
    const answer = await nobody.ask(line.replace("EVENT", String(event)), withKey("GateKey2"));
    assert.equal(errorOf(answer), line.endsWith("/1") ? "40" : "none", line);
  }
});

test("an apikey opens an event as soon as that lists it, though it was refused, or unknown, a moment ago", async () => {
  const elsewhere = await owner.createEvent({ ...terms, apikeys: ["Elsewhere"] });
  const closed = await owner.createEvent({ ...terms, apikeys: [] });
  const line = `GET /nokkis/${closed}/BARCODE`;
  assertError(await nobody.ask(line, withKey("Late")), 11, "Invalid apikey");
  assertError(await nobody.ask(line, withKey("Elsewhere")), 10, "Insufficient privileges");
  await owner.ask(`PUT /nokkis/${closed}`, {
    body: "<nokkis><event><apikey>Late</apikey><apikey>Elsewhere</apikey></event></nokkis>",
  });
  for (const key of ["Late", "Elsewhere"]) assert.equal(errorOf(await nobody.ask(line, withKey(key))), "none", key);
  for (const id of [elsewhere, closed]) await owner.ask(`DELETE /nokkis/${id}`);
});

test("a gate is not shown the apikeys of the others, whoever manages events is shown all", async () => {
  const shown = async (client: NokkisClient, options: ExchangeOptions = {}) =>
    allMatched((await client.ask(`GET /nokkis/${event}`, options)).text, /<apikey>(.*)</);
  assert.deepEqual(await shown(nobody, withKey("GateKey1")), ["GateKey1"]);
  assert.deepEqual(await shown(nobody, withKey("GateKey2")), ["GateKey2"]);
  assert.deepEqual(await shown(owner), ["GateKey1", "GateKey2"]);
});

test("NOKKIS GET lists for an apikey the events that it opens, for whoever manages events all", async () => {
  const listed = async (client: NokkisClient, options: ExchangeOptions = {}) =>
    allMatched((await client.ask("GET /nokkis", options)).text, /<event id="(\d+)">/).map(Number);
  assert.deepEqual(await listed(nobody, withKey("GateKey1")), [event]);
  assert.deepEqual(await listed(nobody, withKey("OtherKey")), [other]);
  assert.deepEqual(await listed(owner), [event, other]);
});

test("administration without an operator, with a wrong password or with an apikey is error 10", async () => {
  for (const [line, , body = "<nokkis> </nokkis>"] of adminRequests) {
    const at = line.replace("EVENT", String(event));
    for (const headers of [
      {},
      { "x-apikey": "GateKey1" },
      basic("owner", "wrong"),
      basic("nobody", "secret of owner"),
      basic("Owner", "secret of owner"),
      basic("owner", ""),
      { authorization: "Bearer not-a-token" },
      { authorization: "Basic %%%" },
      { authorization: "Digest x" },
    ]) {
      assertError(await nobody.ask(at, { headers, body }), 10, "Insufficient privileges");
    }
  }
});

test("an apikey in the body does not stand for an operator", async () => {
  const body = "<nokkis><apikey>GateKey1</apikey></nokkis>";
  assertError(await nobody.ask(`POST /nokkis/${event}/BARCODE`, { body }), 10, "Insufficient privileges");
});

test("each role may do what it is for: managers everything, auditors read, stewards stand at gates", async () => {
  const may: Record<OperatorRole, readonly string[]> = {
    owner: ["manage", "log", "read", "gate"],
    administrator: ["manage", "log", "read", "gate"],
    accountant: ["log"],
    reseller: [],
    auditor: ["log", "read"],
    steward: ["read", "gate"],
  };
  for (const role of operatorRoles) {
    const client = nokkisClient(app.url, basic(role, `secret of ${role}`));
    const requests = [
      ...adminRequests,
      ...gateRequests.map((line) => [line, line.startsWith("GET") ? "read" : "gate"] as const),
      ["GET /nokkis", "read"] as const,
    ];
    for (const [line, permission, body] of requests) {
      const answer = await client.ask(line.replace("EVENT", String(event)), body === undefined ? {} : { body });
      assert.equal(errorOf(answer) !== "10", may[role].includes(permission), `${role}: ${line}`);
    }
  }
});

test("an auditor sees every event and every owner of a barcode, but no apikey, with which it could use barcodes", async () => {
  const auditor = nokkisClient(app.url, basic("auditor", "secret of auditor"));
  const key = await owner.createBarcode(event, "ada@example.com");
  assert.equal(
    (await auditor.ask(`GET /nokkis/${event}/BARCODE/${key}`)).text,
    (await owner.ask(`GET /nokkis/${event}/BARCODE/${key}`)).text,
  );
  assert.equal((await auditor.ask("GET /nokkis")).text, (await owner.ask("GET /nokkis")).text);
  const { text } = await auditor.ask(`GET /nokkis/${event}`);
  assert.match(text, /<name>Strict<\/name>/);
  assert.doesNotMatch(text, /apikey/);
});

test("a steward uses a barcode with its password, and the log names no apikey", async () => {
  const steward = nokkisClient(app.url, basic("steward", "secret of steward"));
  const key = await owner.createBarcode(event);
  assert.match((await steward.ask(`PUT /nokkis/${event}/BARCODE/${key}`)).text, /<status>1<\/status>/);
  const log = (await owner.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`)).text;
  assert.deepEqual(allMatched(log, /<apikey>(.*)</), ["", ""]);
});

test("an operator uses a barcode without an apikey, and the log names none", async () => {
  const key = await owner.createBarcode(event);
  assert.match((await owner.ask(`PUT /nokkis/${event}/BARCODE/${key}`)).text, /<status>1<\/status>/);
  const log = (await owner.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`)).text;
  assert.deepEqual(allMatched(log, /<apikey>(.*)</), ["", ""]);
});

test("a token stands for its operator, with that operator's permissions, until it ends", async () => {
  const { administration } = app.app;
  const give = async (login: string, role: OperatorRole, token: string, expiresAtMs: number | null) =>
    administration.putToken(1, { operatorId: await putOperator(app, login, role), token, expiresAtMs });
  await give("manager", "administrator", "token-of-manager", null);
  await give("seller", "reseller", "token-of-seller", null);
  await give("former", "administrator", "token-of-former", Date.now() - 1_000);
  const bearer = (token: string) => nokkisClient(app.url, { authorization: `Bearer ${token}` });
  assert.equal(errorOf(await bearer("token-of-manager").ask("GET /nokkis/KEY")), "none");
  assert.equal(errorOf(await bearer("token-of-manager").ask(`GET /nokkis/${event}/BARCODE`)), "none");
  assertError(await bearer("token-of-seller").ask("GET /nokkis/KEY"), 10, "Insufficient privileges");
  assertError(await bearer("token-of-seller").ask(`GET /nokkis/${event}/BARCODE`), 10, "Insufficient privileges");
  assertError(await bearer("token-of-former").ask("GET /nokkis/KEY"), 10, "Insufficient privileges");
  assertError(await bearer("token-of-former").ask(`GET /nokkis/${event}/BARCODE`), 11, "Invalid apikey");
});

test("the apikey in the path of CLIENT is the identity: it needs no other, and no operator replaces it", async () => {
  assert.equal(errorOf(await nobody.ask("GET /nokkis/CLIENT/GateKey1")), "none");
  assert.equal(errorOf(await nobody.ask("GET /nokkis/CLIENT/GateKey1", withKey("nobodys"))), "none");
  assertError(await owner.ask("GET /nokkis/CLIENT/nobodys"), 11, "Invalid apikey");
  assertError(await owner.ask("GET /nokkis/CLIENT/owner"), 11, "Invalid apikey");
});

test("an open gate lets in who presents nothing, and still checks an apikey that is presented", async (t) => {
  const open = await startTestApp(t);
  await open.app.administration.putSetting(1, "nokkis.gate", "open");
  await putOperator(open, "owner", "owner");
  const manager = nokkisClient(open.url, basic("owner", "secret of owner"));
  const guest = nokkisClient(open.url);
  const first = await manager.createEvent({ ...terms, apikeys: ["GateKey1"] });
  const second = await manager.createEvent({ ...terms, apikeys: ["OtherKey"] });
  const key = await manager.createBarcode(first);

  assert.match((await guest.ask(`PUT /nokkis/${first}/BARCODE/${key}`)).text, /<status>1<\/status>/);
  const log = (await manager.ask(`GET /nokkis/${first}/BARCODE/LOG/${key}`)).text;
  assert.deepEqual(allMatched(log, /<apikey>(.*)</), ["", ""]);
  assert.deepEqual(allMatched((await guest.ask("GET /nokkis")).text, /<event id="(\d+)">/).map(Number), [
    first,
    second,
  ]);
  assert.doesNotMatch((await guest.ask(`GET /nokkis/${first}`)).text, /apikey/, "a stranger is shown no apikey");
  for (const line of gateRequests) {
    const at = line.replace("EVENT", String(first));
    assertError(await guest.ask(at, withKey("nobodys")), 11, "Invalid apikey");
    assertError(await guest.ask(at, withKey("OtherKey")), 10, "Insufficient privileges");
  }
  assertError(await guest.ask("GET /nokkis/KEY"), 10, "Insufficient privileges");
  assertError(await guest.ask(`POST /nokkis/${first}/BARCODE`), 10, "Insufficient privileges");
  assertError(await guest.ask("GET /nokkis/CLIENT/nobodys"), 11, "Invalid apikey");
});

test("open administration needs nobody, and leaves the gate as strict as it is", async (t) => {
  const open = await startTestApp(t);
  await open.app.administration.putSetting(1, "nokkis.admin", "open");
  await putOperator(open, "reseller", "reseller");
  const guest = nokkisClient(open.url);
  const seller = nokkisClient(open.url, basic("reseller", "secret of reseller"));
  const first = await guest.createEvent({ ...terms, apikeys: ["GateKey1"] });
  const key = await seller.createBarcode(first);
  assertError(await guest.ask(`PUT /nokkis/${first}/BARCODE/${key}`), 11, "Invalid apikey");
  assertError(await guest.ask(`GET /nokkis/${first}/BARCODE`), 11, "Invalid apikey");
  assert.match((await guest.ask(`GET /nokkis/${first}`)).text, /<apikey>GateKey1</);
  assertError(await guest.ask(`GET /nokkis/${first}`, withKey("nobodys")), 11, "Invalid apikey");
  assert.match((await guest.ask(`GET /nokkis/${first}/LOG`)).text, /event_created/);
});

test("settings that nobody made are the strict ones", async () => {
  assertError(await nobody.ask(`GET /nokkis/${event}/BARCODE`), 11, "Invalid apikey");
  assertError(await nobody.ask("GET /nokkis/KEY"), 10, "Insufficient privileges");
});

/**
 * Sends so many wrong passwords, no more for one account than it takes before it waits by itself; the first is the
 * owner's.
 */
async function sendWrongLogins(client: NokkisClient, line: string, count: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let index = 0; index < count; index++) {
    const account = Math.floor(index / failuresPerAccountMax);
    const headers = basic(account === 0 ? "owner" : `stranger ${account}`, `wrong ${index}`);
    answers.push(await client.ask(line, { headers }));
  }
  return answers;
}

test("after too many wrong attempts an address waits, but an apikey and an operator known from there still pass", async (t) => {
  const app = await startTestApp(t);
  for (const login of ["owner", "administrator"] as const) await putOperator(app, login, login);
  const manager = nokkisClient(app.url, basic("owner", "secret of owner"));
  const guest = nokkisClient(app.url);
  const first = await manager.createEvent({ ...terms, apikeys: ["GateKey1", "GateKey2"] });
  const list = `GET /nokkis/${first}/BARCODE`;
  assert.equal(errorOf(await guest.ask(list, withKey("GateKey1"))), "none");
  assert.equal(errorOf(await guest.ask("GET /nokkis/CLIENT/GateKey1")), "none");

  for (const answer of await sendWrongLogins(guest, "GET /nokkis/KEY", failuresPerPrefixMax)) {
    assertError(answer, 10, "Insufficient privileges");
  }
  const second = { headers: basic("administrator", "secret of administrator") };
  assertError(await guest.ask("GET /nokkis/KEY", second), 10, "Insufficient privileges");
  assertError(await guest.ask(list, second), 11, "Invalid apikey");
  assertError(await guest.ask(list, withKey("GateKey2")), 11, "Invalid apikey");

  assert.equal(errorOf(await manager.ask("GET /nokkis/KEY")), "none");
  assert.equal(errorOf(await guest.ask(list, withKey("GateKey1"))), "none");
  assert.equal(errorOf(await guest.ask("GET /nokkis/CLIENT/GateKey1")), "none");
  assert.equal(errorOf(await nokkisClient(app.url, {}, { isStranger: true }).ask(list, withKey("GateKey2"))), "none");
});

test("a wrong password counts as one attempt, also where a gate or a manager may ask", async (t) => {
  const app = await startTestApp(t);
  for (const login of ["owner", "administrator"] as const) await putOperator(app, login, login);
  const guest = nokkisClient(app.url);
  for (const answer of await sendWrongLogins(guest, "GET /nokkis", failuresPerPrefixMax - 1)) {
    assertError(answer, 11, "Invalid apikey");
  }
  const second = { headers: basic("administrator", "secret of administrator") };
  assert.equal(errorOf(await guest.ask("GET /nokkis/KEY", second)), "none");
});

test("an event's answer names the apikey that was presented, in the form that was documented", async () => {
  const answer = await nobody.ask(`GET /nokkis/${other}`, withKey("OtherKey"));
  assertAnswer(
    answer,
    `
<event id="${other}">
<name>Strict</name>
<startdate>1244620800</startdate>
<enddate>4000000000</enddate>
<num_tickets>0</num_tickets>
<max_tickets>100</max_tickets>
<apikey>OtherKey</apikey>
</event>`,
  );
});
