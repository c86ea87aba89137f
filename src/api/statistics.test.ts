import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { sellCards, stockCards } from "../../tests/support/cards.ts";
import { carryOut } from "../../tests/support/charts.ts";
import { anybody } from "../../tests/support/principals.ts";

let app: TestApp;
let ask: ApiClient;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
});
after(() => app.stop());

const categories = ["adult", "child"].map((key) => ({ key, name: key, capacity: 50, price: null, colour: null }));

async function makeProduct(more: object = {}): Promise<string> {
  return (await ask("POST /v1/products", { body: { kind: "event", name: "Concert", ...more } })).json.id;
}

const today = () => {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  return `from=${from}&to=${to}&bucket=minute`;
};

interface SeriesTold {
  readonly key: string | null;
  readonly currency: string | null;
  readonly total: number;
  readonly values: readonly number[];
}

async function totals(query: string): Promise<Record<string, number>> {
  const { json } = await ask(`GET /v1/statistics?${today()}&${query}`);
  return Object.fromEntries(
    json.series.map(({ key, currency, total, values }: SeriesTold) => {
      const sum = values.reduce((all, one) => all + one, 0);
      assert.equal(sum, total);
      return [[key, currency].filter((one) => one !== null).join(" "), total];
    }),
  );
}

test("uses, exits, undone uses and refusals are counted by category and by reason, folded or not", async () => {
  const product = await makeProduct({ categories, uses: { max: null, per: "entitlement" }, reentry: "after_exit" });
  await ask("POST /v1/entitlements", { body: { product, codes: ["sa"], category: "adult" } });
  await ask("POST /v1/entitlements", { body: { product, codes: ["sc"], category: "child" } });
  const scan = (code: string, more: object = {}) =>
    app.app.engine.execute({
      organizationId: 1,
      principal: anybody,
      address: null,
      command: { verb: "redeem", productId: Number(product), code, ...more },
    });
  await scan("sa", { count: 3 });
  await scan("sa");
  await scan("sa", { direction: "exit" });
  await scan("sc");
  await scan("nowhere");
  const undone = { verb: "undo", productId: Number(product), code: "sc", reason: "a test" } as const;
  await app.app.engine.execute({ organizationId: 1, principal: anybody, address: null, command: undone });
  const assertCounted = async () => {
    assert.deepEqual(await totals(`measure=issued&product=${product}`), { "": 2 });
    assert.deepEqual(await totals(`measure=redeemed&product=${product}&by=category`), { adult: 3, child: 1 });
    assert.deepEqual(await totals(`measure=redeemed&product=${product}&category=child`), { "": 1 });
    assert.deepEqual(await totals(`measure=exited&product=${product}`), { "": 1 });
    assert.deepEqual(await totals(`measure=undone&product=${product}`), { "": 1 });
    const reasons = await totals(`measure=refused&product=${product}&by=reason`);
    assert.deepEqual(reasons, { already_inside: 1, entitlement_not_found: 1 });
  };
  await assertCounted();
  await app.app.administration.foldStatistics(1);
  await assertCounted();
  assert.equal(await app.app.administration.foldStatistics(1), 0);
  await assertCounted();
  const { json: now } = await ask(`GET /v1/products/${product}/standing`);
  assert.deepEqual([now.inside, now.issued, now.left], [0, 2, null]);
  assert.deepEqual(now.categories[0], { key: "adult", capacity: 50, issued: 1, held: 0, left: 49, inside: 0 });
  await scan("sa");
  const later = await ask(`GET /v1/products/${product}/standing`);
  assert.equal(later.json.inside, 1);
  assert.equal(later.json.categories[0].inside, 1);
});

test("what was sold is counted with its amount in each currency", async () => {
  const product = await stockCards(app.app, "Calls", 5);
  await sellCards(app.app, product, 3, null);
  const { rows } = await payments(product);
  const sum = rows.reduce((all, { amount }) => all + Number(amount), 0);
  const currency = rows[0]?.currency;
  assert.ok(sum > 0);
  const paid = { [`${product} ${currency}`]: sum };
  assert.deepEqual(await totals(`measure=sold&product=${product}`), { "": 3 });
  assert.deepEqual(await totals(`measure=paid&product=${product}&by=product`), paid);
  await app.app.administration.foldStatistics(1);
  assert.deepEqual(await totals(`measure=paid&product=${product}&by=product`), paid);
  assert.deepEqual(await totals(`measure=paid&product=${product}&by=reseller`), { [String(currency)]: sum });
});

test("a payment counts for the reseller on whose account it is, and what is paid back is taken off", async () => {
  const product = await stockCards(app.app, "Calls of the house", 5);
  const login = "corner-shop";
  const { operator } = await carryOut(app.app, {
    verb: "create_operator",
    login,
    passwordHash: "none",
    role: "reseller",
  });
  const terms = { operatorId: operator.id, login, productId: product, commissionPpm: 100_000 } as const;
  await carryOut(app.app, { verb: "change_reseller_terms", ...terms });
  await sellCards(app.app, product, 1, null);
  const sold = await carryOut(app.app, {
    verb: "sell",
    productId: product,
    ownerId: operator.id,
    what: { quantity: 3 },
    email: null,
    currency: null,
    channel: "api",
  });
  const number = sold.cards[0]?.entitlement.code ?? "";
  await carryOut(app.app, { verb: "void_sale", productId: product, number, description: "a mistake" });
  const assertCounted = async () => {
    const paid = { [`${operator.id} EUR`]: 2 * 1240, EUR: 1240 };
    assert.deepEqual(await totals(`measure=sold&product=${product}&by=reseller`), { [operator.id]: 3, "": 1 });
    assert.deepEqual(await totals(`measure=paid&product=${product}&by=reseller`), paid);
    assert.deepEqual(await totals(`measure=paid&reseller=${operator.id}`), { EUR: 2 * 1240 });
    assert.deepEqual(await totals(`measure=paid&product=${product}`), { EUR: 3 * 1240 });
  };
  await assertCounted();
  await app.app.administration.foldStatistics(1);
  await assertCounted();
});

test("what happened at a gate is counted for the gate", async () => {
  const product = await makeProduct();
  await ask("POST /v1/entitlements", { body: { product, codes: ["g1", "g2", "g3"] } });
  const { gate: north } = await carryOut(app.app, {
    verb: "create_gate",
    terms: { name: "North", admits: [], rights: [], accessKeys: [] },
  });
  const scan = (code: string, gateId: number | null) =>
    app.app.engine.execute({
      organizationId: 1,
      principal: { ...anybody, gateId },
      address: null,
      command: { verb: "redeem", productId: Number(product), code },
    });
  await scan("g1", north.id);
  await scan("g2", north.id);
  await scan("g2", north.id);
  await scan("g3", null);
  const assertCounted = async () => {
    assert.deepEqual(await totals(`measure=redeemed&product=${product}&by=gate`), { [north.id]: 2, "": 1 });
    assert.deepEqual(await totals(`measure=refused&product=${product}&gate=${north.id}`), { "": 1 });
  };
  await assertCounted();
  await app.app.administration.foldStatistics(1);
  await assertCounted();
});

async function payments(productId: number) {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: app.database.url });
  await client.connect();
  const found = await client.query<{ amount: string; currency: string }>(
    `select p.amount_minor as amount, p.currency from payment p
join entitlement e on e.organization_id = p.organization_id and e.id = p.entitlement_id where e.product_id = $1`,
    [productId],
  );
  await client.end();
  return found;
}

test("buckets are those of the time zone, over its changes of the clock, and none is left out", async () => {
  const starts = async (query: string) =>
    (await ask(`GET /v1/statistics?measure=issued&${query}`)).json.starts as string[];
  const days = await starts("from=2027-03-27T12:00:00Z&to=2027-03-29T12:00:00Z&bucket=day&timeZone=Europe/Helsinki");
  assert.deepEqual(days, ["2027-03-26T22:00:00.000Z", "2027-03-27T22:00:00.000Z", "2027-03-28T21:00:00.000Z"]);
  const hours = await starts("from=2027-10-31T00:00:00Z&to=2027-10-31T03:00:00Z&bucket=hour&timeZone=Europe/Helsinki");
  assert.equal(hours.length, 3, "the hour that comes twice is two");
  const quarters = await starts(
    "from=2027-01-01T00:00:00Z&to=2027-01-01T02:00:00Z&bucket=hour&timeZone=Asia/Kathmandu",
  );
  assert.deepEqual(quarters, ["2026-12-31T23:15:00.000Z", "2027-01-01T00:15:00.000Z", "2027-01-01T01:15:00.000Z"]);
  assert.equal((await starts("from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z&bucket=minute")).length, 1_440);
  const { json } = await ask(
    "GET /v1/statistics?measure=issued&from=2020-01-01T00:00:00Z&to=2020-01-03T00:00:00Z&bucket=day",
  );
  assert.deepEqual(json.series, [{ key: null, rest: false, currency: null, values: [0, 0], total: 0 }]);
});

test("the same counts have the same ETag", async () => {
  const line = "GET /v1/statistics?measure=issued&from=2020-01-01T00:00:00Z&to=2020-01-03T00:00:00Z&bucket=day";
  const { headers } = await ask(line);
  assert.equal((await ask(line, { headers: { "if-none-match": String(headers.etag) } })).status, 304);
});

test("beyond a hundred series the smallest are one", async () => {
  const key = (at: number) => `k${String(at).padStart(3, "0")}`;
  const many = Array.from({ length: 100 }, (_, at) => ({
    key: key(at),
    name: "N",
    capacity: null,
    price: null,
    colour: null,
  }));
  const products = [
    await makeProduct({ categories: many.slice(0, 60) }),
    await makeProduct({ categories: many.slice(40) }),
  ];
  for (const [at, { key: category }] of many.entries()) {
    const product = products[at < 60 ? 0 : 1];
    await ask("POST /v1/entitlements", { body: { product, category, quantity: at === 7 ? 5 : 2 } });
  }
  await ask("POST /v1/entitlements", { body: { product: await makeProduct() } });
  const { json } = await ask(`GET /v1/statistics?${today()}&measure=issued&by=category`);
  const rest = json.series.filter((one: { rest: boolean }) => one.rest);
  assert.equal(json.series.length, 101);
  assert.equal(rest.length, 1);
  assert.ok(rest[0].total >= 1 && rest[0].key === null);
});

test("a token for a product counts that one alone", async () => {
  const [one, two] = [await makeProduct(), await makeProduct()];
  for (const product of [one, two]) await ask("POST /v1/entitlements", { body: { product, quantity: 2 } });
  const narrow = await openApi(app, { limits: { productIds: [Number(one)] } });
  const { json } = await narrow.ask(`GET /v1/statistics?${today()}&measure=issued&by=product`);
  assert.deepEqual(
    json.series.map(({ key, total }: { key: string; total: number }) => [key, total]),
    [[one, 2]],
  );
  assert.equal((await narrow.ask(`GET /v1/products/${two}/standing`)).json.code, "product_not_found");
});

test("a question that makes no sense is refused, and says which part", async () => {
  const span = "from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z";
  for (const [query, pointer] of [
    [`measure=issued&bucket=day&${span}&timeZone=Nowhere/At_all`, "query/timeZone"],
    ["measure=issued&bucket=day&from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "query/to"],
    ["measure=issued&bucket=minute&from=2027-01-01T00:00:00Z&to=2027-02-01T00:00:00Z", "query/bucket"],
    ["measure=issued&bucket=day&from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", "query/from"],
    ["measure=issued&bucket=day&from=9999-12-30T00:00:00Z&to=9999-12-31T00:00:00Z", "query/to"],
    [`measure=issued&bucket=day&${span}&category=%00`, "query"],
    [`measure=luck&bucket=day&${span}`, "query/measure"],
    [`measure=issued&bucket=year&${span}`, "query/bucket"],
  ]) {
    const { json } = await ask(`GET /v1/statistics?${query}`);
    assert.deepEqual([json.code, json.pointer], ["request_invalid", pointer], query);
  }
});
