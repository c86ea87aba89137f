/**
 * A person is one customer of the organization, in whatever tongue something is sold to them; each tongue shows of them
 * only its own: barcodes, phones, licences, or charts with their systems.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { ezpertClient, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { matched, nokkisClient } from "../support/nokkis.ts";
import { openPlugin } from "../support/ocharts.ts";
import { openTerminal } from "../support/terminal.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

/** The number of a customer, as NOKKIS tells it of a barcode that is made for this name. */
async function numberOf(name: string): Promise<string> {
  const client = nokkisClient(app.url);
  const key = await client.createBarcode(2, name);
  const { text } = await client.ask(`GET /nokkis/2/barcode/${key}`);
  return matched(text, /<user id="(\d+)">/);
}

test("who buys a card, a licence, a ticket and a chart under one address is one customer", async () => {
  const name = "eve@example.com";
  const number = await numberOf(name);
  const admin = morClient(app);
  assert.equal(valuesOf(await admin.ask("devices_get", { user_id: number }), "error").length, 0, "MOR knows the user");
  await admin.ask("card_from_group_sell", { id: "6", quantity: "1", email: "EVE@example.com" });
  const { text } = await ezpertClient(app.url)("create", {
    client_id: "Eve@Example.com",
    client_name: "Eve",
    licenses: "1",
  });
  assert.equal(licensesIn(text).length, 1);
  const terminal = openTerminal(app);
  await terminal.run("order", "add", "EVE1", "--customer", "eve@EXAMPLE.com", "--product", "15");
  const known = await app.app.queries.customers.byName(1, name);
  assert.equal(String(known?.id), number);
  assert.equal(await numberOf("EVE@EXAMPLE.COM"), number);
  assert.equal(known?.displayName, "Eve");
});

test("of a person each tongue shows its own things, and nothing of the others'", async () => {
  const name = "skipper@example.com";
  const number = await numberOf(name);
  const ask = ezpertClient(app.url);
  const [license] = licensesIn((await ask("create", { client_id: name, licenses: "1" })).text);
  const terminal = openTerminal(app);
  await terminal.run("license", "attach", license?.license_key ?? "", "08-00-27-00-00-01");
  const plugin = await openPlugin(app);
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign()).result, "1");

  // A machine that holds a licence and a system that holds charts are no phones.
  assert.match((await morClient(app).ask("devices_get", { user_id: number })).text, /<devices\/>/);
  assert.match((await morClient(app).ask("devices_get", { user_id: "100" })).text, /<username>1001</);
  // Charts, tickets and their holders' systems are no licences.
  const licenses = licensesIn((await ask("query", { client_id: name })).text);
  assert.deepEqual(
    licenses.map(({ license_key, mac_address }) => [license_key, mac_address]),
    [[license?.license_key, "08-00-27-00-00-01"]],
  );
  // Licences, their machines and tickets are no charts.
  const { charts, systemNames } = await plugin.getlist();
  assert.deepEqual(systemNames, ["mylaptop"]);
  assert.deepEqual(
    [...new Set(charts.map(({ order, chartid }) => `${order} ${chartid}`))],
    ["GBLAQPDMG 15", "GBLAQPDMG 16", "KATTEGAT 17"],
  );
  const barcodes = (await nokkisClient(app.url).ask("GET /nokkis/2/BARCODE")).text;
  for (const other of [license?.license_key ?? "", "GBLAQPDMG", "mylaptop"])
    assert.ok(!barcodes.includes(other), other);
  // What is told of a customer at the terminal: systems and orders.
  const log = (await terminal.run("customer", "log", name)).join("\n");
  assert.match(log, /device registered {2}mylaptop/);
  assert.match(log, /entitlement bound {2}GBLAQPDMG-15-1 {2}mylaptop/);
});

test("a customer of tickets, cards or licences does not log in for charts without a password of their own", async () => {
  const name = "mario.rossi@sangah.com";
  const client = await openPlugin(app, { username: name, key: "0".repeat(32) });
  for (const password of ["", "password", name]) assert.notEqual((await client.login(password)).result, "1", password);
  const [shown = ""] = (await openTerminal(app).run("customer", "password", name)).filter((line) =>
    line.startsWith("password"),
  );
  const password = shown.split(/ +/)[1] ?? "";
  assert.equal((await client.login(password)).result, "1");
  assert.deepEqual((await client.getlist()).charts, [], "licences are no charts");
});
