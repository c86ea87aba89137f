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

const category = { name: "A", capacity: 2, price: null, colour: null };
const holdOf = (product: string, more: object = {}) =>
  makers.make("POST /v1/holds", { product, quantity: 1, reference: "A-1", ...more });

test("places are held, confirmed by what is issued, released, and lapse by the clock", async () => {
  const product = await makers.product({ capacity: 3, categories: [{ ...category, key: "a" }] });
  const places = async () => {
    const { held, issued, free, categories } = await makers.make(`GET /v1/products/${product}/availability`);
    return [held, issued, free, categories[0].free];
  };
  const one = await holdOf(product, { quantity: 2, category: "a" });
  assert.deepEqual([one.state, one.codes, one.category], ["live", [], "a"]);
  assert.deepEqual(await places(), [2, 0, 1, 0]);
  const refused = await ask("POST /v1/entitlements", { body: { product, category: "a" } });
  assert.equal(refused.json.code, "capacity_reached");
  const { items } = await makers.make("POST /v1/entitlements", { product, hold: one.id, quantity: 2 });
  assert.deepEqual(
    items.map((item: { category: string }) => item.category),
    ["a", "a"],
  );
  assert.equal((await makers.make(`GET /v1/holds/${one.id}`)).state, "confirmed");
  assert.deepEqual(await places(), [0, 2, 1, 0]);

  const two = await holdOf(product);
  assert.equal((await makers.make(`POST /v1/holds/${two.id}/release`)).state, "released");
  const three = await holdOf(product, { seconds: 5 });
  assert.equal(Date.parse(three.endsAt) - Date.parse(three.heldAt), 5_000);
  app.advance(5_001);
  assert.equal((await makers.make(`GET /v1/holds/${three.id}`)).state, "lapsed");
  assert.deepEqual(await places(), [0, 2, 1, 0]);
});

test("holds are listed by product, by reference, and by whether they are live", async () => {
  const [one, other] = [await makers.product(), await makers.product()];
  const [a, b, c] = [await holdOf(one), await holdOf(one, { reference: "B-2" }), await holdOf(other)];
  await makers.make(`POST /v1/holds/${a.id}/release`);
  const ids = async (query: string) => (await makers.all(`/v1/holds?${query}`, 1)).map(({ id }) => id);
  assert.deepEqual(await ids(`product=${one}`), [a.id, b.id]);
  assert.deepEqual(await ids(`product=${one}&live=true`), [b.id]);
  assert.deepEqual(await ids(`product=${one}&live=false`), [a.id]);
  assert.deepEqual(await ids("reference=B-2"), [b.id]);
  const { ask: narrow } = await openApi(app, { limits: { productIds: [Number(other)] } });
  const { items } = (await narrow("GET /v1/holds")).json;
  assert.deepEqual(
    items.map(({ id }: { id: string }) => id),
    [c.id],
  );
  assert.equal((await narrow(`GET /v1/holds/${b.id}`)).json.code, "hold_not_found");
});

test("a gate is made, changed by one of two who edit it, opens its product, and is retired", async () => {
  const product = await makers.product();
  const [ticket] = [await makers.issue(product)];
  const body = {
    name: "North",
    admits: [{ product, categories: null }],
    rights: ["search"],
    accessKeys: ["NORTHGATE1"],
  };
  const made = await ask("POST /v1/gates", { body });
  assert.equal(made.headers.location, `/v1/gates/${made.json.id}`);
  assert.ok(!made.text.includes("NORTHGATE1"));
  assert.equal(made.json.accessKeyCount, 1);
  const line = `PATCH /v1/gates/${made.json.id}`;
  const headers = { "if-match": made.headers.etag ?? "" };
  const answers = await Promise.all(["East", "West"].map((name) => ask(line, { body: { name }, headers })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
  const { text } = await ask(`GET /v1/gates/${made.json.id}`);
  assert.ok(!text.includes("NORTHGATE1"));
  const gate = (await app.app.queries.gates.all(1)).find(({ id }) => String(id) === made.json.id);
  assert.deepEqual(gate?.accessKeys, ["NORTHGATE1"]);
  assert.ok(ticket);
  await makers.make(`POST /v1/gates/${made.json.id}/retire`);
  assert.deepEqual(await makers.all("/v1/gates"), []);
  assert.equal((await makers.all("/v1/gates?retired=true")).length, 1);
  const { ask: narrow } = await openApi(app, { limits: { productIds: [Number(product)] } });
  for (const path of ["/v1/gates", `/v1/gates/${made.json.id}`, "/v1/customers", "/v1/devices"]) {
    assert.equal((await narrow(`GET ${path}`)).json.code, "not_permitted", path);
  }
});
