import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { carryOut } from "../../../tests/support/charts.ts";
import { demoProductId, ezpertClient, licensesIn } from "../../../tests/support/ezpert.ts";
import { openTerminal } from "../../../tests/support/terminal.ts";

const mario = "mario.rossi@sangah.com";
const [attached, fresh] = ["AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA", "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA"] as const;
const machine = "08-00-27-AA-6H-7N";

test("an expired licence is REVOKED without its machine, and NEW or ATTACHED to it again once it is renewed", async (t) => {
  const app = await startTestApp(t, { demo: true });
  const { run } = openTerminal(app);
  const told = async (license: string) => {
    const client = ezpertClient(app.url);
    const [found] = licensesIn((await client("query", { client_id: mario, license })).text);
    const { text } = await client("query", { client_id: mario, license, output: "xml" });
    const [, status] = /<Status>([A-Z]+)<\/Status>\s*<\/License>/.exec(text) ?? [];
    assert.equal(status, found?.status, "in XML as in JSON");
    assert.equal(text.includes("<MacAddress>"), found?.mac_address !== null);
    return [found?.status, found?.mac_address];
  };
  const end = (code: string, expiresAtMs: number) =>
    carryOut(app.app, { verb: "extend", productId: demoProductId, code, expiresAtMs });
  for (const code of [attached, fresh]) await end(code, Date.now() + 60_000);
  assert.deepEqual(await told(attached), ["ATTACHED", machine]);
  assert.deepEqual(await told(fresh), ["NEW", null]);
  for (const code of [attached, fresh]) await end(code, Date.now() - 2_000);
  assert.deepEqual(await told(attached), ["REVOKED", null]);
  assert.deepEqual(await told(fresh), ["REVOKED", null]);
  for (const code of [attached, fresh]) await run("license", "renew", code, "--for", "1y");
  assert.deepEqual(await told(attached), ["ATTACHED", machine]);
  assert.deepEqual(await told(fresh), ["NEW", null]);
});
