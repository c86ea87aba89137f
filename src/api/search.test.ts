import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { makersBy } from "../../tests/support/api-makers.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";

let app: TestApp;
let ask: ApiClient;
let makers: ReturnType<typeof makersBy>;
let product: string;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
  makers = makersBy(ask);
  product = await makers.product({ reentry: "after_exit", uses: { max: null, per: "entitlement" } });
  for (const [code, customer, customerName, reference] of [
    ["ABCD-EFGH-1234-5678", "ada@example.com", "Ada Lovelace", "ORDER-7"],
    ["adalbert", "grace@example.com", "Grace Hopper", "order-70"],
    ["412158754", "Ädelheid", "Adele Ångström", undefined],
    ["412158755", "100%_sure@example.com", "", "ada"],
  ] as const) {
    await makers.issue(product, {
      codes: [code],
      customer,
      customerName,
      ...(reference === undefined ? {} : { reference }),
    });
  }
});
after(() => app.stop());

const found = async (q: string, more = "") =>
  (await makers.all(`/v1/entitlements?q=${encodeURIComponent(q)}${more}`, 1)).map(({ code }) => code);

test("a code is found by its beginning, in any case, with dashes of any kind, with blanks, or without", async () => {
  for (const q of ["ABCD-EFGH", "abcdefgh1234", "abcd efgh 12", "ABCD\u2011EFGH", "ABC", "abcd-efgh-1234-5678"]) {
    assert.deepEqual(await found(q), ["ABCD-EFGH-1234-5678"], q);
  }
  assert.deepEqual(await found("4121"), ["412158754", "412158755"]);
});

test("a search finds codes, then references, then names; each entitlement once", async () => {
  assert.deepEqual(await found("ada"), ["adalbert", "412158755", "ABCD-EFGH-1234-5678"]);
  assert.deepEqual(await found("order-7"), ["ABCD-EFGH-1234-5678", "adalbert"]);
  assert.deepEqual(await found("GRACE@ex"), ["adalbert"]);
  assert.deepEqual(await found("hopp"), ["adalbert"], "the last word of a name");
  assert.deepEqual(await found("grace h"), ["adalbert"], "the beginning of the whole name");
  assert.deepEqual(await found("ångs"), ["412158754"]);
  assert.deepEqual(await found("A\u0308del"), ["412158754"], "in any composition of accents");
  for (const q of ["%%%", "___", "100_", "lace", "---", "zzz", "\\\\\\"]) assert.deepEqual(await found(q), [], q);
  assert.deepEqual(await found("100%_s"), ["412158755"]);
});

test("who may not see names finds nothing by them", async () => {
  const { ask: blind } = await openApi(app, { limits: { scopes: ["read_entitlements"] } });
  const { items } = (await blind("GET /v1/entitlements?q=ada")).json;
  assert.deepEqual(
    items.map(({ code }: { code: string }) => code),
    ["adalbert", "412158755"],
  );
  assert.equal((await blind("GET /v1/entitlements?holder=ada@example.com")).json.code, "not_permitted");
});

test("a search has three characters that are no blanks, no order of its own choice, and its own cursors", async () => {
  for (const query of ["q=ab", "q=a%20%20%20", "q=ada&sort=id", "q=ada&code=412158754", "q=ada&cursor=x"]) {
    assert.equal((await ask(`GET /v1/entitlements?${query}`)).json.code, "request_invalid", query);
  }
});

test("terms narrow a list and a search, all together", async () => {
  const other = await makers.product({
    categories: ["a", "b"].map((key) => ({ key, name: key, capacity: null, price: null, colour: null })),
  });
  const [a, b] = [await makers.issue(other, { category: "a" }), await makers.issue(other, { category: "b" })];
  await makers.make(`POST /v1/entitlements/${a.id}/redeem`);
  await makers.make(`POST /v1/entitlements/${b.id}/suspend`);
  const inside = (await makers.all("/v1/entitlements?code=adalbert"))[0];
  await makers.make(`POST /v1/entitlements/${inside.id}/redeem`);
  const ids = async (query: string) => (await makers.all(`/v1/entitlements?${query}`, 1)).map(({ id }) => id);
  assert.deepEqual(await ids(`product=${other}&category=a`), [a.id]);
  assert.deepEqual(await ids(`product=${other}&state=suspended`), [b.id]);
  assert.deepEqual(await ids("state=suspended"), [b.id]);
  assert.deepEqual(await ids(`product=${other}&redeemed=true`), [a.id]);
  assert.deepEqual(await ids(`product=${other}&redeemed=false`), [b.id]);
  assert.deepEqual(await ids("inside=true"), [inside.id]);
  assert.deepEqual(await ids("holder=GRACE@example.com"), [inside.id]);
  assert.deepEqual(await ids("holder=nobody@example.com"), []);
  assert.deepEqual(await ids(`holder=grace@example.com&product=${other}`), []);
  assert.deepEqual(await found("adal", `&product=${other}`), []);
  assert.deepEqual(await found("adal", "&inside=true"), ["adalbert"]);
});

test("a list goes both ways, and says by what it can be sorted", async () => {
  const many = await makers.product();
  await makers.make("POST /v1/entitlements", { product: many, codes: ["10", "9", "0100", "x1"], reference: "many" });
  const codes = async (query: string) => (await makers.all(`/v1/entitlements?${query}`)).map(({ code }) => code);
  const up = await codes(`product=${many}`);
  assert.deepEqual(up, ["x1", "9", "10", "0100"]);
  assert.deepEqual(await codes(`product=${many}&sort=code`), up);
  assert.deepEqual(await codes(`product=${many}&sort=-code`), up.toReversed());
  const made = await codes("reference=many");
  assert.deepEqual(await codes("reference=many&sort=-id"), made.toReversed());
  assert.deepEqual((await codes("sort=-id")).slice(0, 4), made.toReversed());
  for (const query of ["sort=code", `product=${many}&sort=id`, `product=${many}&reference=many&sort=code`]) {
    const { json } = await ask(`GET /v1/entitlements?${query}`);
    assert.deepEqual([json.code, json.pointer], ["request_invalid", "query/sort"], query);
  }
});

test("customers are found by the same beginnings, each once", async () => {
  const names = async (query: string) => (await makers.all(`/v1/customers?${query}`, 1)).map(({ name }) => name);
  assert.deepEqual(await names("q=ada"), ["ada@example.com"]);
  assert.deepEqual(await names("q=adele"), ["Ädelheid"]);
  assert.deepEqual(await names("q=HOPP"), ["grace@example.com"]);
  assert.deepEqual(await names("name=Grace@Example.com"), ["grace@example.com"]);
  assert.equal((await names("")).length, 4);
});

test("a search of many reads an index, and no row of others", async () => {
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: app.database.url });
  await client.connect();
  try {
    await client.query(`
      insert into customer (organization_id, id, name, identity, display_name)
      select 1, 100000 + n, md5(n::text) || '@example.com', md5(n::text) || '@example.com', md5(n::text) || ' ' || md5('x' || n)
      from generate_series(1, 20000) n`);
    await client.query(
      `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, reference)
      select 1, 100000 + n, $1, 'C' || md5(n::text), 100000 + 1 + n % 20000, now(), 'R' || n from generate_series(1, 40000) n`,
      [product],
    );
    await client.query("analyze");
    const { allStatements } = await import("../storage/statement.ts");
    for (const way of ["code", "reference", "name", "display_name", "last_name"]) {
      const text = allStatements().get(`search_entitlements_by_${way}`) ?? "";
      await client.query(`prepare way_${way} as ${text}`);
      await client.query("set plan_cache_mode = force_generic_plan");
      const values = ["1", "null", "null", "null", ...Array(7).fill("null"), "'abc'", "''", "-1", "50"].join(", ");
      const { rows } = await client.query(`explain (analyze, timing off) execute way_${way}(${values})`);
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      assert.match(plan, new RegExp(`(entitlement|customer)_search_${way}`), plan);
      assert.doesNotMatch(plan, /Seq Scan on (customer|entitlement)/, plan);
    }
  } finally {
    await client.end();
  }
});
