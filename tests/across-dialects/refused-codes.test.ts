/**
 * A code that was replaced, revoked or suspended is refused wherever it is presented, in every tongue, in the next
 * request and in the next file of a gate. What was suspended is honoured again once it is reinstated.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Command } from "../../src/core/command.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { carryOut } from "../support/charts.ts";
import { ezpertClient, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { assertError, matched, nokkisClient } from "../support/nokkis.ts";
import { openPlugin, skipper } from "../support/ocharts.ts";
import { openTerminal } from "../support/terminal.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

const act = <C extends Command>(command: C) => carryOut(app.app, command);

test("NOKKIS: no gate admits such a barcode, online or offline, and the file of a gate has none of them as valid", async () => {
  const gate = nokkisClient(app.url);
  const productId = 2;
  const keys = ["700000000000000001", "700000000000000002", "700000000000000003"];
  const [replaced = "", revoked = "", suspended = ""] = keys;
  const renewed = "700000000000000004";
  for (const code of keys) await act({ verb: "issue", productId, code, holder: null });
  const file = async (etag = "") => gate.ask("GET /nokkis/CLIENT/ABCDE12345", { headers: { "if-none-match": etag } });
  const validOf = (text: string, key: string) =>
    /<valid>(.)</.exec(text.split("</barcode>").find((one) => one.includes(`<barcode key="${key}">`)) ?? "")?.[1];
  let known = await file();
  for (const key of keys) assert.equal(validOf(known.text, key), "1", key);

  for (const command of [
    { verb: "reissue", productId, code: replaced, newCode: renewed },
    { verb: "revoke", productId, code: revoked },
    { verb: "suspend", productId, code: suspended },
  ] as const) {
    await act(command);
    const next = await file(`${known.headers.etag}`);
    assert.equal(next.status, 200, `the file is another one after ${command.verb}`);
    assert.notEqual(validOf(next.text, command.code), "1", command.verb);
    known = next;
  }
  assert.ok(!known.text.includes(replaced));
  assert.equal(validOf(known.text, renewed), "1");
  for (const key of [revoked, suspended]) assert.equal(validOf(known.text, key), "0");

  const offline = { body: `<nokkis><action_time>${Math.floor(Date.now() / 1_000)}</action_time></nokkis>` };
  for (const body of [{}, offline]) {
    for (const key of keys) {
      assertError(await gate.ask(`PUT /nokkis/2/barcode/${key}`, body), 44, "Invalid barcode");
    }
  }
  assertError(await gate.ask(`GET /nokkis/2/barcode/${replaced}`), 40, "Barcode not found");
  assertError(await gate.ask(`DELETE /nokkis/2/barcode/${replaced}`), 44, "Invalid barcode");
  assert.match((await gate.ask(`GET /nokkis/2/barcode/${suspended}`)).text, /<status>0<\/status>\n<valid>0</);
  for (const list of ["GET /nokkis/2/BARCODE", "GET /nokkis/2/BARCODE?format=keys"]) {
    const { text } = await gate.ask(list);
    for (const key of keys) assert.ok(!text.includes(key), `${list} has ${key}`);
    assert.ok(text.includes(renewed), list);
  }
  assert.match((await gate.ask("GET /nokkis/2/BARCODE/LOG")).text, /barcode_reissued[\s\S]*barcode_suspended/);

  await act({ verb: "reinstate", productId, code: suspended });
  assert.equal(validOf((await file(`${known.headers.etag}`)).text, suspended), "1");
  for (const key of [suspended, renewed]) {
    assert.match((await gate.ask(`PUT /nokkis/2/barcode/${key}`)).text, /<status>1<\/status>\n<valid>0</);
  }
});

test("MOR: such a card has no balance, takes no money, is in no list and is not sold", async () => {
  const admin = morClient(app);
  const numbers = valuesOf(await admin.ask("card_from_group_sell", { id: "6", quantity: "3" }), "number");
  const [replaced = "", revoked = "", suspended = ""] = numbers;
  // Sold are the lowest numbers, so the next one is in stock.
  const inStock = String(BigInt(suspended) + 1n);
  const renewed = replaced.replace(/.$/, (digit) => String((Number(digit) + 5) % 10)).replace(/^./, "9");
  const productId = 6;
  await act({ verb: "reissue", productId, code: replaced, newCode: renewed });
  await act({ verb: "revoke", productId, code: revoked });
  for (const code of [suspended, inStock]) await act({ verb: "suspend", productId, code });
  const balance = async (number: string) => valuesOf(await admin.ask("card_balance_get", { number }), "balance");
  const isListed = async (number: string) =>
    (await admin.ask("calling_cards_get", { number, sold: "all" })).text.includes(`<card_number>${number}<`);
  const pay = (number: string) =>
    admin.ask("card_payment_add", { description: "x", number, amount: "5", currency: "EUR" });
  for (const number of [...numbers, inStock]) {
    assert.deepEqual(await balance(number), [], number);
    assert.equal(await isListed(number), false, number);
    assert.match((await pay(number)).text, /<error>Calling Card was not found<\/error>/i, number);
  }
  assert.match((await admin.ask("card_from_group_sell", { id: "6", number: inStock })).text, /<error>/);
  assert.equal((await balance(renewed)).length, 1);
  assert.ok(await isListed(renewed));

  for (const code of [suspended, inStock]) await act({ verb: "reinstate", productId, code });
  assert.equal((await balance(suspended)).length, 1);
  assert.ok(await isListed(suspended));
  assert.doesNotMatch((await pay(suspended)).text, /<error>/);
  assert.doesNotMatch((await admin.ask("card_from_group_sell", { id: "6", number: inStock })).text, /<error>/);
});

test("ezpert: a suspended licence is REVOKED without its machine until it is reinstated; an old key is unknown", async () => {
  const ask = ezpertClient(app.url);
  const client = { client_id: "luigi@example.com" };
  const [license] = licensesIn((await ask("create", { ...client, licenses: "1" })).text);
  const key = license?.license_key ?? "";
  const productId = 8;
  const terminal = openTerminal(app);
  const machine = "08-00-27-AA-BB-CC";
  await terminal.run("license", "attach", key, machine);
  const shown = async (license: string) =>
    licensesIn((await ask("query", { ...client, license })).text).map(({ status, mac_address }) => [
      status,
      mac_address,
    ]);
  await act({ verb: "suspend", productId, code: key });
  assert.deepEqual(await shown(key), [["REVOKED", null]]);
  assert.deepEqual(await terminal.run("license", "list", client.client_id), [`${key}  EZP5  ${machine}, suspended`]);
  assert.match(await terminal.refused("license", "attach", key, "08-00-27-AA-BB-CD"), /suspended/);
  await act({ verb: "reinstate", productId, code: key });
  assert.deepEqual(await shown(key), [["ATTACHED", machine]]);

  const { entitlement } = await act({
    verb: "reissue",
    productId,
    code: key,
    newCode: { random: "license_key" },
  });
  assert.deepEqual(await shown(key), []);
  assert.deepEqual(await shown(entitlement.code), [["ATTACHED", machine]]);
  assert.match((await ask("revoke", { ...client, license: key })).text, /License not found/);
  assert.match(await terminal.refused("license", "attach", key, machine), /There is no licence/);
  await act({ verb: "revoke", productId, code: entitlement.code });
  assert.deepEqual(await shown(entitlement.code), [["REVOKED", null]]);
});

test("o-charts: a suspended chart is listed as expired and neither assigned nor requested; an old order is unknown", async () => {
  const plugin = await openPlugin(app, { systemName: "deskbound" });
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign()).result, "1");
  const productId = 15;
  const code = "GBLAQPDMG-15-1";
  const charts = async () =>
    (await plugin.getlist()).charts.map((one) => [one.order, one.quantityId, one.slot, one.state]);
  const listed = await charts();
  const first = matched(listed.map((one) => one.join(" ")).join("\n"), /^GBLAQPDMG 1 0 (\w+)$/m);
  await act({ verb: "suspend", productId, code });
  const ofOrder = (await charts()).filter(([order, quantityId]) => order === "GBLAQPDMG" && quantityId === "1");
  const states = new Set(ofOrder.map((one) => one.at(-1)));
  assert.deepEqual([...states], ["expired"]);
  for (const reply of [await plugin.request(), await plugin.assign({ slot: "1" })]) assert.equal(reply.code, "16");
  const terminal = openTerminal(app);
  assert.match((await terminal.run("order", "list", "--customer", skipper)).join("\n"), /GBLAQPDMG-15-1 .* suspended /);
  await act({ verb: "reinstate", productId, code });
  assert.deepEqual(await charts(), listed);

  await act({ verb: "reissue", productId, code, newCode: "GBLAQPDMG-15-9" });
  for (const reply of [await plugin.request(), await plugin.assign({ slot: "1" })]) assert.equal(reply.code, "26");
  const again = (await charts()).map((one) => one.join(" ")).join("\n");
  assert.equal(matched(again, /^GBLAQPDMG 9 0 (\w+)$/m), first);
  assert.equal((await plugin.request({ quantityId: "9" })).result, "1");
  await act({ verb: "transfer", productId, code: "GBLAQPDMG-15-9", holder: "mate@example.com" });
  assert.equal((await plugin.request({ quantityId: "9" })).code, "26");
  assert.deepEqual(
    (await charts()).filter(([, quantityId]) => quantityId === "9"),
    [],
  );
});
