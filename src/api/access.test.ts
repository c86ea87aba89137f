import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, apiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { basic, exchange, newAddress } from "../../tests/support/exchange.ts";
import { operatorPrincipal, terminal } from "../access/principals.ts";
import { failuresPerPrefixMax } from "../access/throttle.ts";
import { createApp } from "../app.ts";
import { operatorRoles } from "../core/operator.ts";
import { permissions } from "../core/permission.ts";
import { may } from "../core/principal.ts";
import { api, routes } from "./index.ts";
import type { Route } from "./route.ts";
import { prefix } from "./serve.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
});
after(() => app.stop());

/** The request line of a route, with ids that nothing has. */
const lineOf = ({ method, path }: Route) => `${method} ${prefix}${path.replace(/\{\w+\}/g, "999999999")}`;

/** Paths that anybody may read, and why. */
const openPaths = [
  // The document tells what the source tells, and the page is to be read before there is a token.
  "/v1/openapi.json",
  "/v1/docs",
  "/v1/docs/start.js",
  "/v1/docs/page.css",
  "/v1/docs/swagger-ui.js",
  "/v1/docs/swagger-ui.css",
];

test("nothing is open but the document and its page", async () => {
  const ask = apiClient(app.url, undefined);
  for (const { method, path } of api.routes) {
    const line = `${method} ${path.replace(/:\w+/g, "1")}`;
    const { status, headers } = await ask(line, { from: newAddress() });
    assert.equal(status, openPaths.includes(path) ? 200 : 401, line);
    if (status === 401) assert.match(String(headers["www-authenticate"]), /^Bearer /);
  }
});

test("a password, another scheme or a key of a gate is no token", async () => {
  const [route] = routes;
  assert.ok(route);
  for (const authorization of [
    basic("owner", "counterfoil").authorization,
    "Token demo",
    "Bearer",
    "Bearer x y",
    "nonsense",
  ]) {
    const { status } = await exchange(app.url, lineOf(route), { headers: { authorization }, from: newAddress() });
    assert.equal(status, 401, authorization);
  }
});

test("what a role may do is what the table says, route by route", async () => {
  for (const role of operatorRoles) {
    const { ask } = await openApi(app, { role });
    for (const route of routes) {
      const { status, json } = await ask(lineOf(route), { body: route.body === undefined ? undefined : {} });
      const isAllowed = may(operatorPrincipal({ id: 1, login: "x", role }), route.scope);
      assert.equal(json.code === "not_permitted", !isAllowed, `${role} ${route.name}: ${status}`);
      assert.equal(status === 403, !isAllowed, `${role} ${route.name}`);
    }
  }
});

test("a token with one scope opens the routes of that scope alone", async () => {
  for (const scope of permissions) {
    const { ask } = await openApi(app, { limits: { scopes: [scope] } });
    for (const route of routes) {
      const { json } = await ask(lineOf(route), { body: route.body === undefined ? undefined : {} });
      // A token with limits makes no other.
      const isShut = route.scope !== scope || route.name === "createToken";
      assert.equal(json.code === "not_permitted", isShut, `${scope} ${route.name}`);
    }
  }
});

test("a scope that the operator lacks gives nothing", async () => {
  const { ask } = await openApi(app, {
    role: "accountant",
    limits: { scopes: ["manage_products", "read_entitlements"] },
  });
  assert.equal((await ask("POST /v1/products", { body: { kind: "event", name: "X" } })).json.code, "not_permitted");
  assert.equal((await ask("GET /v1/entitlements")).status, 200);
});

test("no token crosses organizations: neither its own ids elsewhere, nor itself", async () => {
  const other = await app.app.administration.addOrganization("Other");
  await app.app.administration.addHosts(other, ["other.example.com"]);
  const mine = await openApi(app);
  const theirs = await openApi(app, { organizationId: other });
  const host = { host: "other.example.com" };
  const { json: product } = await theirs.ask("POST /v1/products", {
    body: { kind: "event", name: "Theirs" },
    headers: host,
  });
  const body = { product: product.id, codes: ["theirs"] };
  const { json: issued } = await theirs.ask("POST /v1/entitlements", { body, headers: host });
  assert.equal(issued.items.length, 1);
  for (const [one, headers] of [
    [mine.ask, host],
    [theirs.ask, {}],
  ] as const) {
    for (const route of routes) {
      assert.equal(
        (await one(lineOf(route), { headers, from: newAddress() })).json.code,
        "credentials_wrong",
        route.name,
      );
    }
  }
  const ids = { product: product.id, entitlement: issued.items[0].id };
  for (const [line, sent] of [
    [`GET /v1/products/${ids.product}`],
    [`PATCH /v1/products/${ids.product}`, { name: "Mine" }],
    [`POST /v1/products/${ids.product}/retire`],
    [`GET /v1/entitlements/${ids.entitlement}`],
    [`POST /v1/entitlements/${ids.entitlement}/redeem`, {}],
    [`POST /v1/entitlements/${ids.entitlement}/revoke`],
    ["POST /v1/redeem", { code: "theirs" }],
    ["POST /v1/redeem", { code: "theirs", product: ids.product }],
    ["POST /v1/entitlements", { product: ids.product }],
  ] as const) {
    const { status, json } = await mine.ask(line, { body: sent });
    assert.match(json.code, /_not_found$/, line);
    assert.equal(status, 404, line);
  }
  assert.deepEqual((await mine.ask("GET /v1/entitlements?code=theirs")).json.items, []);
});

/** Two products with categories, and a code of each category. */
async function makeTwo(ask: ApiClient) {
  const categories = ["adult", "child"].map((key) => ({ key, name: key, capacity: null, price: null, colour: null }));
  const ids: string[] = [];
  for (const name of ["One", "Two"]) {
    const { json } = await ask("POST /v1/products", { body: { kind: "event", name, categories } });
    for (const { key } of categories) {
      await ask("POST /v1/entitlements", { body: { product: json.id, codes: [`${json.id}-${key}`], category: key } });
    }
    ids.push(json.id);
  }
  return ids as [string, string];
}

test("a token for a product sees and changes nothing of another", async () => {
  const { ask: all } = await openApi(app);
  const [one, two] = await makeTwo(all);
  const { ask } = await openApi(app, { limits: { productIds: [Number(one)] } });
  const names = async (line: string) =>
    (await ask(line)).json.items.map(({ id, product }: Record<string, string>) => product ?? id);
  assert.deepEqual(await names("GET /v1/products"), [one]);
  assert.deepEqual(await names("GET /v1/entitlements"), [one, one]);
  assert.deepEqual(await names(`GET /v1/entitlements?product=${two}`), []);
  assert.deepEqual(await names(`GET /v1/entitlements?code=${two}-adult`), []);
  assert.equal((await ask(`GET /v1/products/${two}`)).json.code, "product_not_found");
  assert.equal((await ask(`PATCH /v1/products/${two}`, { body: { name: "X" } })).json.code, "product_not_found");
  assert.equal((await ask("POST /v1/products", { body: { kind: "event", name: "X" } })).json.code, "not_permitted");
  assert.equal((await ask("POST /v1/entitlements", { body: { product: two } })).json.code, "not_permitted");
  assert.equal(
    (await ask("POST /v1/redeem", { body: { code: `${two}-adult`, product: two } })).json.code,
    "not_permitted",
  );
  assert.equal((await ask("POST /v1/redeem", { body: { code: `${two}-adult` } })).json.code, "entitlement_not_found");
  assert.equal((await ask("POST /v1/redeem", { body: { code: `${one}-adult` } })).status, 200);
});

test("a token for a category sees, issues and redeems that one alone", async () => {
  const { ask: all } = await openApi(app);
  const [one] = await makeTwo(all);
  const { ask } = await openApi(app, { limits: { productIds: [Number(one)], categories: ["child"] } });
  const { json } = await ask("GET /v1/entitlements");
  assert.deepEqual(
    json.items.map(({ code }: { code: string }) => code),
    [`${one}-child`],
  );
  for (const body of [{ product: one }, { product: one, category: "adult" }]) {
    assert.equal((await ask("POST /v1/entitlements", { body })).json.code, "category_elsewhere");
  }
  assert.equal((await ask("POST /v1/entitlements", { body: { product: one, category: "child" } })).status, 201);
  for (const body of [{ code: `${one}-adult` }, { code: `${one}-adult`, product: one }]) {
    assert.notEqual((await ask("POST /v1/redeem", { body })).status, 200);
  }
  assert.equal((await ask("POST /v1/redeem", { body: { code: `${one}-child`, product: one } })).status, 200);
});

test("a token without the scope for names is told no holder", async () => {
  const { ask: all } = await openApi(app);
  const [one] = await makeTwo(all);
  await all("POST /v1/entitlements", { body: { product: one, codes: ["named"], customer: "ada@example.com" } });
  const { ask } = await openApi(app, { limits: { scopes: ["read_entitlements", "redeem"] } });
  const answers = [
    await ask("GET /v1/entitlements?code=named"),
    await ask("POST /v1/redeem", { body: { code: "named" } }),
  ];
  for (const { status, text } of answers) assert.deepEqual([status, text.includes("ada@")], [200, false]);
  assert.ok((await all("GET /v1/entitlements?code=named")).text.includes("ada@"));
});

test("a token for a network works from there alone", async () => {
  const { ask } = await openApi(app, { limits: { networks: ["127.200.0.0/16", "2001:db8::1"] } });
  assert.equal((await ask("GET /v1/products", { from: "127.200.3.4" })).status, 200);
  assert.equal((await ask("GET /v1/products", { from: "127.201.3.4" })).status, 401);
});

test("a token that is revoked is refused at once, in every process, and so is one that has ended", async () => {
  const { app: first, database, secretKeys, dataDir } = app;
  const second = createApp({
    database: database.address,
    secretKeys,
    filesDir: `${dataDir}/files`,
    log: (await import("pino")).default({ level: "silent" }),
    timeLimits: { drainMs: 0, settingsStaleMs: 0 },
  });
  try {
    const elsewhere = await second.server.listen({ host: "127.0.0.1", port: 0 });
    const { ask, token } = await openApi(app);
    const askThere = apiClient(elsewhere, token);
    assert.deepEqual([(await ask("GET /v1/products")).status, (await askThere("GET /v1/products")).status], [200, 200]);
    const listed = await first.queries.operators.tokens(1, {});
    const id = listed.rows.at(-1)?.id ?? 0;
    const command = { verb: "revoke_token", id } as const;
    const { ok } = await first.engine.execute({ organizationId: 1, principal: terminal, address: null, command });
    assert.ok(ok);
    assert.deepEqual([(await ask("GET /v1/products")).status, (await askThere("GET /v1/products")).status], [401, 401]);
  } finally {
    await second.close();
  }
  const { ask } = await openApi(app, { lifetimeMs: 60_000 });
  assert.equal((await ask("GET /v1/products")).status, 200);
  app.advance(61_000);
  assert.equal((await ask("GET /v1/products")).status, 401);
});

test("the last use of a token is noted, and its text is kept nowhere", async () => {
  const { ask, token } = await openApi(app);
  const last = async () => (await app.app.queries.operators.tokens(1, {})).rows.at(-1);
  assert.equal((await last())?.lastUsedAtMs, null);
  await ask("GET /v1/products");
  await eventually("the last use", async () => ((await last())?.lastUsedAtMs ?? 0) > Date.now() - 60_000);
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: app.database.url });
  await client.connect();
  const { rows } = await client.query("select t::text as row from api_token t");
  await client.end();
  assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(token));
});

test("whoever guesses tokens is throttled, told when to come back, and shuts out nobody else", async () => {
  const { ask, token } = await openApi(app);
  assert.equal((await ask("GET /v1/products")).status, 200);
  const from = newAddress();
  const guess = apiClient(app.url, `${token.slice(0, -1)}x`);
  for (let turn = 0; turn < failuresPerPrefixMax; turn++)
    assert.equal((await guess("GET /v1/products", { from })).status, 401);
  const { status, json, headers } = await guess("GET /v1/products", { from });
  assert.deepEqual([status, json.code, headers["retry-after"]], [429, "throttled", "60"]);
  assert.equal((await ask("GET /v1/products", { from })).status, 429, "a new token from there waits, too");
  assert.equal((await ask("GET /v1/products")).status, 200, "where it was right before, it is right");
});

test("a narrowed token makes no tokens", async () => {
  const principal = {
    ...operatorPrincipal({ id: 1, login: "x", role: "owner" }),
    reach: { productIds: null, categories: null },
  };
  const command = { verb: "create_token", operatorId: 1, login: "x", lifetimeMs: null } as const;
  const outcome = await app.app.engine.execute({ organizationId: 1, principal, address: null, command });
  assert.deepEqual(outcome, { ok: false, refusal: "not_permitted" });
});
