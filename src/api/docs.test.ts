import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { documentText } from "./docs.ts";
import { routes } from "./index.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
});
after(() => app.stop());

test("the page of the API is made of our own files alone, and its policy allows nothing else", async () => {
  const page = await exchange(app.url, "GET /v1/docs");
  assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
  const links = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link ?? "");
  assert.ok(links.length >= 5);
  for (const link of links) assert.match(link, /^(?:\/v1\/|data:,$)/);
  assert.doesNotMatch(page.text, /<style|<script>|style=|\son\w+=/, "nothing is written inside the page");
  for (const link of links.filter((one) => one.startsWith("/"))) {
    const { status, headers, body } = await exchange(app.url, `GET ${link}`);
    assert.equal(status, 200, link);
    assert.ok(body.length > 50, link);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /^default-src 'none'; /);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  }
});

test("the document is served as it is made, packed for whoever takes that, and not again to whoever has it", async () => {
  const plain = await exchange(app.url, "GET /v1/openapi.json");
  assert.equal(plain.text, await documentText(routes));
  const packed = await exchange(app.url, "GET /v1/openapi.json", { headers: { "accept-encoding": "gzip" } });
  assert.ok(packed.body.length < plain.body.length / 5);
  const known = { "if-none-match": String(plain.headers.etag) };
  const again = await exchange(app.url, "GET /v1/openapi.json", { headers: known });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
});
