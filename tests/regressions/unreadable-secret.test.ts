/**
 * Fault: every request opened every secret of every organization, so that one which did not open, damaged or sealed
 * with a key that is lost, was an internal error for everybody.
 *
 * Guarantee: a secret that does not open is as if it were unset, which closes what needs it. Everything else of that
 * organization, and all others, go on. The log says so once.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import pino from "pino";
import { everyPage } from "../../src/queries/pages.ts";
import { sealSetting } from "../../src/storage/nouns/setting.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { startTestApp } from "../support/app.ts";
import { collect, createEvent, issue, redeem } from "../support/engine.ts";
import { exchange } from "../support/exchange.ts";
import { assertError, morClient } from "../support/mor.ts";
import { nokkisClient } from "../support/nokkis.ts";
import { anybody, gate } from "../support/principals.ts";

async function open(t: test.TestContext) {
  const lines: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void lines.push(line) });
  const app = await startTestApp(t, { demo: true, log });
  const query = async (text: string, values: readonly unknown[]) => {
    const client = new pg.Client(app.database.address);
    await client.connect();
    await client.query(text, [...values]).finally(() => client.end());
  };
  const lost = JSON.stringify(sealSetting(createSecrets([randomBytes(32)]), "456789"));
  return { app, query, lost, lines };
}

test("one organization's unreadable secret closes what needs it, and stops nobody else", async (t) => {
  const { app, query, lost, lines } = await open(t);
  const { administration } = app.app;
  const second = await administration.addOrganization("Second");
  await administration.addHosts(second, ["second.example.com"]);
  for (const name of ["mor.api", "mor.get"]) await administration.putSetting(second, name, "on");
  for (const name of ["nokkis.admin", "nokkis.gate"]) await administration.putSetting(second, name, "open");
  for (const [organization, setting] of [
    [second, "mor.secret"],
    [second, "permit_key"],
  ]) {
    await query(
      "insert into setting (organization_id, name, value) values ($1, $2, $3) on conflict (organization_id, name) do update set value = excluded.value",
      [organization, setting, lost],
    );
  }
  const secondHost = { headers: { host: "second.example.com" } };
  for (let times = 0; times < 3; times++) {
    const first = await morClient(app).ask("card_group_get", { id: "6" });
    assert.match(first.text, /<price>/);
    const refused = await morClient(app).ask("card_group_get", { id: "6" }, secondHost);
    assertError(refused, "status", "API Requests are disabled");
    const events = await exchange(app.url, "GET /nokkis", secondHost);
    assert.doesNotMatch(events.text, /error/);
  }
  const told = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ organization, secret }) => [organization, secret]).sort(),
    [
      [second, "mor.secret"],
      [second, "permit_key"],
    ],
    "once each, and nothing else is an error",
  );

  // Set anew, it is as before.
  await administration.putSecretSetting(second, "mor.secret", "456789");
  const answered = await morClient(app).ask("card_group_get", { id: "6" }, secondHost);
  assertError(answered, "status", "Bad login");
});

test("a reseller's unreadable secret closes the API to that reseller, and does not fall back to the house's", async (t) => {
  const { app, query, lost } = await open(t);
  await query("update operator_setting set value = $1 where name = 'mor.secret'", [lost]);
  assertError(
    await morClient(app, { login: "reseller" }).ask("devices_get", { user_id: "101" }),
    "status",
    "API Requests are disabled",
  );
  assert.match((await morClient(app).ask("card_group_get", { id: "6" })).text, /<price>/);
});

test("an unreadable access key hides neither the log nor the other keys and events", async (t) => {
  const { app, query } = await open(t);
  const { engine, queries } = app.app;
  const at = { organizationId: 1, address: null } as const;
  const order = { ...at, principal: anybody } as const;
  await engine.execute({ ...order, command: createEvent({ accessKeys: ["lostkey", "goodkey"] }, 90) });
  await engine.execute({ ...order, command: createEvent({ accessKeys: ["goodkey"] }, 91) });
  await engine.execute({ ...order, command: issue(90, "9000000001") });
  const lostKey = await queries.accessKeys.byKey(1, "lostkey");
  assert.ok(lostKey);
  await engine.execute({ ...at, principal: gate(lostKey.id), command: redeem(90, "9000000001") });
  await query("update access_key set key_sealed = 'nonsense' where organization_id = 1 and id = $1", [lostKey.id]);

  const products = await Promise.all([queries.products.byId(1, 90), queries.products.byId(1, 91)]);
  assert.deepEqual(
    products.map((product) => product?.accessKeys),
    [["goodkey"], ["goodkey"]],
  );
  const listed = await queries.accessKeys.all(1, "event");
  assert.ok(listed.some(({ key }) => key === "goodkey") && listed.every(({ key }) => key !== "lostkey"));
  const lines = await collect(everyPage(queries.log.entries, 1, { productId: 90, about: "entitlements" }));
  assert.deepEqual(
    lines.map(({ kind, accessKey }) => [kind, accessKey]),
    [
      ["entitlement_issued", null],
      ["entitlement_redeemed", null],
    ],
  );
  // The gate that has the key is still let in: it is found by its hash.
  assert.ok((await nokkisClient(app.url, { "x-apikey": "lostkey" }).ask("GET /nokkis/90")).text.includes("Gala"));
});
