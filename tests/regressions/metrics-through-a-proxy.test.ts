/**
 * The fault: `/metrics` was open to whoever reached the server, and a proxy that passed everything on published it:
 * sales, refusals and versions of all organizations.
 *
 * The guarantee: metrics are told to this machine only, and not to a proxy on it that asks for somebody else; or, with
 * METRICS_ADDR, under an address of their own and nowhere else.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { createTestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { temporaryFolder } from "../support/server-process.ts";

test("metrics are told to this machine, and closed to everybody behind a proxy", async (t) => {
  const database = await createTestDatabase();
  const options = {
    database: database.address,
    secretKeys: [randomBytes(32)],
    filesDir: temporaryFolder(t),
    log: pino({ level: "silent" }),
    trustedProxies: ["127.0.0.1"],
  };
  const app = createApp(options);
  const port = await freePort();
  const apart = createApp({ ...options, metricsAddress: { host: "127.0.0.1", port } });
  t.after(async () => {
    await Promise.all([app.close(), apart.close()]);
    await database.drop();
  });
  const ask = async (headers: Record<string, string> = {}, remoteAddress = "127.0.0.1") => {
    const { statusCode, body } = await app.server.inject({
      url: "/metrics",
      headers: { host: "127.0.0.1:8080", ...headers },
      remoteAddress,
    });
    return [statusCode, /counterfoil_start_time_seconds/.test(body)];
  };
  for (const host of ["127.0.0.1:8080", "localhost", "[::1]:8080"])
    assert.deepEqual(await ask({ host }), [200, true], host);
  assert.deepEqual(await ask({}, "::1"), [200, true]);
  const closed: readonly Record<string, string>[] = [
    { "x-forwarded-for": "203.0.113.7" },
    { "x-forwarded-for": "127.0.0.1" },
    { "x-forwarded-for": "" },
    { "x-forwarded-proto": "https" },
    { "x-real-ip": "203.0.113.7" },
    { forwarded: "for=203.0.113.7" },
    { via: "1.1 proxy" },
    { host: "shop.example.com" },
    { host: "127.0.0.1.example.com" },
  ];
  for (const headers of closed) assert.deepEqual(await ask(headers), [403, false], JSON.stringify(headers));
  assert.deepEqual(await ask({}, "10.0.0.7"), [403, false]);

  await apart.listenForMetrics();
  const url = `http://127.0.0.1:${port}`;
  const told = await fetch(`${url}/metrics`);
  assert.equal(told.status, 200);
  assert.match(await told.text(), /^counterfoil_start_time_seconds \d+/m);
  assert.equal((await fetch(`${url}/nokkis`)).status, 404, "and nothing else is there");
  assert.equal((await apart.server.inject({ url: "/metrics", remoteAddress: "127.0.0.1" })).statusCode, 404);
});
