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

const act = (id: string, what: string, body?: unknown) => makers.make(`POST /v1/entitlements/${id}/${what}`, body);

test("entries and exits are counted, told with their number, and taken back", async () => {
  const product = await makers.product({ reentry: "after_exit", uses: { max: 5, per: "entitlement" } });
  const { id, code } = await makers.issue(product);
  const entered = await makers.make("POST /v1/redeem", { code, product, count: 2 });
  assert.deepEqual([entered.usesSpent, entered.inside], [2, true]);
  assert.equal((await makers.make(`GET /v1/products/${product}/availability`)).inside, 1);
  assert.equal((await act(id, "redeem", { direction: "exit" })).inside, false);
  const occurredAt = new Date(Date.now() + 5_000).toISOString();
  app.advance(10_000);
  await act(id, "redeem", { occurredAt });
  const uses = await makers.all(`/v1/entitlements/${id}/uses`, 1);
  assert.deepEqual(
    uses.map(({ number, direction, count, reportedAt }) => [number, direction, count, reportedAt !== null]),
    [
      [1, "entry", 2, false],
      [2, "exit", 1, false],
      [3, "entry", 1, true],
    ],
  );
  assert.equal((await act(id, "undo", { reason: "Wrong gate" })).usesSpent, 2);
  assert.equal((await act(id, "undo", { use: 1, reason: "Wrong group" })).usesSpent, 0);
  const undone = (await makers.all(`/v1/entitlements/${id}/uses`)).map(({ undoneAt }) => undoneAt !== null);
  assert.deepEqual(undone, [true, false, true]);
});

test("of two offline scans of one code the later is a conflict, which names both operators", async () => {
  const product = await makers.product();
  const { id, code, issuedAt } = await makers.issue(product);
  app.advance(10_000);
  const at = (seconds: number) => new Date(Date.parse(issuedAt) + seconds * 1000).toISOString();
  await makers.make("POST /v1/redeem", { code, product, occurredAt: at(5) });
  const { ask: other, operatorId } = await openApi(app, { role: "steward" });
  const late = await other("POST /v1/redeem", { body: { code, product, occurredAt: at(7) } });
  assert.equal(late.json.code, "already_redeemed");
  const [conflict, ...rest] = await makers.all(`/v1/conflicts?product=${product}`, 1);
  assert.deepEqual(rest, []);
  assert.deepEqual([conflict.entitlement, conflict.refusal], [id, "already_redeemed"]);
  assert.equal(conflict.lost.operator, String(operatorId));
  assert.notEqual(conflict.kept.operator, String(operatorId));
  assert.equal((await ask("GET /v1/conflicts")).json.code, "request_invalid");
  assert.equal((await ask("GET /v1/conflicts?product=999999")).json.code, "product_not_found");
});

test("an entitlement is suspended and reinstated, extended, and given other terms by one of two who edit it", async () => {
  const product = await makers.product();
  const { id, code } = await makers.issue(product);
  assert.equal((await act(id, "suspend")).state, "suspended");
  assert.equal((await ask("POST /v1/redeem", { body: { code } })).json.code, "entitlement_suspended");
  assert.equal((await act(id, "reinstate")).state, "issued");
  const expiresAt = "2099-01-01T00:00:00.000Z";
  assert.equal((await act(id, "extend", { expiresAt })).expiresAt, expiresAt);
  assert.equal((await act(id, "extend", { expiresAt: null })).expiresAt, null);
  const { headers } = await ask(`GET /v1/entitlements/${id}`);
  const answers = await Promise.all(
    ["one", "two"].map((attention) =>
      ask(`PATCH /v1/entitlements/${id}`, { body: { attention }, headers: { "if-match": headers.etag ?? "" } }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
  const changed = await makers.make(`PATCH /v1/entitlements/${id}`, {
    usesMax: 3,
    reference: "B-2",
    attention: null,
    metadata: { seat: "4" },
  });
  assert.deepEqual(
    [changed.usesMax, changed.reference, changed.attention, changed.metadata],
    [3, "B-2", null, { seat: "4" }],
  );
});

test("a new code ends the old one; a transfer changes the holder, and the code if that is asked for", async () => {
  const product = await makers.product();
  const { id, code } = await makers.issue(product, { customer: "ada@example.com" });
  const reissued = await act(id, "reissue");
  assert.match(reissued.code, /^[1-9]\d{17}$/);
  for (const body of [{ code }, { code, product }]) {
    assert.deepEqual((await ask("POST /v1/redeem", { body })).json.code, "code_replaced");
  }
  assert.equal((await act(id, "reissue", { code: "chosen" })).code, "chosen");
  const given = await act(id, "transfer", { customer: "grace@example.com", customerName: "Grace" });
  assert.deepEqual([given.customer.name, given.code], ["grace@example.com", "chosen"]);
  const again = await act(id, "transfer", { customer: "bert@example.com", reissue: true });
  assert.notEqual(again.code, "chosen");
  const { ask: narrow } = await openApi(app, { limits: { productIds: [Number(await makers.product())] } });
  assert.equal((await narrow("POST /v1/redeem", { body: { code } })).json.code, "entitlement_not_found");
});

test("an entitlement is bound to devices of its holder, and taken from them", async () => {
  const product = await makers.product({ slots: 2 });
  const { id, customer } = await makers.issue(product, { customer: "luigi@example.com" });
  const machine = { kind: "machine", name: "08-00-27-AA-BB-CC" };
  const { bindings } = await act(id, "bind", { device: machine, register: true });
  assert.deepEqual([bindings[0].slot, bindings[0].device.name], [0, machine.name]);
  await act(id, "bind", { device: { kind: "seat", name: " 12 " }, register: true });
  assert.equal((await makers.make(`GET /v1/entitlements/${id}/bindings`)).bindings.length, 2);
  const devices = await makers.all(`/v1/customers/${customer.id}/devices`, 1);
  assert.deepEqual(
    devices.map(({ kind, name }) => [kind, name]),
    [
      ["machine", machine.name],
      ["seat", "12"],
    ],
  );
  assert.deepEqual((await makers.all(`/v1/customers/${customer.id}/devices?kind=seat`)).length, 1);
  assert.equal((await makers.all("/v1/devices", 1)).length, 2);
  const [{ id: device }] = devices;
  assert.notEqual((await makers.make(`POST /v1/devices/${device}/disable`)).disabledAt, null);
  assert.equal((await makers.make(`POST /v1/devices/${device}/enable`)).disabledAt, null);
  await makers.make(`PATCH /v1/devices/${device}`, { metadata: { room: "4" } });
  assert.deepEqual((await makers.make(`GET /v1/devices/${device}`)).metadata, { room: "4" });
  assert.equal((await act(id, "unbind", { device: machine })).bindings.length, 1);
  assert.deepEqual((await act(id, "unbind")).bindings, []);
});

test("a machine registers under a name, and is released from it", async () => {
  const { id } = await makers.make("POST /v1/customers", { name: "anna@example.com", displayName: "Anna" });
  const body = { device: { kind: "seat", name: "A" }, fingerprint: "f1" };
  const made = await makers.make(`POST /v1/customers/${id}/devices`, body);
  assert.deepEqual([made.hasMachine, made.customer], [true, id]);
  assert.equal((await makers.make(`POST /v1/customers/${id}/devices`, body)).id, made.id);
  assert.equal((await makers.make(`POST /v1/devices/${made.id}/release`)).hasMachine, false);
});

test("a customer is made, changed, and logs in with the password that it was given", async () => {
  const { id, displayName } = await makers.make("POST /v1/customers", {
    name: "carla@example.com",
    displayName: "Carla",
    password: "a long password",
  });
  assert.equal(displayName, "Carla");
  const hash = async () => (await app.app.queries.customers.findById(1, Number(id)))?.name;
  assert.equal(await hash(), "carla@example.com");
  const known = await app.app.queries.customers.byName(1, "carla@example.com");
  const { verifyPassword } = await import("../access/password.ts");
  assert.ok(await verifyPassword("a long password", known?.passwordHash ?? ""));
  const changed = await makers.make(`PATCH /v1/customers/${id}`, {
    name: "carlotta@example.com",
    metadata: { a: "b" },
  });
  assert.deepEqual(
    [changed.name, changed.displayName, changed.metadata],
    ["carlotta@example.com", "Carla", { a: "b" }],
  );
  assert.deepEqual(await makers.make(`GET /v1/customers/${id}`), changed);
  await makers.make(`PUT /v1/customers/${id}/password`, { password: null });
  assert.equal((await app.app.queries.customers.byName(1, "carlotta@example.com"))?.passwordHash, null);
  assert.equal((await ask("GET /v1/customers/999999")).json.code, "customer_not_found");
});
