/**
 * Fault: "Invalid xml input" and "Incorrect hash" stand for dozens of mistakes, every line of the log said "status
 * 200", and whoever set up a client was left to guess. A gate whose clock ran ahead was told the same as one that sent
 * no XML.
 *
 * Guarantee: the log has the protocol's error and what of the request was wrong, the client is told that in a header,
 * and neither ever holds a value that was sent. What is told depends on the request alone, so a guesser learns nothing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { basic, exchange } from "../support/exchange.ts";
import { actions } from "../support/ezpert.ts";
import { keepLog } from "../support/log.ts";
import { morClient } from "../support/mor.ts";
import { eventDocument, nokkisClient, nowSeconds } from "../support/nokkis.ts";
import { apiLine } from "../support/ocharts.ts";

let app: TestApp;
const kept = keepLog();
before(async () => {
  app = await startTestApp(undefined, { demo: true, log: kept.log });
});
after(() => app.stop());

interface Told {
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What the log says of an answer's request. */
function logged({ headers }: Told): Record<string, unknown> | undefined {
  return kept.lines("request").find(({ requestId }) => requestId === headers["x-request-id"]);
}

function assertTold(answer: Told, refused: string, reason: string | undefined): void {
  const line = logged(answer);
  assert.equal(line?.refused, refused);
  assert.equal(line?.reason, reason);
  assert.equal(answer.headers["x-counterfoil-reason"], reason);
}

describe("Invalid xml input", () => {
  const cases: Readonly<Record<string, readonly [line: string, body: string, reason: string]>> = {
    "no element of that name": ["POST /nokkis", "<nokkis/>", "event is missing"],
    "an element that is needed": [
      "POST /nokkis",
      "<nokkis><event/></nokkis>",
      "startdate, enddate and max_tickets are required",
    ],
    "a date": [
      "POST /nokkis",
      "<nokkis><event><startdate>2026-11-30 18:00</startdate></event></nokkis>",
      "startdate is not a time in whole seconds since 1970",
    ],
    "a number": [
      "PUT /nokkis/2",
      "<nokkis><event><max_tickets>many</max_tickets></event></nokkis>",
      "max_tickets is not a whole number",
    ],
    "a length": [
      "POST /nokkis/2/BARCODE",
      `<nokkis><user>${"secret".repeat(100)}</user></nokkis>`,
      "user is longer than 320 characters",
    ],
    "the time of a scan": [
      "PUT /nokkis/2/barcode/412158754",
      "<nokkis><action_time>now</action_time></nokkis>",
      "action_time is not a time in whole seconds since 1970",
    ],
    "another root": ["PUT /nokkis/2/barcode/412158754", "<tickets/>", "the root element is not nokkis"],
    "a DOCTYPE": ["PUT /nokkis/2/barcode/412158754", "<!DOCTYPE n><nokkis/>", "doctype: a DOCTYPE is not allowed"],
    "an encoding": [
      "PUT /nokkis/2/barcode/412158754",
      '<?xml version="1.0" encoding="EBCDIC"?><nokkis/>',
      "encoding: the encoding EBCDIC is not known",
    ],
  };
  for (const [what, [line, body, reason]] of Object.entries(cases)) {
    test(`says why: ${what}`, async () =>
      assertTold(await exchange(app.url, line, { body }), "3 Invalid xml input", reason));
  }

  test("says where a document is not well-formed", async () => {
    const answer = await exchange(app.url, "POST /nokkis/2/BARCODE", {
      body: "<nokkis><user>Tom & Jerry</user></nokkis>",
    });
    assert.match(String(logged(answer)?.reason), /^malformed: 1:\d+: /);
    assert.equal(answer.headers["x-counterfoil-reason"], logged(answer)?.reason);
  });

  test("says that a gate's clock runs ahead, and the scan is counted as such", async () => {
    const key = await nokkisClient(app.url).createBarcode(2);
    const body = `<nokkis><action_time>${nowSeconds() + 3_600}</action_time></nokkis>`;
    const answer = await exchange(app.url, `PUT /nokkis/2/barcode/${key}`, { body });
    assertTold(
      answer,
      "3 Invalid xml input",
      "action_time is ahead of the server's clock, or before there was such an event",
    );
    const { text } = await exchange(app.url, "GET /metrics");
    assert.match(text, /counterfoil_commands_total\{verb="redeem",outcome="occurred_at_impossible"\} 1/);
  });
});

test("errors that say enough have their line, and no reason", async () => {
  const early = await nokkisClient(app.url).createEvent({ start: nowSeconds() + 3_600, end: nowSeconds() + 7_200 });
  const key = await nokkisClient(app.url).createBarcode(early);
  assertTold(await exchange(app.url, `PUT /nokkis/${early}/barcode/${key}`), "45 Event hasn't started yet", undefined);
  assertTold(await exchange(app.url, "GET /nokkis/999"), "24 Event not found", undefined);
  const fine = await exchange(app.url, "POST /nokkis", { body: eventDocument() });
  assert.equal(logged(fine)?.refused, undefined);
  assert.equal(fine.headers["x-counterfoil-reason"], undefined);
  assertTold(await exchange(app.url, apiLine, { body: "taskId=getlist" }), "usernameMissing", undefined);
});

describe("Incorrect hash", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const ask = (name: string, body: string) => morClient(app).send(`/billing/api/${name}`, { body, headers: form });

  test("says of what the hash must be made", async () => {
    const hash = "0".repeat(40);
    assertTold(
      await ask("card_from_group_sell", `u=admin&id=6&email=a%40example.com&quantity=&hash=${hash}`),
      "Incorrect hash",
      "the hash must be the SHA-1 of the values of email, id, in this order, followed by the API Secret Key, in hexadecimal",
    );
    assertTold(
      await ask("cc_groups_get", `u=admin&cc_group_id=6&hash=${hash}`),
      "Incorrect hash",
      "the hash must be the SHA-1 of the API Secret Key, in hexadecimal",
    );
    assertTold(await ask("card_group_get", "u=admin&id=6"), "Incorrect hash", "hash is missing");
  });

  test("is not reached without a login, or by what cannot be read", async () => {
    assertTold(await ask("card_group_get", "id=6"), "Bad login", "u is missing");
    assertTold(await ask("card_group_get", "u=nobody&id=6&hash=1"), "Bad login", undefined);
    assertTold(await ask("card_group_get", "u=admin&x=%FF"), "Bad login", "encoding: field 2 is not valid utf-8");
  });
});

test("parameters that cannot be read, and numbers that are none, are named", async () => {
  const headers = { ...basic("username", "password"), "content-type": "application/json" };
  const ask = (body: string) => exchange(app.url, `POST ${actions.create}`, { body, headers });
  assertTold(await ask('{"client_id":["a"]}'), "parametersUnreadable", 'not-scalar: "client_id" is not one value');
  assertTold(await ask('{"client_id":"a@example.com","licenses":"lots"}'), "numberInvalid", "licenses is no number");
});

test("parameters that mean nothing are told, by name, and the request is carried out", async () => {
  const headers = { ...basic("username", "password"), "content-type": "application/x-www-form-urlencoded" };
  const ask = (action: keyof typeof actions, body: string) =>
    exchange(app.url, `POST ${actions[action]}`, { body, headers });
  const sent = "client_id=a%40example.com&client_name=Ada&license_key=OF-MY-OWN&licences=3&x=&y";
  const created = await ask("create", sent);
  assert.match(created.text, /"status": "CREATED"/);
  assert.equal(created.headers["x-counterfoil-ignored"], "license_key, licences");
  assert.equal(logged(created)?.ignored, "license_key, licences");
  const all = "client_id=a%40example.com&license_key=A&license=A&output=json";
  assert.equal((await ask("query", all)).headers["x-counterfoil-ignored"], undefined);
  assert.equal((await ask("token", "expires_in=9")).headers["x-counterfoil-ignored"], undefined);
  assert.ok(!kept.text().includes("OF-MY-OWN"));
});

test("a coding that is not known is told", async () => {
  const answer = await exchange(app.url, "POST /nokkis", { body: "x", headers: { "content-encoding": "compress" } });
  assertTold(answer, "3 Invalid xml input", "the Content-Encoding is not known");
});

test("a header holds visible ASCII only, and neither it nor the log a value", async () => {
  const answer = await exchange(app.url, "POST /nokkis", { body: "<nokkis><ä\u2028ö></nokkis>" });
  assert.match(String(answer.headers["x-counterfoil-reason"]), /^[\x20-\x7e]{1,200}$/);
  for (const value of ["lots", "secretsecret", "a@example.com", "2026-11-30", "Jerry", "412158754"]) {
    assert.ok(!kept.text().includes(value), value);
  }
});
