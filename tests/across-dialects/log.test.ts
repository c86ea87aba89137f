/**
 * All acts of an organization are in one log, whose numbers ascend whatever tongue an act is asked for in; each tongue
 * reads the lines about its own products. A gate's file changes by acts at the gate's events alone.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { ezpertClient, licensesIn } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { allMatched, nokkisClient } from "../support/nokkis.ts";
import { openPlugin } from "../support/ocharts.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

/** One act in each of the other tongues. */
async function actElsewhere(): Promise<readonly string[]> {
  const [number = ""] = valuesOf(
    await morClient(app).ask("card_from_group_sell", { id: "6", quantity: "1" }),
    "number",
  );
  const created = await ezpertClient(app.url)("create", { client_id: "log@example.com", licenses: "1" });
  const plugin = await openPlugin(app);
  assert.equal((await plugin.xfpr()).result, "1");
  return [number, licensesIn(created.text)[0]?.license_key ?? "", "device_registered"];
}

test("what is done in other tongues takes numbers of the one log, and is in no log of an event", async () => {
  const client = nokkisClient(app.url);
  const log = async () => (await client.ask("GET /nokkis/2/BARCODE/LOG")).text;
  const ids = async () => allMatched(await log(), /<action id="(\d+)">/).map(Number);
  await client.ask("PUT /nokkis/2/barcode/412158754");
  const before = Math.max(...(await ids()));
  const elsewhere = await actElsewhere();
  await client.createBarcode(2, "log@example.com");
  const after = Math.max(...(await ids()));
  assert.ok(after > before + elsewhere.length, `${after} is above the numbers of three acts after ${before}`);
  const since = (await client.ask(`GET /nokkis/2/BARCODE/LOG?since=${before}`)).text;
  assert.deepEqual(allMatched(since, /<action_data>(\w+)</), ["barcode_created"]);
  const everything = (await log()) + (await client.ask("GET /nokkis/2/LOG")).text;
  for (const one of elsewhere) assert.ok(!everything.includes(one), one);
});

test("a gate's file is the same while other things are sold, and another one once a barcode is used", async () => {
  const client = nokkisClient(app.url);
  const file = (etag = "") => client.ask("GET /nokkis/CLIENT/ABCDE12345", { headers: { "if-none-match": etag } });
  const { etag = "" } = (await file()).headers;
  await actElsewhere();
  assert.equal((await file(etag)).status, 304);
  await client.ask("PUT /nokkis/2/barcode/83475629310710");
  assert.equal((await file(etag)).status, 200);
});
