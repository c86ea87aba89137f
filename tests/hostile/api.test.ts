/**
 * Requests that no client of good will sends. Guarantee: each gets a problem that the document tells, never a fault of
 * the server; nothing is changed by it; and the memory of the process stays bounded.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { routes } from "../../src/api/index.ts";
import type { Route } from "../../src/api/route.ts";
import { strictJsonLimits } from "../../src/wire/strict-json.ts";
import { type ApiClient, openApi } from "../support/api.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { exchange } from "../support/exchange.ts";

let app: TestApp;
let ask: ApiClient;
let token: string;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask, token } = await openApi(app));
  await ask("POST /v1/products", { body: { kind: "event", name: "Concert" } });
});
after(() => app.stop());

const json = { "content-type": "application/json" };
const lineOf = ({ method, path }: Route, id = "1") => `${method} /v1${path.replace(/\{\w+\}/g, id)}`;
const withBody = routes.filter(({ body }) => body !== undefined);

async function state(): Promise<string> {
  const [products, entitlements] = [await ask("GET /v1/products?retired=true"), await ask("GET /v1/entitlements")];
  return products.text + entitlements.text;
}

test("JSON that is not what it seems is a problem of the request, and changes nothing", async () => {
  const before = await state();
  const { depthMax, namesMax, bytesMax } = strictJsonLimits;
  const names = Array.from({ length: 60_000 }, (_, index) => `"${index}":1`).join(",");
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    nothing: "",
    "white space": " \n",
    "no JSON": "{",
    "a form": "name=x",
    "a byte order mark": '\ufeff{"name":"x"}',
    "not a number": '{"capacity":NaN}',
    infinity: '{"capacity":Infinity}',
    "too large a number": '{"capacity":1e999}',
    "a fraction": '{"capacity":1.5}',
    "a comment": '{"name":"x"/**/}',
    "a name twice": '{"name":"x","name":"y"}',
    "a name twice in two spellings": '{"name":"x","n\\u0061me":"y"}',
    "a name inside twice": '{"metadata":{"a":"1","a":"2"}}',
    "a prototype": '{"__proto__":{"name":"x"}}',
    "a prototype inside": '{"metadata":{"__proto__":"x"}}',
    "half a pair": '{"name":"\\ud800"}',
    "no UTF-8": Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    "a NUL": '{"name":"a\\u0000b"}',
    depth: `{"metadata":${"[".repeat(depthMax + 1)}`,
    "great depth": "[".repeat(bytesMax),
    "depth of objects": '{"a":'.repeat(100_000),
    "too many names": `{${names}}`,
    "names up to the limit": `{${Array.from({ length: namesMax - 1 }, (_, index) => `"${index}":1`).join(",")}}`,
    "a list": "[]",
    "a text": '"x"',
    null: "null",
    "a value of each kind": '{"name":1,"capacity":"x","metadata":[],"uses":null}',
    "an unknown field": '{"name":"x","isAdmin":true}',
  };
  for (const route of withBody) {
    for (const [what, body] of Object.entries(bodies)) {
      if (what === "nothing" && route.isBodyOptional) continue;
      const { status, json: told } = await ask(lineOf(route), { body: Buffer.from(body as string), headers: json });
      // A client that names no media type for nothing is told so.
      assert.equal(status, 400, `${route.name}, ${what}: ${JSON.stringify(told)}`);
      assert.match(told.code, /^(?:json_invalid|request_invalid)$/, what);
    }
  }
  assert.equal(await state(), before);
});

test("a million names, and bodies that grow when they are unpacked, cost little memory", async () => {
  const million = `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`).join(",")}}`;
  const [route] = withBody;
  assert.ok(route);
  const send = (body: Uint8Array, headers = {}) => ask(lineOf(route), { body, headers: { ...json, ...headers } });
  assert.equal((await send(Buffer.from(million))).json.code, "body_too_large");
  const packed = gzipSync(Buffer.alloc(200 * 1024 * 1024, "["));
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  for (let turn = 0; turn < 10; turn++) {
    assert.equal((await send(packed, { "content-encoding": "gzip" })).json.code, "body_too_large");
  }
  assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
});

test("another media type, coding or accepted type is refused in words, and a packed body is read", async () => {
  const body = Buffer.from('{"kind":"event","name":"Packed"}');
  const line = "POST /v1/products";
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "nonsense",
  ]) {
    assert.equal((await ask(line, { body, headers: { "content-type": type } })).status, 415, type);
  }
  const coded = await ask(line, { body, headers: { ...json, "content-encoding": "zstd-of-tomorrow" } });
  assert.deepEqual([coded.status, coded.json.code], [415, "media_type_unknown"]);
  assert.equal((await ask("GET /v1/products", { headers: { accept: "text/html" } })).json.code, "not_acceptable");
  for (const accept of ["*/*", "application/*", "text/html, application/json;q=0.1", "application/problem+json"]) {
    assert.equal((await ask("GET /v1/products", { headers: { accept } })).status, 200, accept);
  }
  const packed = await ask(line, { body: gzipSync(body), headers: { ...json, "content-encoding": "gzip" } });
  assert.deepEqual([packed.status, packed.json.name], [201, "Packed"]);
});

test("paths and methods that are not there are told as problems, with the request's id", async () => {
  for (const [line, status, code] of [
    ["GET /v1", 404, "path_unknown"],
    ["GET /v1/", 404, "path_unknown"],
    ["GET /v1/nothing", 404, "path_unknown"],
    ["GET /v1/products/1/2/3", 404, "path_unknown"],
    ["PUT /v1/products", 405, "method_not_allowed"],
    ["OPTIONS /v1/products", 405, "method_not_allowed"],
    ["DELETE /v1/redeem", 405, "method_not_allowed"],
    ["GET /v1/products/%ff", 400, "request_invalid"],
  ] as const) {
    const answer = await ask(line, { headers: { "x-request-id": "mine" } });
    assert.deepEqual([answer.status, answer.json?.code, answer.json?.requestId], [status, code, "mine"], line);
    if (status === 405) assert.ok(answer.headers.allow, line);
  }
  assert.equal((await ask("HEAD /v1/products")).status, 200);
});

test("ids, cursors and parameters of any text are problems of the request, or nothing is found", async () => {
  const texts = [
    "0",
    "-1",
    "1.0",
    "1e3",
    "01",
    "9".repeat(16),
    "9".repeat(300),
    "a",
    "%00",
    "%27%20or%201=1",
    "__proto__",
    "%F0%9F%98%80",
    "null",
  ];
  for (const route of routes.filter(({ params }) => params !== undefined)) {
    for (const one of texts) {
      const { status } = await ask(lineOf(route, one), { body: route.body === undefined ? undefined : {} });
      assert.ok(status === 400 || status === 404, `${route.name} ${one}: ${status}`);
    }
  }
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  for (const query of [
    "limit=0",
    "limit=201",
    "limit=x",
    "limit=1&limit=2",
    "limit=1.5",
    "retired=yes",
    "unknown=1",
    "__proto__=1",
    "cursor=",
    "cursor=x",
    `cursor=${cursor(["listEntitlements", "1"])}`,
    `cursor=${cursor(["listProducts", "x"])}`,
    `cursor=${cursor(["listProducts", 1])}`,
    `cursor=${cursor(["listProducts", "9".repeat(30)])}`,
    `cursor=${"A".repeat(600)}`,
    "kind=%ff",
    "kind=%00",
    "kind=EVENT",
  ]) {
    assert.equal((await ask(`GET /v1/products?${query}`)).json.code, "request_invalid", query);
  }
  const of = (key: string) => cursor(["listEntitlements", key]);
  assert.equal((await ask(`GET /v1/entitlements?cursor=${of("x")}`)).status, 400);
  for (const key of ["x", "\ud83d\ude00", "9".repeat(250), "-5", "'"]) {
    assert.equal((await ask(`GET /v1/entitlements?product=1&cursor=${of(key)}`)).status, 200, key);
  }
});

test("headers of any text are refused in words, or count for nothing", async () => {
  const body = { kind: "event", name: "X" };
  for (const key of ["", "with blank", "ä", "x".repeat(256)]) {
    const { status } = await ask("POST /v1/products", { body, headers: { "idempotency-key": key } });
    assert.equal(status, 400, key);
  }
  const { json: made } = await ask("POST /v1/products", { body });
  for (const tag of ["x", '"', '""', "W/*", '"a", "b"']) {
    const headers = { "if-match": tag };
    const { json: told } = await ask(`PATCH /v1/products/${made.id}`, { body: { name: "Y" }, headers });
    assert.equal(told.code, "changed_meanwhile", tag);
  }
});

test("a request whose length is told in two ways is a problem of the request", async () => {
  const answer = await exchange(app.url, "POST /v1/products", {
    headers: { authorization: `Bearer ${token}`, "content-length": "5", "transfer-encoding": "chunked" },
  });
  assert.equal(answer.status, 400);
  assert.equal(JSON.parse(answer.text).code, "request_invalid");
});

test("any values in the body of any operation get an answer of the document", async () => {
  const key = fc.constantFrom(
    "name",
    "kind",
    "product",
    "code",
    "codes",
    "quantity",
    "capacity",
    "uses",
    "max",
    "per",
    "metadata",
    "categories",
    "startsAt",
    "x",
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(
        null,
        true,
        0,
        -1,
        1,
        1.5,
        1e15,
        "",
        "1",
        "event",
        "2027-01-01T00:00:00Z",
        "2027-02-30T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
      ),
      fc.string({ maxLength: 20 }),
      fc.integer(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const bodies = fc.dictionary(key, value, { maxKeys: 8 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...withBody), bodies, async (route, body) => {
      const { status } = await ask(lineOf(route), { body });
      assert.ok(status < 500, `${route.name}: ${status} ${JSON.stringify(body)}`);
    }),
    { numRuns: 1_000 },
  );
});
