/**
 * Fault: "josé" with a composed é and with an accent of its own look the same and are typed the same, but were two
 * customers, two owners of tickets, two operators and two products. A Mac sends the one, everything else the other.
 *
 * Guarantee: names are compared with their accents composed, wherever they are looked up; what is shown is what was
 * first sent. What was kept in another form before is found, by either. A licence key is found, too, when a typesetter
 * has made other dashes of its hyphens, or has put signs between that nobody sees.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import pg from "pg";
import { hashPassword } from "../../src/access/password.ts";
import { canonicalLicenseKey } from "../../src/dialects/ezpert/license-key.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { basic, ezpertClient, licensesIn } from "../support/ezpert.ts";
import { matched, nokkisClient } from "../support/nokkis.ts";

const composed = "jos\u00e9@example.com";
const decomposed = "jose\u0301@example.com";

let app: TestApp;
let database: pg.Client;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  database = new pg.Client(app.database.address);
  await database.connect();
  // Before the first request, since settings are believed for a while.
  await database.query("update product set name = $1 where name = 'EZP5'", ["E\u0301ZP"]);
  await app.app.administration.putSetting(1, "ezpert.product", "\u00c9ZP");
});
after(async () => {
  await database.end();
  await app.stop();
});

test("licences of one address are found by either form, and are one customer's", async () => {
  const ask = ezpertClient(app.url);
  assert.equal(licensesIn((await ask("create", { client_id: composed })).text).length, 1);
  const [second] = licensesIn((await ask("create", { client_id: decomposed.toUpperCase() })).text);
  for (const client_id of [composed, decomposed]) {
    const licenses = licensesIn((await ask("query", { client_id })).text);
    assert.deepEqual(
      licenses.map((license) => license.client_id),
      [composed, composed],
    );
    const named = { client_id, license: second?.license_key ?? "" };
    assert.equal(licensesIn((await ask("query", named)).text).length, 1);
    assert.equal(licensesIn((await ask("revoke", named)).text)[0]?.status, "REVOKED");
  }
});

test("the owner of two tickets is one user, shown as first sent", async () => {
  const { ask, createBarcode } = nokkisClient(app.url);
  const ownerOf = async (user: string) =>
    matched((await ask(`GET /nokkis/2/BARCODE/${await createBarcode(2, user)}`)).text, /(<user id="\d+">.*<\/user>)/);
  const first = await ownerOf("Ma\u0308x");
  assert.equal(await ownerOf("M\u00e4x"), first);
  assert.match(first, />Ma\u0308x</);
});

test("an operator's login and password, and the product of licences, are found in either form", async () => {
  const { administration } = app.app;
  await administration.putOperator(1, {
    login: "re\u0301gie",
    passwordHash: await hashPassword("cle\u0301"),
    role: "owner",
  });
  for (const [login, password] of [
    ["r\u00e9gie", "cl\u00e9"],
    ["re\u0301gie", "cle\u0301"],
  ]) {
    const ask = ezpertClient(app.url);
    const answer = await ask(
      "create",
      { client_id: "x@example.com" },
      { login: null, headers: { authorization: basic(`${login}:${password}`) } },
    );
    assert.equal(licensesIn(answer.text).length, 1, login);
    const { rows } = await database.query("select count(*)::int as count from operator where login like 'r%gie'");
    assert.equal(rows[0].count, 1);
  }
});

test("what was kept in another form before is brought into one by the upgrade, twins together", async () => {
  const ask = ezpertClient(app.url);
  const upgrade = await readFile(new URL("../../migrations/0010_composed_names.sql", import.meta.url), "utf8");
  const old = ["zo\u00eb@example.com", "a\u030ake@example.com"];
  for (const client_id of old) await ask("create", { client_id });
  // As the version before would have it: each in the form in which it was sent, and one customer twice.
  await database.query("update customer set identity = name where name = any($1)", [old]);
  await database.query(
    `insert into customer (organization_id, id, name, identity)
     values (1, nextval('customer_id_seq'), $1, $1)`,
    ["zoe\u0308@example.com"],
  );
  await ask("create", { client_id: "tmp@example.com" });
  await database.query(
    `update entitlement set customer_id = (select id from customer where identity = $1)
     where customer_id = (select id from customer where name = 'tmp@example.com')`,
    ["zoe\u0308@example.com"],
  );
  assert.equal(licensesIn((await ask("query", { client_id: old[1] ?? "" })).text).length, 0, "not found before");
  await database.query("begin");
  await database.query(upgrade);
  await database.query("commit");
  for (const form of ["NFC", "NFD"]) {
    const count = async (name = "") =>
      licensesIn((await ask("query", { client_id: name.normalize(form) })).text).length;
    assert.deepEqual([await count(old[0]), await count(old[1])], [2, 1], form);
  }
});

test("a licence key may have any dashes, and signs that nobody sees", () => {
  const key = "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA";
  for (const dash of [
    "\u2010",
    "\u2011",
    "\u2012",
    "\u2013",
    "\u2014",
    "\u2212",
    "\uff0d",
    "\u00ad",
    "\u200b-",
    "\u2060",
  ]) {
    assert.equal(canonicalLicenseKey(`\ufeff${key.replaceAll("-", dash)}\u200e`), key, JSON.stringify(dash));
  }
});
