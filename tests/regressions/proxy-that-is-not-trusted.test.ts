/**
 * Fault: behind a proxy without `TRUST_PROXY` all clients are one address. Thirty wrong attempts of one stranger then
 * keep every first login waiting, and nothing said so.
 *
 * Guarantee: the first request that a proxy nearby has passed on without being trusted is told of in the log, once,
 * with what to set. What a client far away sends says nothing of a proxy.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inNetworks } from "../../src/access/networks.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { exchange } from "../support/exchange.ts";
import { startProbeServer } from "../support/probe-server.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
});
after(() => app.stop());

const answer = { status: 200, headers: {}, body: "", compressible: false };
const forwarded = { headers: { "x-forwarded-for": "203.0.113.7", host: "a" } };

test("a proxy on this machine that is not trusted is told of once, with what to set", async (t) => {
  const { url, log } = await startProbeServer(t, app.app, () => answer);
  const warnings = () => log().filter(({ level }) => level === 40);
  await exchange(url, "GET /probe/x", { headers: { host: "a" } });
  assert.deepEqual(warnings(), []);
  for (let turn = 0; turn < 3; turn++) await exchange(url, "GET /probe/x", forwarded);
  const [warning, ...more] = warnings();
  assert.deepEqual(more, []);
  assert.match(String(warning?.msg), /^a proxy is not trusted: all clients behind it count as one address/);
  assert.equal(warning?.advice, "set TRUST_PROXY=127.0.0.1 if that is your proxy");
});

test("a proxy that is trusted is not told of", async (t) => {
  const { url, log } = await startProbeServer(t, app.app, () => answer, {}, { trustedProxies: ["127.0.0.1"] });
  await exchange(url, "GET /probe/x", forwarded);
  assert.deepEqual(
    log().filter(({ level }) => level === 40),
    [],
  );
});

test("networks and addresses of both kinds are told apart", () => {
  const isIn = inNetworks(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"]);
  for (const address of ["10.1.2.3", "192.0.2.1", "2001:db8:1::1", "::1"]) assert.equal(isIn(address), true, address);
  for (const address of ["11.0.0.1", "192.0.2.2", "2001:db9::1", "::2", "", "x", "::ffff:8.8.8.8"]) {
    assert.equal(isIn(address), false, address);
  }
});
