import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { sha1 } from "../../../tests/support/mor.ts";

const deviceCount = 70_000;
/** The list is longer than this, so that holding all of it is found out. */
const liveBytesMax = 20 * 1024 * 1024;
const lookEveryBytes = 4 * 1024 * 1024;

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  const database = new pg.Client(app.database.address);
  await database.connect();
  try {
    await database.query(
      `with line as (
         insert into device (organization_id, id, customer_id, kind, name, registered_at)
         select 1, nextval('device_id_seq'), 102, 'phone', 'line ' || n, now() from generate_series(1, $1) n returning id
       )
       insert into phone_account (organization_id, device_id, type, device_group_id, secret_sealed, host, port)
       select 1, line.id, 'SIP', a.device_group_id, a.secret_sealed, 'dynamic', 5060
       from phone_account a, line where a.organization_id = 1 and a.device_id = 1`,
      [deviceCount],
    );
  } finally {
    await database.end();
  }
});
after(() => app.stop());

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is in use, garbage left aside. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function open(headers: Record<string, string>): Promise<IncomingMessage> {
  const query = new URLSearchParams({ u: "admin", user_id: "102", hash: sha1("102456789") });
  return new Promise((resolve, reject) => {
    get(`${app.url}/billing/api/devices_get?${query}`, { headers, agent: false }, resolve).on("error", reject);
  });
}

for (const [what, headers] of [
  ["as text", {}],
  ["as gzip", { "accept-encoding": "gzip" }],
] as const) {
  test(`a list of 70,000 devices is complete and never in memory as a whole, ${what}`, async () => {
    const atStart = liveBytes();
    const response = await open(headers);
    const text = "accept-encoding" in headers ? response.pipe(createGunzip()) : response;
    let peak = 0;
    let bytes = 0;
    let devices = 0;
    let looks = 0;
    let tail = "";
    for await (const chunk of text) {
      bytes += chunk.length;
      const seen = tail + String(chunk);
      const ends = seen.split("</device>").length - 1;
      devices += ends;
      tail = seen.slice(-"</device>".length + 1);
      if (bytes < (looks + 1) * lookEveryBytes) continue;
      looks++;
      peak = Math.max(peak, liveBytes() - atStart);
    }
    assert.equal(devices, deviceCount);
    assert.ok(tail.endsWith("</page>\n"));
    assert.ok(bytes > liveBytesMax, "the list is long enough to be found in memory");
    assert.ok(looks > 4);
    assert.ok(peak < liveBytesMax, `${peak} bytes were held`);
  });
}

test("a client that stops reading stops the list, and one that goes away leaves the server as it was", async () => {
  const response = await open({});
  response.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const held = liveBytes();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(liveBytes() - held < liveBytesMax / 4, "nothing piles up for a client that does not read");
  response.destroy();
  const answer = await fetch(`${app.url}/healthz`);
  assert.equal(await answer.text(), "ok\n");
});
