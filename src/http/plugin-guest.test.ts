import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import type { FastifyPluginAsync } from "fastify";
import { startTestApp } from "../../tests/support/app.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { startProbeServer } from "../../tests/support/probe-server.ts";
import { StoreBusy } from "../engine/store.ts";

const { app, stop } = await startTestApp(undefined);
after(stop);

const things: FastifyPluginAsync = async (guest) => {
  guest.get("/things/:id", async (request) => ({ from: request.sender.address, thing: request.params }));
  guest.patch("/things/:id", async ({ body }) => ({ bytes: Buffer.isBuffer(body) && body.length }));
  guest.get("/busy", async () => {
    throw new StoreBusy("of a test");
  });
  guest.get("/broken", async () => {
    throw new Error("of a test");
  });
};

async function startGuest(t: TestContext) {
  const text = async () => ({ status: 200, headers: {}, body: "a dialect", compressible: false });
  return startProbeServer(t, app, text, {}, { plugins: [{ prefix: "/guest", plugin: things }] });
}

test("a plugin answers below its prefix, by methods that dialects do not have, and gets bodies as bytes", async (t) => {
  const { url } = await startGuest(t);
  const found = await exchange(url, "GET /guest/things/7");
  assert.deepEqual(JSON.parse(found.text), { from: "127.0.0.1", thing: { id: "7" } });
  assert.ok(found.headers["x-request-id"]);
  const changed = await exchange(url, "PATCH /guest/things/7", {
    body: "{}",
    headers: { "content-type": "any/thing" },
  });
  assert.deepEqual(JSON.parse(changed.text), { bytes: 2 });
  assert.equal((await exchange(url, "GET /probe/x")).text, "a dialect");
});

test("what a plugin does not answer itself has the frame's words: no route, a busy database, a bug", async (t) => {
  const { url } = await startGuest(t);
  for (const [line, status] of [
    ["GET /guest/nothing", 404],
    ["DELETE /guest/things/7", 404],
    ["GET /guest/busy", 503],
    ["GET /guest/broken", 500],
  ] as const) {
    const answer = await exchange(url, line);
    assert.equal(answer.status, status, line);
    assert.equal(typeof JSON.parse(answer.text).error.message, "string", line);
    assert.equal(answer.headers["retry-after"], status === 503 ? "1" : undefined, line);
  }
});

test("a request to a plugin has its line in the log, with the pattern of its path and no dialect", async (t) => {
  const { url, log } = await startGuest(t);
  await exchange(url, "GET /guest/things/7");
  const { dialect, method, route, status } = log().find(({ msg }) => msg === "request") ?? {};
  assert.deepEqual([dialect, method, route, status], ["", "GET", "/guest/things/:id", 200]);
});
