/**
 * The API and the other protocols speak of the same things: a product that was made in one is sold and used in another,
 * and the log names who did it.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openApi } from "../support/api.ts";
import { makersBy } from "../support/api-makers.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { exchange } from "../support/exchange.ts";
import { demoProductId, ezpertClient, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
  await app.app.administration.putSetting(1, "nokkis.gate", "key");
});
after(() => app.stop());

test("a code that is issued over the API is used through NOKKIS, and the log names both", async () => {
  const { ask, operatorId } = await openApi(app);
  const body = { kind: "event", name: "Concert", accessKeys: ["GATEGATE1"] };
  const { json: product } = await ask("POST /v1/products", { body });
  const issued = { product: product.id, codes: ["412158754"], customer: "ada@example.com" };
  const { json } = await ask("POST /v1/entitlements", { body: issued });
  const line = `PUT /nokkis/${product.id}/barcode/412158754`;
  const headers = { authorization: "Apikey GATEGATE1" };
  assert.match((await exchange(app.url, line, { headers })).text, /<status>1<\/status>/);
  const { json: used } = await ask(`GET /v1/entitlements/${json.items[0].id}`);
  assert.equal(used.state, "redeemed");
  assert.notEqual(used.redemption.accessKey, null);
  assert.equal((await ask("POST /v1/redeem", { body: { code: "412158754" } })).json.code, "already_redeemed");
  const { rows } = await app.app.queries.log.newest(1, { productId: Number(product.id) }, {});
  assert.deepEqual(
    rows.map(({ kind, principal, refusal }) => [kind, principal.kind, refusal]),
    [
      ["entitlement_redeemed", "operator", "already_redeemed"],
      ["entitlement_redeemed", "access_key", null],
      ["entitlement_issued", "operator", null],
      ["product_created", "operator", null],
    ],
  );
  assert.equal(rows[0]?.principal.id, operatorId);
});

/** The kinds of entries about a product with the kind of their principal and its number, the oldest first. */
async function logOf(demo: TestApp, product: string | number) {
  const { rows } = await demo.app.queries.log.newest(1, { productId: Number(product) }, {});
  return rows.map(({ kind, principal }) => `${kind} ${principal.kind} ${principal.id}`).toReversed();
}

test("a card that is made over the API is sold through MOR and topped up over the API; the log names both operators", async (context) => {
  const demo = await startTestApp(context, { demo: true });
  const { ask, operatorId } = await openApi(demo);
  const { make, product: create } = makersBy(ask);
  const stock = {
    price: { amount: 1240, currency: "EUR" },
    taxPpm: 240_000,
    numberDigits: 10,
    secretDigits: 8,
    imageUrl: "",
  };
  const product = await create({ kind: "card_group", stock });
  const code = "1900000001";
  await make(`POST /v1/products/${product}/stock`, { codes: [code], balance: { amount: 1000, currency: "EUR" } });

  const mor = morClient(demo);
  const sold = await mor.ask("card_from_group_sell", { id: product, quantity: "1" });
  assert.deepEqual(valuesOf(sold, "number"), [code]);
  const { items } = await make(`GET /v1/entitlements?code=${code}`);
  const [{ id, state }] = items;
  assert.equal(state, "issued");
  const amount = { amount: 1240, currency: "EUR" };
  const { card } = await make(`POST /v1/entitlements/${id}/top-up`, { amount });
  assert.deepEqual(card.balance, { amount: 2000, currency: "EUR" });
  assert.deepEqual(valuesOf(sold, "pin"), [card.pin]);
  assert.match((await mor.ask("card_balance_get", { number: code })).text, /20/);

  const { items: sales } = await make(`GET /v1/sales?product=${product}`);
  assert.deepEqual(
    sales.map(({ channel }: { channel: string }) => channel),
    ["mor"],
  );
  const payments = (await make("GET /v1/payments?limit=200")).items.filter(
    (one: { entitlement: string }) => one.entitlement === id,
  );
  assert.deepEqual(
    payments.map(({ channel }: { channel: string }) => channel),
    ["mor", "api"],
  );
  const [, made, selling, topUp] = await logOf(demo, product);
  assert.equal(made, `product_stocked operator ${operatorId}`);
  assert.match(selling ?? "", /^entitlement_sold operator \d+$/);
  assert.notEqual(selling, `entitlement_sold operator ${operatorId}`);
  assert.equal(topUp, `entitlement_topped_up operator ${operatorId}`);
});

test("a licence that ezpert creates is found, suspended and reissued over the API; the log names both operators", async (context) => {
  const demo = await startTestApp(context, { demo: true });
  const { ask, operatorId } = await openApi(demo);
  const { make } = makersBy(ask);
  const ezpert = ezpertClient(demo.url);
  const client = { client_id: "luigi@example.com" };
  const [license] = licensesIn((await ezpert("create", { ...client, licenses: "1" })).text);
  const key = license?.license_key ?? "";

  const { items } = await make(`GET /v1/entitlements?q=${key.toLowerCase().replaceAll("-", "").slice(0, 10)}`);
  const [{ id, code, product }] = items;
  assert.deepEqual([items.length, code, product], [1, key, String(demoProductId)]);
  assert.equal((await make(`POST /v1/entitlements/${id}/suspend`)).state, "suspended");
  assert.equal((await make(`POST /v1/entitlements/${id}/reinstate`)).state, "issued");
  const anew = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX";
  assert.equal((await make(`POST /v1/entitlements/${id}/reissue`, { code: anew })).code, anew);
  const shown = licensesIn((await ezpert("query", client)).text);
  assert.deepEqual(
    shown.map(({ license_key }) => license_key),
    [anew],
  );
  const machine = { kind: "machine", name: "08-00-27-AA-BB-CC" };
  await make(`POST /v1/entitlements/${id}/bind`, { device: machine, register: true });
  assert.equal(licensesIn((await ezpert("query", client)).text)[0]?.mac_address, machine.name);

  const entries = (await logOf(demo, demoProductId)).slice(-5);
  assert.match(entries[0] ?? "", /^entitlement_issued operator \d+$/);
  assert.notEqual(entries[0], `entitlement_issued operator ${operatorId}`);
  assert.deepEqual(
    entries.slice(1),
    ["suspended", "reinstated", "reissued", "bound"].map((act) => `entitlement_${act} operator ${operatorId}`),
  );
});
