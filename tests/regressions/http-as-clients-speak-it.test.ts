/**
 * Faults: a packed body was read as if it was not; `Accept` was searched for the word "xml", whatever weight it had;
 * two slashes in a path, as programs leave them that join addresses, named nothing; HEAD was refused beside GET.
 *
 * Guarantee: a body is unpacked as its Content-Encoding says, or refused with 415; XML is given to whoever wants it
 * most; several slashes are one; HEAD answers like GET wherever that changes nothing, and nowhere else.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { dialects } from "../../src/dialects/index.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { basic, exchange } from "../support/exchange.ts";
import { actions, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { apiLine, readAsPlugin } from "../support/ocharts.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

const mario = "client_id=mario.rossi%40sangah.com";
const login = basic("username", "password");
const query = `POST ${actions.query}`;

describe("a packed body is understood in every dialect", () => {
  const packers: readonly (readonly [coding: string, pack: (text: string) => Buffer])[] = [
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
    ["identity", Buffer.from],
    ["GZIP", gzipSync],
  ];
  for (const [coding, pack] of packers) {
    test(`${coding}, ${pack.name}`, async () => {
      const headers = { "content-encoding": coding };
      const licenses = await exchange(app.url, query, { body: pack(mario), headers: { ...login, ...headers } });
      assert.equal(licensesIn(licenses.text).length, 3);
      const event = "<nokkis><event><name>Packed</name></event></nokkis>";
      assert.match((await exchange(app.url, "PUT /nokkis/2", { body: pack(event), headers })).text, /<name>Packed</);
      const signed = new URLSearchParams(morClient(app).sign("card_group_get", { id: "6" })).toString();
      const group = await morClient(app).send("/billing/api/card_group_get", { body: pack(signed), headers });
      assert.deepEqual(valuesOf(group, "error"), []);
      const chart = "taskId=login&username=skipper@example.com&password=seadog";
      assert.equal(readAsPlugin((await exchange(app.url, apiLine, { body: pack(chart), headers })).body).result, "1");
    });
  }
});

test("XML is given to whoever wants it most, and JSON to all others", async () => {
  const wanted: Readonly<Record<string, "json" | "xml">> = {
    "": "json",
    "*/*": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "Application/XML; charset=utf-8": "xml",
    "application/xml;q=0, text/plain": "json",
    "application/xml;q=0": "json",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "json",
    "application/xml;q=0.1, */*": "json",
    "application/xml, */*": "json",
    "application/xml, */*;q=0.1": "xml",
    "application/xml, application/json": "json",
    "application/xml, application/json;q=0.9": "xml",
    "application/xml;q=0.9, application/json": "json",
    "application/*, application/xml": "json",
    "application/*;q=0.5, text/xml;q=0.6": "xml",
    "application/xml;q=0.5, text/plain;q=0.2": "xml",
    "application/xml, text/plain": "xml",
    "application/xml, application/json;q=0, */*": "xml",
    "text/notxml": "json",
    "application/xml;q=2": "json",
  };
  for (const [accept, format] of Object.entries(wanted)) {
    const { text } = await exchange(app.url, query, { body: mario, headers: { ...login, accept } });
    assert.equal(text.startsWith("<") ? "xml" : "json", format, accept);
    const asked = { body: `${mario}&output=xml`, headers: { ...login, accept } };
    assert.ok((await exchange(app.url, query, asked)).text.startsWith("<"), "`output` says it first");
  }
});

test("several slashes in a path are one", async () => {
  const plain = (await exchange(app.url, "GET /nokkis/2/BARCODE/LIST/1")).text;
  assert.equal((await exchange(app.url, "GET //nokkis//2///BARCODE/LIST//1//")).text, plain);
  const slashed = query.replaceAll("/", "//");
  assert.equal(licensesIn((await exchange(app.url, slashed, { body: mario, headers: login })).text).length, 3);
  const chart = { body: "taskId=login&username=skipper@example.com&password=seadog" };
  assert.equal(readAsPlugin((await exchange(app.url, apiLine.replace("/index", "//index"), chart)).body).result, "1");
  assert.match((await exchange(app.url, "GET //nokkis//9//9//9")).text, /<error id="0">/, "the dialect's own words");
  assert.match(
    (await exchange(app.url, "GET /nokkis/2%2FBARCODE")).text,
    /<error id="24">/,
    "an escaped one is a sign",
  );
});

describe("HEAD", () => {
  test("is answered like GET, without the body", async () => {
    const lines: readonly (readonly [path: string, headers?: Record<string, string>])[] = [
      ["/nokkis"],
      ["/nokkis/2"],
      ["/nokkis/2/BARCODE"],
      ["/nokkis/999"],
      ["/nokkis/CLIENT/ABCDE12345"],
      [`${actions.query}?${mario}`, login],
      ["/shop/permit-key.pem"],
      ["/healthz"],
    ];
    for (const [path, headers = {}] of lines) {
      const [get, head] = [
        await exchange(app.url, `GET ${path}`, { headers }),
        await exchange(app.url, `HEAD ${path}`, { headers }),
      ];
      assert.equal(head.status, get.status, path);
      assert.equal(head.headers["content-type"], get.headers["content-type"], path);
      if (get.headers["content-length"] !== undefined) {
        assert.equal(head.headers["content-length"], get.headers["content-length"], path);
      }
      assert.equal(head.body.length, 0, path);
      assert.notEqual(get.body.length, 0, path);
    }
  });

  test("of a GET that changes something is refused and changes nothing", async () => {
    const before = await morClient(app).ask("card_group_get", { id: "6" });
    const sell = await morClient(app).ask("card_from_group_sell", { id: "6" }, { method: "HEAD" });
    assert.equal(sell.body.length, 0);
    assert.equal((await morClient(app).ask("card_group_get", { id: "6" })).text, before.text);
    assert.equal((await exchange(app.url, `HEAD ${actions.token}`, { headers: login })).status, 405);
    const changing = dialects.flatMap(({ routes }) => routes).filter(({ changes }) => changes === true);
    assert.deepEqual([...new Set(changing.map(({ path }) => path.replace(/.*\//, "")))].sort(), [
      "Token.action",
      "buy_card_from_callingroup",
      "calling_cards_create",
      "card_from_group_sell",
      "card_payment_add",
    ]);
  });
});
