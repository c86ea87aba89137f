import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { type ApiClient, apiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { newAddress } from "../../tests/support/exchange.ts";
import { verifyPassword } from "../access/password.ts";
import { terminal } from "../access/principals.ts";

let app: TestApp;
let ask: ApiClient;
let ownId: number;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask, operatorId: ownId } = await openApi(app));
});
after(() => app.stop());

const password = "a long enough one";

async function query(text: string, url = app.database.url): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

/** Produces each refusal once. */
async function assertRefused(
  client: ApiClient,
  table: readonly (readonly [line: string, body: unknown, code: string])[],
) {
  for (const [line, body, code] of table) {
    const { json } = await client(line, { body });
    assert.equal(json.code, code, `${line} ${JSON.stringify(body)}: ${JSON.stringify(json)}`);
  }
}

test("the organization has a name, hosts and currencies, which are changed", async () => {
  await app.app.administration.putCurrency(1, "SEK", "11.25");
  const changed = await ask("PATCH /v1/organization", {
    body: { name: "Kulturhaus", addHosts: ["Tickets.example.com.", "www.example.com"] },
  });
  assert.equal(changed.status, 200);
  const { json, headers } = await ask("GET /v1/organization");
  assert.deepEqual([json.name, json.hosts], ["Kulturhaus", ["tickets.example.com", "www.example.com"]]);
  assert.ok(json.currencies.some(({ code, rate }: Record<string, string>) => code === "SEK" && rate === "11.25"));
  assert.equal((await ask("GET /v1/organization", { headers: { "if-none-match": String(headers.etag) } })).status, 304);
  const { json: fewer } = await ask("PATCH /v1/organization", { body: { removeHosts: ["www.example.com"] } });
  assert.deepEqual(fewer.hosts, ["tickets.example.com"]);
  const made = await ask("POST /v1/organization/currencies", { body: { code: "USD", rate: "1.08" } });
  assert.deepEqual([made.status, made.json], [201, { code: "USD", rate: "1.08", default: false }]);
  const { json: dearer } = await ask("PATCH /v1/organization/currencies/USD", { body: { rate: "1.1" } });
  assert.equal(dearer.rate, "1.1");
});

test("every refusal about the organization comes over the API", async () => {
  const other = await app.app.administration.addOrganization("Other");
  await app.app.administration.addHosts(other, ["taken.example.com"]);
  const { json } = await ask("GET /v1/organization");
  const standard = json.currencies.find((one: { default: boolean }) => one.default).code;
  await ask("POST /v1/organization/currencies", { body: { code: "NOK", rate: "11" } });
  await assertRefused(ask, [
    ["PATCH /v1/organization", { name: " " }, "name_invalid"],
    ["PATCH /v1/organization", { name: "x".repeat(256) }, "name_invalid"],
    ["PATCH /v1/organization", { addHosts: ["taken.example.com"] }, "host_taken"],
    ["PATCH /v1/organization", { addHosts: ["not a host"] }, "request_invalid"],
    ["POST /v1/organization/currencies", { code: "NOK", rate: "11" }, "currency_exists"],
    ["POST /v1/organization/currencies", { code: "DKK", rate: "0" }, "request_invalid"],
    ["PATCH /v1/organization/currencies/XAU", { rate: "11" }, "currency_not_found"],
    [`PATCH /v1/organization/currencies/${standard}`, { rate: "2" }, "default_currency"],
  ]);
});

test("an organization that is gone while the server still knows it is not found", async (t) => {
  const own = await startTestApp(t, { timeLimits: { settingsStaleMs: 60_000 } });
  const { ask: there } = await openApi(own);
  assert.equal((await there("GET /v1/organization")).status, 200);
  // Without the foreign keys, which would remove its token, too.
  await query("set session_replication_role = replica; delete from organization where id = 1", own.database.url);
  await assertRefused(there, [
    ["GET /v1/organization", undefined, "organization_not_found"],
    ["PATCH /v1/organization", { name: "X" }, "organization_not_found"],
  ]);
});

test("settings are listed with their meaning, set, checked and unset; secrets are never told", async () => {
  const one = async (name: string) =>
    (await ask("GET /v1/settings")).json.items.find((item: { name: string }) => item.name === name);
  const before = await one("log.refusedDays");
  assert.deepEqual([before.default, before.value, before.set, before.type], ["90", null, false, "text"]);
  assert.match(before.meaning, /refused/);
  const { json } = await ask("PUT /v1/settings/log.refusedDays", { body: { value: "30" } });
  assert.deepEqual([json.value, json.set], ["30", true]);
  assert.equal((await one("log.refusedDays")).value, "30");
  const { json: unset } = await ask("DELETE /v1/settings/log.refusedDays");
  assert.deepEqual([unset.value, unset.set], [null, false]);

  const secret = (await ask("GET /v1/settings")).json.items.find((item: { secret: boolean }) => item.secret);
  assert.ok(secret);
  const text = "a-secret-that-nobody-sees-0123456789";
  const set = await ask(`PUT /v1/settings/${secret.name}`, { body: { value: text } });
  assert.deepEqual([set.status, set.json.value, set.json.set], [200, null, true]);
  assert.ok(!(await ask("GET /v1/settings")).text.includes(text));
});

test("every refusal about settings comes over the API, and a reseller has those of its own alone", async () => {
  await openApi(app, { role: "reseller" });
  const items = (await ask("GET /v1/settings")).json.items as readonly Record<string, never>[];
  const own = items.find(({ perReseller, type }) => perReseller && type === "text");
  const { json } = await ask("GET /v1/operators?limit=200");
  const reseller = json.items.find(({ role }: { role: string }) => role === "reseller").login;
  const listed = (await ask(`GET /v1/settings?reseller=${reseller}`)).json.items;
  assert.ok(listed.length > 0 && listed.every((one: { perReseller: boolean }) => one.perReseller));
  await assertRefused(ask, [
    ["PUT /v1/settings/log.nothing", { value: "1" }, "request_invalid"],
    ["PUT /v1/settings/log.days", { value: "never" }, "request_invalid"],
    ["PUT /v1/settings/log.days", { value: "7", reseller }, "request_invalid"],
    [`PUT /v1/settings/${own?.name}`, { value: "x".repeat(32), reseller: "nobody" }, "operator_not_found"],
    ["GET /v1/settings?reseller=nobody", undefined, "operator_not_found"],
    [`DELETE /v1/settings/${own?.name}?reseller=nobody`, undefined, "operator_not_found"],
  ]);
});

test("an operator is made, changed by one of two, shut out and removed", async () => {
  const made = await ask("POST /v1/operators", { body: { login: "ada", role: "accountant", password } });
  assert.deepEqual([made.status, made.json.login, made.json.role], [201, "ada", "accountant"]);
  assert.ok(!made.text.includes(password));
  const known = await app.app.queries.operators.byLogin(1, "ada");
  assert.ok(known && (await verifyPassword(password, known.passwordHash)));
  const line = `/v1/operators/${made.json.id}`;
  const got = await ask(`GET ${line}`);
  assert.deepEqual(got.json, made.json);
  const headers = { "if-match": String(got.headers.etag) };
  const changes = [{ role: "auditor" }, { role: "steward" }];
  const statuses = await Promise.all(
    changes.map(async (body) => (await ask(`PATCH ${line}`, { body, headers })).status),
  );
  assert.deepEqual(statuses.sort(), [200, 412]);
  const { json: shut } = await ask(`PATCH ${line}`, { body: { disabled: true } });
  assert.notEqual(shut.disabledAt, null);
  assert.equal((await ask(`POST ${line}/remove`)).status, 200);
  assert.equal((await ask(`GET ${line}`)).json.code, "operator_not_found");
});

test("operators are listed in pages, each once", async () => {
  const logins: string[] = [];
  for (let cursor = ""; ; ) {
    const { json } = await ask(`GET /v1/operators?limit=1${cursor}`);
    logins.push(...json.items.map(({ login }: { login: string }) => login));
    if (json.next === null) break;
    cursor = `&cursor=${json.next}`;
  }
  assert.deepEqual(logins, (await app.app.queries.operators.all(1)).map(({ login }) => login).sort());
});

test("every refusal about operators comes over the API", async () => {
  const { json: one } = await ask("POST /v1/operators", { body: { login: "eve", role: "reseller", password } });
  await ask("POST /v1/operators", { body: { login: "number", role: "auditor", password, id: "77777" } });
  await app.app.engine.execute({
    organizationId: 1,
    principal: terminal,
    address: null,
    command: { verb: "create_customer", name: "mine@example.com", ownerId: Number(one.id) },
  });
  const lonely = await app.app.administration.addOrganization("Lonely");
  await app.app.administration.addHosts(lonely, ["lonely.example.com"]);
  const there = await openApi(app, { organizationId: lonely });
  const last = { host: "lonely.example.com" };
  for (const [line, body] of [
    [`PATCH /v1/operators/${there.operatorId}`, { role: "auditor" }],
    [`PATCH /v1/operators/${there.operatorId}`, { disabled: true }],
    [`POST /v1/operators/${there.operatorId}/remove`, undefined],
  ] as const) {
    assert.equal((await there.ask(line, { body, headers: last })).json.code, "last_owner", line);
  }
  const create = (more: object) =>
    ["POST /v1/operators", { login: "new", role: "auditor", password, ...more }] as const;
  await assertRefused(ask, [
    [...create({ login: "eve" }), "login_taken"],
    [...create({ id: "0" }), "number_invalid"],
    [...create({ id: "77777" }), "number_taken"],
    [...create({ password: "short" }), "request_invalid"],
    ["PATCH /v1/operators/999999", { role: "auditor" }, "operator_not_found"],
    [`PATCH /v1/operators/${one.id}`, { role: "auditor" }, "possessions_left"],
    ["POST /v1/operators/999999/remove", undefined, "operator_not_found"],
    [`POST /v1/operators/${one.id}/remove`, undefined, "possessions_left"],
    ["POST /v1/operators/999999/revoke-tokens", undefined, "operator_not_found"],
  ]);
});

test("a token is told once, works with its limits, and ends when it is revoked", async () => {
  const headers = { "idempotency-key": "the-same" };
  const body = { name: "Gate software", scopes: ["read_products", "read_settings"], networks: ["127.0.0.0/8"] };
  const [first, second] = [
    await ask("POST /v1/tokens", { body, headers }),
    await ask("POST /v1/tokens", { body, headers }),
  ];
  assert.equal(first.status, 201);
  assert.match(first.json.token, /^cf_/);
  assert.notEqual(first.json.token, second.json.token, "a key does not bring the text back");
  const rows = await query("select t::text as row from kept_answer t where key = 'the-same'");
  assert.deepEqual(rows, [], "and no answer with it is kept");
  const from = newAddress();
  const narrow = apiClient(app.url, first.json.token);
  assert.equal((await narrow("GET /v1/products", { from })).status, 200);
  assert.equal((await narrow("GET /v1/entitlements", { from })).json.code, "not_permitted");
  const { json } = await ask("GET /v1/tokens?limit=200");
  const listed = json.items.find(({ id }: { id: string }) => id === first.json.id);
  assert.deepEqual([listed.name, listed.scopes, listed.products], [body.name, body.scopes, null]);
  assert.ok(!JSON.stringify(json).includes(first.json.token));
  assert.equal((await ask(`POST /v1/tokens/${first.json.id}/revoke`)).status, 200);
  assert.equal((await narrow("GET /v1/products", { from })).status, 401);
  const { json: many } = await ask(`POST /v1/operators/${ownId}/revoke-tokens`);
  assert.ok(many.revoked >= 2);
  ({ ask, operatorId: ownId } = await openApi(app));
});

test("every refusal about tokens comes over the API", async () => {
  const accountant = await openApi(app, { role: "accountant" });
  const narrow = await openApi(app, { limits: { productIds: [1] } });
  const { json: gone } = await ask("POST /v1/operators", { body: { login: "gone", role: "auditor", password } });
  await ask(`PATCH /v1/operators/${gone.id}`, { body: { disabled: true } });
  await assertRefused(ask, [
    ["POST /v1/tokens", { scopes: [] }, "text_invalid"],
    ["POST /v1/tokens", { networks: ["nowhere"] }, "request_invalid"],
    ["POST /v1/tokens", { expiresAt: "2020-01-01T00:00:00Z" }, "request_invalid"],
    ["POST /v1/tokens", { operator: "999999" }, "operator_not_found"],
    ["POST /v1/tokens", { operator: gone.id }, "operator_not_found"],
    ["POST /v1/tokens/999999/revoke", undefined, "token_not_found"],
  ]);
  await assertRefused(accountant.ask, [
    ["POST /v1/tokens", { operator: String(ownId) }, "not_permitted"],
    ["POST /v1/tokens", { operator: "999999" }, "not_permitted"],
  ]);
  await assertRefused(narrow.ask, [
    ["POST /v1/tokens", {}, "not_permitted"],
    ["GET /v1/tokens", undefined, "not_permitted"],
    ["GET /v1/organization", undefined, "not_permitted"],
    ["GET /v1/settings", undefined, "not_permitted"],
    ["GET /v1/operators", undefined, "not_permitted"],
    [`GET /v1/operators/${ownId}`, undefined, "not_permitted"],
  ]);
  const { json } = await accountant.ask("GET /v1/tokens?limit=200");
  assert.ok(json.items.length > 0);
  assert.equal(new Set(json.items.map(({ operator }: { operator: string }) => operator)).size, 1, "its own alone");
});

test("a password that was changed over the API is the one that counts", async () => {
  const { json } = await ask("POST /v1/operators", { body: { login: "pat", role: "owner", password } });
  await ask(`PATCH /v1/operators/${json.id}`, { body: { password: "another long one" } });
  const known = await app.app.queries.operators.byLogin(1, "pat");
  assert.ok(known && (await verifyPassword("another long one", known.passwordHash)));
});
