import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { makersBy } from "../../tests/support/api-makers.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";

let app: TestApp;
let ask: ApiClient;
let makers: ReturnType<typeof makersBy>;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
  makers = makersBy(ask);
});
after(() => app.stop());

const stock = {
  price: { amount: 1240, currency: "EUR" },
  taxPpm: 240_000,
  numberDigits: 10,
  secretDigits: 8,
  imageUrl: "",
};
let made = 1_000_000_000;

async function group(cards: number) {
  const product = await makers.product({ kind: "card_group", stock });
  const codes = Array.from({ length: cards }, () => String(++made));
  const balance = { amount: 1000, currency: "EUR" };
  const answer = await makers.make(`POST /v1/products/${product}/stock`, { codes, balance, batch: "2027-01" });
  assert.deepEqual(answer, { made: cards, skipped: 0 });
  return { product, codes };
}

test("cards are made, listed with their pins for those alone who may see them, and sold, the lowest first", async () => {
  const { product, codes } = await group(5);
  const cards = await makers.all(`/v1/products/${product}/stock`, 2);
  assert.deepEqual(
    cards.map(({ code }) => code),
    codes,
  );
  for (const { pin, state } of cards) assert.match(`${state} ${pin}`, /^in_stock \d{8}$/);
  const { ask: blind } = await openApi(app, { role: "auditor" });
  const { items } = (await blind(`GET /v1/products/${product}/stock`)).json;
  assert.deepEqual(
    items.map(({ pin }: { pin: null }) => pin),
    codes.map(() => null),
  );
  const sold = await ask("POST /v1/sales", {
    body: { product, quantity: 2, email: "ada@example.com", reference: "A-1" },
  });
  assert.equal(sold.status, 201);
  assert.deepEqual(
    sold.json.cards.map(({ code, state, pin }: Record<string, string>) => [code, state, pin]),
    cards.slice(0, 2).map(({ code, pin }) => [code, "issued", pin]),
  );
  assert.deepEqual([sold.json.channel, sold.json.email], ["api", "ada@example.com"]);
  assert.equal(sold.headers.location, `/v1/sales/${sold.json.id}`);
  assert.deepEqual(await makers.make(`GET /v1/sales/${sold.json.id}`), sold.json);
  assert.equal((await blind(`GET /v1/sales/${sold.json.id}`)).json.cards[0].pin, null);
  const availability = (await makers.make(`GET /v1/products/${product}/availability`)).stock;
  assert.deepEqual(availability, { inStock: 3, held: 0, free: 3 });
  assert.equal((await ask("GET /v1/sales/999999")).status, 404);
});

test("held cards are sold by the hold, and one card by its code", async () => {
  const { product, codes } = await group(4);
  const hold = await makers.make("POST /v1/holds", { product, quantity: 2, reference: "B-1" });
  assert.deepEqual(hold.codes, codes.slice(0, 2));
  const [next] = (await makers.make("POST /v1/sales", { product, quantity: 1 })).cards;
  assert.equal(next.code, codes[2]);
  const confirmed = await makers.make("POST /v1/sales", { product, hold: hold.id, quantity: 1 });
  assert.equal(confirmed.cards[0].code, codes[0]);
  assert.equal((await makers.make(`GET /v1/holds/${hold.id}`)).state, "confirmed");
  assert.equal((await makers.make("POST /v1/sales", { product, code: codes[3] })).cards[0].code, codes[3]);
  for (const body of [{ product }, { product, hold: hold.id }, { product, code: "1", quantity: 1 }]) {
    assert.equal((await ask("POST /v1/sales", { body })).json.code, "request_invalid");
  }
  const mail = { product, quantity: 1, email: "nobody" };
  assert.equal((await ask("POST /v1/sales", { body: mail })).json.pointer, "body/email");
});

test("a sold card is topped up; sales and payments are listed to those who see them", async () => {
  const { product } = await group(2);
  const sale = await makers.make("POST /v1/sales", { product, quantity: 1, reference: "C-1" });
  const [card] = sale.cards;
  const topped = await makers.make(`POST /v1/entitlements/${card.entitlement}/top-up`, {
    amount: { amount: 1240, currency: "EUR" },
    description: "at the counter",
  });
  assert.deepEqual(topped.card.balance, { amount: 2000, currency: "EUR" });
  assert.deepEqual([topped.payment.sale, topped.payment.rate, topped.payment.channel], [null, "1.000000000", "api"]);
  assert.deepEqual(await makers.make(`GET /v1/entitlements/${card.entitlement}/card`), topped.card);
  const ids = async (target: string) => (await makers.all(target, 1)).map(({ id }) => id);
  assert.deepEqual(await ids(`/v1/sales?product=${product}`), [sale.id]);
  assert.deepEqual(await ids("/v1/sales?reference=C-1"), [sale.id]);
  assert.equal((await ids(`/v1/payments?sale=${sale.id}`)).length, 1);
  assert.equal((await ids("/v1/payments")).at(-1), topped.payment.id);
  const { ask: reseller } = await openApi(app, { role: "reseller" });
  assert.deepEqual((await reseller("GET /v1/payments")).json.items, []);
  assert.deepEqual((await reseller("GET /v1/sales")).json.items, []);
  assert.equal((await reseller(`GET /v1/sales/${sale.id}`)).status, 404);
  const topUp = { body: { amount: { amount: 1, currency: "EUR" } } };
  const stranger = await reseller(`POST /v1/entitlements/${card.entitlement}/top-up`, topUp);
  assert.equal(stranger.json.code, "entitlement_not_found");
  const { ask: narrow } = await openApi(app, { limits: { categories: ["adult"] } });
  assert.deepEqual((await narrow("GET /v1/payments")).json.items, []);
});

test("a reseller sells its own stock and makes no cards here", async () => {
  const { ask: reseller } = await openApi(app, { role: "reseller" });
  const { product } = await group(1);
  const body = { codes: ["1999999999"], balance: { amount: 1, currency: "EUR" } };
  assert.equal((await reseller(`POST /v1/products/${product}/stock`, { body })).json.code, "not_permitted");
  assert.equal((await reseller("POST /v1/sales", { body: { product, quantity: 1 } })).json.code, "product_not_found");
});
