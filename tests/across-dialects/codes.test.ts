/**
 * A code is one entitlement's in the whole organization. It is used, sold, attached or assigned in the tongue of its
 * product; the terminal sees what a tongue did; in any other tongue there is no such code, whatever is asked.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { ezpertClient, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { assertError, matched, nokkisClient } from "../support/nokkis.ts";
import { openPlugin } from "../support/ocharts.ts";
import { openTerminal } from "../support/terminal.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

test("a card that MOR sells is no barcode, whatever is asked of it there, and stays what it was", async () => {
  const admin = morClient(app);
  const [number = ""] = valuesOf(await admin.ask("card_from_group_sell", { id: "6", quantity: "1" }), "number");
  const card = async () => (await admin.ask("calling_cards_get", { number, sold: "all" })).text;
  const before = await card();
  assert.ok(before.includes(number));
  const gate = nokkisClient(app.url);
  for (const event of ["2", "6"]) {
    for (const line of [
      `GET /nokkis/${event}/barcode`,
      `PUT /nokkis/${event}/barcode`,
      `DELETE /nokkis/${event}/barcode`,
    ]) {
      assertError(await gate.ask(`${line}/${number}`), 40, "Barcode not found");
    }
  }
  const offline = { body: `<nokkis><action_time>${Math.floor(Date.now() / 1_000) - 10}</action_time></nokkis>` };
  assertError(await gate.ask(`PUT /nokkis/2/barcode/${number}`, offline), 40, "Barcode not found");
  assert.doesNotMatch((await gate.ask("GET /nokkis/2/BARCODE/CONFLICTS")).text, /<conflict /);
  for (const list of ["GET /nokkis/2/BARCODE", "GET /nokkis/CLIENT/ABCDE12345", "GET /nokkis/2/BARCODE/LOG"]) {
    assert.ok(!(await gate.ask(list)).text.includes(number), list);
  }
  assert.equal(await card(), before);
});

test("a barcode is no card: neither is it sold, topped up or looked up as one, nor is a card made of its key", async () => {
  const gate = nokkisClient(app.url);
  const key = "412158754";
  const admin = morClient(app);
  assert.equal(valuesOf(await admin.ask("card_balance_get", { number: key }), "balance").length, 0);
  const payment = { description: "x", number: key, amount: "5", currency: "EUR" };
  assert.ok(valuesOf(await admin.ask("card_payment_add", payment), "error").length > 0);
  assert.ok(
    !(await admin.ask("calling_cards_get", { number: key, sold: "all" })).text.includes(`<card_number>${key}<`),
  );
  assert.match((await gate.ask(`PUT /nokkis/2/barcode/${key}`)).text, /<status>1<\/status>\n<valid>0</);

  // Fourteen digits, as the barcodes of the sample data have: a group whose cards would have their numbers.
  const terminal = openTerminal(app);
  const [made = ""] = await terminal.run("group", "add", "Long", "--price", "10", "--number-digits", "14");
  const group = matched(made, /(\d+)\.?$/m);
  const taken = "83475629310710";
  const one = { card_group_id: group, cards_from: taken, cards_till: taken };
  assert.ok(valuesOf(await admin.ask("calling_cards_create", one), "error").length > 0);
  assert.match((await gate.ask(`GET /nokkis/2/barcode/${taken}`)).text, /foobar@helsinki\.fi/);
});

test("a licence that ezpert creates is attached at the terminal, shown by ezpert, revoked there, and no other tongue's", async () => {
  const ask = ezpertClient(app.url);
  const client = { client_id: "luigi@example.com" };
  const [license] = licensesIn((await ask("create", { ...client, licenses: "1" })).text);
  const key = license?.license_key ?? "";
  const terminal = openTerminal(app);
  const machine = "08-00-27-AA-BB-CC";
  assert.deepEqual(await terminal.run("license", "list", client.client_id), [`${key}  EZP5  attached to no machine`]);
  await terminal.run("license", "attach", key, machine);
  const [shown] = licensesIn((await ask("query", client)).text);
  assert.deepEqual([shown?.status, shown?.mac_address], ["ATTACHED", machine]);
  await terminal.run("license", "detach", key);
  assert.equal(licensesIn((await ask("query", client)).text)[0]?.mac_address, null);

  for (const line of [`GET /nokkis/2/barcode/${key}`, `PUT /nokkis/8/barcode/${key}`]) {
    assertError(await nokkisClient(app.url).ask(line), 40, "Barcode not found");
  }
  const plugin = await openPlugin(app);
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign({ order: key.split("-")[0] ?? "", chartid: "8" })).code, "26");

  assert.equal(licensesIn((await ask("revoke", { ...client, license: key })).text).length, 1);
  assert.deepEqual(await terminal.run("license", "list", client.client_id), [`${key}  EZP5  revoked`]);
  assert.match(await terminal.refused("license", "attach", key, machine), /revoked/);
});

test("a unit of an order is assigned by the plugin, shown and taken back at the terminal, and no other tongue's", async () => {
  const terminal = openTerminal(app);
  const plugin = await openPlugin(app, { systemName: "deskbound" });
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign()).result, "1");
  const order = async () => (await terminal.run("order", "show", "GBLAQPDMG")).join("\n");
  assert.match(await order(), /^GBLAQPDMG-15-1 .* {2}0 +deskbound +can request 2017-2$/m);
  const licenses = licensesIn((await ezpertClient(app.url)("query", { client_id: "skipper@example.com" })).text);
  assert.deepEqual(licenses, []);
  assert.match(await terminal.refused("license", "detach", "GBLAQPDMG-15-1"), /There is no licence/);
  await terminal.run("order", "unassign", "GBLAQPDMG", "--product", "15", "--quantity-id", "1");
  assert.equal((await plugin.getlist()).charts[0]?.state, "unassigned");
  assert.match(await order(), /^GBLAQPDMG-15-1 .* {2}0 +- +-$/m);
});

test("the number of a product is one product's, whatever it is sold as", async () => {
  const terminal = openTerminal(app);
  assert.equal(
    await terminal.refused("chart", "add", "Where cards are", "--id", "6"),
    "This number is taken: by another product, or by a chart that was retired.",
  );
  assert.ok(valuesOf(await morClient(app).ask("card_group_get", { id: "15" }), "error").length > 0);
  const event = await nokkisClient(app.url).createEvent({ name: "Next" });
  assert.ok(event > 8, "a new event has a number that nothing else has");
  assertError(await nokkisClient(app.url).ask("DELETE /nokkis/15"), 22, "Event doesn't exist");
  assert.match((await terminal.run("chart", "list")).join("\n"), /^15 +British Isles 2017/m);
});
