import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";

let app: TestApp;
let ask: ApiClient;
let product: string;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
  product = await makeProduct();
});
after(() => app.stop());

async function makeProduct(terms: object = {}): Promise<string> {
  const { json } = await ask("POST /v1/products", { body: { kind: "event", name: "Concert", ...terms } });
  return json.id;
}

async function issue(body: object = {}) {
  const { status, json } = await ask("POST /v1/entitlements", { body: { product, ...body } });
  assert.equal(status, 201, JSON.stringify(json));
  return json.items;
}

test("an entitlement is issued with all of its terms, and found by its id and by its code", async () => {
  const terms = {
    codes: ["00412158754"],
    customer: "Ada@example.com",
    customerName: "Ada",
    startsAt: "2026-01-01T00:00:00Z",
    expiresAt: "2036-01-01T00:00:00Z",
    usesMax: 1,
    reference: "A-1001",
    attention: "Wheelchair",
    metadata: { seat: "12" },
  };
  const [made] = await issue(terms);
  const { id, issuedAt, customer, ...told } = made;
  assert.deepEqual(told, {
    product,
    code: "00412158754",
    state: "issued",
    category: null,
    startsAt: "2026-01-01T00:00:00.000Z",
    expiresAt: "2036-01-01T00:00:00.000Z",
    usesMax: 1,
    usesSpent: 0,
    inside: false,
    redemption: null,
    suspendedAt: null,
    revokedAt: null,
    reference: "A-1001",
    attention: "Wheelchair",
    metadata: { seat: "12" },
  });
  assert.deepEqual([customer.name, customer.displayName], ["Ada@example.com", "Ada"]);
  assert.ok(issuedAt);
  assert.deepEqual((await ask(`GET /v1/entitlements/${id}`)).json, made);
  assert.deepEqual((await ask("GET /v1/entitlements?code=00412158754")).json, { items: [made], next: null });
  assert.deepEqual((await ask("GET /v1/entitlements?reference=A-1001")).json.items, [made]);
  assert.deepEqual((await ask(`GET /v1/entitlements?customer=${customer.id}`)).json.items, [made]);
  assert.deepEqual((await ask("GET /v1/entitlements?code=412158754")).json.items, []);
});

test("codes that are drawn are long, and no two are the same", async () => {
  const codes = (await issue({ quantity: 100 })).map(({ code }: { code: string }) => code);
  assert.equal(new Set(codes).size, 100);
  for (const code of codes) assert.match(code, /^[1-9]\d{17}$/);
});

test("a code is redeemed once, with its product or without; the refusal says what to do", async () => {
  const [one, two, three] = await issue({ quantity: 3 });
  const done = await ask("POST /v1/redeem", { body: { code: one.code, product } });
  assert.deepEqual([done.status, done.json.state, done.json.usesSpent], [200, "redeemed", 1]);
  assert.match(done.json.redemption.address, /^127\./);
  assert.equal((await ask("POST /v1/redeem", { body: { code: two.code } })).json.id, two.id);
  assert.equal((await ask(`POST /v1/entitlements/${three.id}/redeem`)).json.state, "redeemed");
  for (const again of [
    ask("POST /v1/redeem", { body: { code: one.code, product } }),
    ask("POST /v1/redeem", { body: { code: one.code } }),
    ask(`POST /v1/entitlements/${one.id}/redeem`, { body: {} }),
  ]) {
    const { status, json, headers } = await again;
    assert.deepEqual([status, json.code, json.retry], [409, "already_redeemed", "never"]);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.equal(json.requestId, headers["x-request-id"]);
  }
});

test("with an Idempotency-Key the first answer is repeated, and another request with the key is refused", async () => {
  const [one, two] = await issue({ quantity: 2 });
  const headers = { "idempotency-key": "scan-1" };
  const first = await ask("POST /v1/redeem", { body: { code: one.code, product }, headers });
  const second = await ask("POST /v1/redeem", { body: { code: one.code, product }, headers });
  assert.equal(first.status, 200);
  assert.equal(second.text, first.text);
  const other = await ask("POST /v1/redeem", { body: { code: two.code, product }, headers });
  assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"]);
});

test("an offline scan is reported with its time", async () => {
  const [one] = await issue();
  app.advance(60_000);
  const occurredAt = new Date(Date.now() + 10_000).toISOString();
  const { json } = await ask("POST /v1/redeem", { body: { code: one.code, product, occurredAt } });
  assert.deepEqual([json.redemption.at, json.redemption.reportedAt], [occurredAt, occurredAt]);
});

test("of a hundred who redeem one code at once, one does", async () => {
  const [one] = await issue();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => ask("POST /v1/redeem", { body: { code: one.code, product } })),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ json }) => json.code === "already_redeemed").length, 99);
});

test("an entitlement is revoked for good, and again without harm", async () => {
  const [one] = await issue();
  const { json } = await ask(`POST /v1/entitlements/${one.id}/revoke`);
  assert.equal(json.state, "revoked");
  assert.deepEqual((await ask(`POST /v1/entitlements/${one.id}/revoke`)).json, json);
  assert.equal((await ask("POST /v1/redeem", { body: { code: one.code } })).json.code, "entitlement_revoked");
});

test("lists hold every entitlement once: those of a product by code, all others by id", async () => {
  const mine = await makeProduct();
  const { json } = await ask("POST /v1/entitlements", { body: { product: mine, quantity: 7, reference: "seven" } });
  const collect = async (query: string) => {
    const codes: string[] = [];
    for (let cursor = ""; ; ) {
      const { json: page } = await ask(`GET /v1/entitlements?${query}&limit=3${cursor}`);
      codes.push(...page.items.map(({ code }: { code: string }) => code));
      if (page.next === null) return codes;
      cursor = `&cursor=${page.next}`;
    }
  };
  const codes = json.items.map(({ code }: { code: string }) => code);
  assert.deepEqual(await collect("reference=seven"), codes);
  assert.deepEqual(await collect(`product=${mine}`), [...codes].sort());
  assert.deepEqual((await collect("")).slice(-7), codes);
});

test("every refusal of the verbs of entitlements comes over the API", async () => {
  const limited = await makeProduct({
    capacity: 1,
    categories: [{ key: "a", name: "A", capacity: null, price: null, colour: null }],
  });
  const [one] = (await ask("POST /v1/entitlements", { body: { product: limited, codes: ["taken"] } })).json.items;
  const over = await makeProduct({ endsAt: "2026-01-01T00:00:00Z" });
  const ahead = await makeProduct({ startsAt: "2099-01-01T00:00:00Z" });
  const retired = await makeProduct();
  for (const [id, code] of [
    [over, "over"],
    [ahead, "ahead"],
    [retired, "retired"],
  ] as const) {
    await ask("POST /v1/entitlements", { body: { product: id, codes: [code] } });
  }
  await ask(`POST /v1/products/${retired}/retire`);
  const into = (more: object) => ["POST /v1/entitlements", { product: limited, ...more }] as const;
  const scan = (code: string, more: object = {}) => ["POST /v1/redeem", { code, ...more }] as const;
  const table: readonly (readonly [readonly [string, object], string])[] = [
    [into({}), "capacity_reached"],
    [into({ product: "999999" }), "product_not_found"],
    [into({ category: "b" }), "category_not_found"],
    [into({ hold: "999999" }), "hold_not_found"],
    [into({ expiresAt: "2020-01-01T00:00:00Z" }), "period_reversed"],
    [into({ metadata: { "": "" } }), "text_invalid"],
    [into({ codes: ["taken"] }), "code_taken"],
    [into({ product: retired }), "product_retired"],
    [scan("nowhere"), "entitlement_not_found"],
    [scan("taken", { product: "999999" }), "product_not_found"],
    [scan("taken", { product }), "entitlement_not_found"],
    [scan("taken", { occurredAt: "2099-01-01T00:00:00Z" }), "occurred_at_impossible"],
    [scan("over"), "no_longer_valid"],
    [scan("ahead"), "not_yet_valid"],
    [scan("retired"), "product_retired"],
    [["POST /v1/entitlements/999999/redeem", {}], "entitlement_not_found"],
    [["POST /v1/entitlements/999999/revoke", {}], "entitlement_not_found"],
  ];
  for (const [[line, body], code] of table) {
    assert.equal((await ask(line, { body })).json.code, code, `${line} ${JSON.stringify(body)}`);
  }
  assert.ok(one);
  assert.equal((await ask("GET /v1/entitlements/999999")).json.code, "entitlement_not_found");
});
