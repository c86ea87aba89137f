import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";

let app: TestApp;
let ask: ApiClient;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
});
after(() => app.stop());

const concert = { kind: "event", name: "Concert" };

test("a product is made with all of its terms, and told as it was made", async () => {
  const terms = {
    ...concert,
    description: "On the lawn",
    startsAt: "2027-06-19T18:00:00+03:00",
    endsAt: "2027-06-19T21:00:00.5Z",
    capacity: 300,
    uses: { max: 3, per: "day" },
    reentry: "after_exit",
    categories: [
      { key: "adult", name: "Adult", capacity: 200, price: { amount: 2500, currency: "EUR" }, colour: "#2b6cb0" },
      { key: "child", name: "Child", capacity: null, price: null, colour: null },
    ],
    timeZone: "Europe/Helsinki",
    attention: "Check the wristband",
    metadata: { hall: "north", constructor: "x" },
    slots: 2,
    accessKeys: ["GATEGATE1"],
  };
  const made = await ask("POST /v1/products", { body: terms });
  assert.equal(made.status, 201);
  const { id, createdAt, ...told } = made.json;
  const { accessKeys, ...given } = terms;
  assert.deepEqual(told, {
    ...given,
    startsAt: "2027-06-19T15:00:00.000Z",
    endsAt: "2027-06-19T21:00:00.500Z",
    categories: terms.categories.map((one) => ({ ...one, issued: 0 })),
    issued: 0,
    stock: null,
    retiredAt: null,
  });
  assert.ok(Date.now() - Date.parse(createdAt) < 60_000);
  assert.equal(made.headers.location, `/v1/products/${id}`);
  const got = await ask(`GET /v1/products/${id}`);
  assert.deepEqual(got.json, made.json);
  assert.equal(got.headers.etag, made.headers.etag);
  assert.ok(!got.text.includes("GATEGATE1"), "an access key is never told");
  assert.deepEqual(await app.app.queries.products.byId(1, Number(id)).then((one) => one?.accessKeys), accessKeys);
});

test("a product with stock has money in whole numbers", async () => {
  const stock = {
    price: { amount: 1240, currency: "EUR" },
    taxPpm: 240_000,
    numberDigits: 10,
    secretDigits: 4,
    imageUrl: "",
  };
  const { status, json } = await ask("POST /v1/products", { body: { kind: "gift", name: "Gift", stock } });
  assert.equal(status, 201);
  assert.deepEqual(json.stock, { ...stock, inStock: 0 });
});

test("what is left out has its default, and a change leaves the rest alone", async () => {
  const { json: made } = await ask("POST /v1/products", { body: concert });
  assert.deepEqual([made.uses, made.capacity, made.timeZone], [{ max: 1, per: "entitlement" }, null, "UTC"]);
  const line = `PATCH /v1/products/${made.id}`;
  const { json: changed } = await ask(line, { body: { capacity: 5, startsAt: "2027-01-01T00:00:00Z" } });
  assert.deepEqual(changed, { ...made, capacity: 5, startsAt: "2027-01-01T00:00:00.000Z" });
  assert.deepEqual((await ask(line, { body: { capacity: null, startsAt: null } })).json, made);
});

test("of two people who edit one product, the second is told, however close they are", async () => {
  const { json, headers } = await ask("POST /v1/products", { body: concert });
  const line = `PATCH /v1/products/${json.id}`;
  const ifMatch = { "if-match": String(headers.etag) };
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => ask(line, { body: { name: `Name ${index}` }, headers: ifMatch })),
  );
  const codes = answers.map(({ status, json: told }) => (status === 200 ? "done" : told.code)).sort();
  assert.deepEqual(codes, [...Array(7).fill("changed_meanwhile"), "done"]);
  const done = answers.find(({ status }) => status === 200);
  assert.equal((await ask(`GET /v1/products/${json.id}`)).json.name, done?.json.name);
  assert.equal((await ask(line, { body: { name: "Last" }, headers: { "if-match": "*" } })).status, 200);
});

test("whoever has a product already is told so", async () => {
  const { json, headers } = await ask("POST /v1/products", { body: concert });
  const known = { "if-none-match": `"other", ${headers.etag}` };
  const answer = await ask(`GET /v1/products/${json.id}`, { headers: known });
  assert.deepEqual([answer.status, answer.text, answer.headers.etag], [304, "", headers.etag]);
});

test("a product is retired once; one that sold nothing is gone", async () => {
  const { json } = await ask("POST /v1/products", { body: concert });
  assert.deepEqual((await ask(`POST /v1/products/${json.id}/retire`)).json, { deleted: true });
  assert.equal((await ask(`POST /v1/products/${json.id}/retire`)).json.code, "product_not_found");
  const { json: sold } = await ask("POST /v1/products", { body: concert });
  await ask("POST /v1/entitlements", { body: { product: sold.id } });
  assert.deepEqual((await ask(`POST /v1/products/${sold.id}/retire`, { body: {} })).json, { deleted: false });
  assert.notEqual((await ask(`GET /v1/products/${sold.id}`)).json.retiredAt, null);
  const listed = async (query: string) => {
    const { json: page } = await ask(`GET /v1/products?limit=200${query}`);
    return page.items.some(({ id }: { id: string }) => id === sold.id);
  };
  assert.deepEqual([await listed(""), await listed("&retired=true")], [false, true]);
});

test("pages hold every product once, by cursor and by link", async () => {
  for (let index = 0; index < 5; index++)
    await ask("POST /v1/products", { body: { kind: "paged", name: `P${index}` } });
  const names: string[] = [];
  let target: string | undefined = "/v1/products?kind=paged&limit=2";
  while (target !== undefined) {
    const { json, headers } = await ask(`GET ${target}`);
    names.push(...json.items.map(({ name }: { name: string }) => name));
    target = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
    assert.equal(target === undefined, json.next === null);
    if (target !== undefined) assert.equal(new URL(target, app.url).searchParams.get("cursor"), json.next);
  }
  assert.deepEqual(names, ["P0", "P1", "P2", "P3", "P4"]);
});

test("every refusal of the verbs of products comes over the API", async () => {
  const { json: made } = await ask("POST /v1/products", {
    body: { ...concert, capacity: 2, categories: [{ key: "a", name: "A", capacity: 1, price: null, colour: null }] },
  });
  await ask("POST /v1/entitlements", { body: { product: made.id, category: "a" } });
  const create = (more: object) => ["POST /v1/products", { ...concert, ...more }] as const;
  const change = (more: object) => [`PATCH /v1/products/${made.id}`, more] as const;
  const price = { amount: 1, currency: "XYZ" };
  const stock = { price, taxPpm: 0, numberDigits: 10, secretDigits: 0, imageUrl: "" };
  const category = { key: "a", name: "A", capacity: null, price: null, colour: null };
  const table: readonly (readonly [readonly [string, object], string])[] = [
    [create({ name: " " }), "name_invalid"],
    [create({ startsAt: "2027-01-02T00:00:00Z", endsAt: "2027-01-01T00:00:00Z" }), "period_reversed"],
    [create({ stock }), "amount_invalid"],
    [create({ categories: [category, category] }), "category_invalid"],
    [create({ timeZone: "Europe/Nowhere" }), "time_zone_invalid"],
    [create({ metadata: { ["x".repeat(41)]: "" } }), "text_invalid"],
    [change({ categories: [] }), "category_in_use"],
    [change({ capacity: 0 }), "capacity_below_issued"],
    [["PATCH /v1/products/999999", {}], "product_not_found"],
  ];
  for (const [[line, body], code] of table) {
    assert.equal((await ask(line, { body })).json.code, code, `${line} ${JSON.stringify(body)}`);
  }
});
