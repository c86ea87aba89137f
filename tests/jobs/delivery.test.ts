import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fromBufferPromise } from "yauzl";
import { readSigningKey } from "../../src/signing/signing-keys.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { startTestApp } from "../support/app.ts";
import { addChart, addEdition, requestDelivery, sellChart } from "../support/charts.ts";
import { resultOf, successOf, tally } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";
import { startTestSmtp } from "../support/smtp.ts";

const organizationId = 1;
const from = { name: "Counterfoil", address: "noreply@example.com" };
const dayMs = 24 * 60 * 60 * 1000;

const edition = {
  "Chartinfo.txt": "UserKey:0000\r\nChartInfo:British Isles 2017;2017-2;2017-04-01\r\noesencEULAShow:once\r\n",
  "cells/GB1.oesenc": Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) >> 7),
  "EN_eula.html": "<p>Not for navigation</p>",
};

/** A server that sold a chart, with its jobs running and a mail server at hand. */
async function openShop(context: TestContext, customer = "skipper@example.com") {
  const smtp = await startTestSmtp(context);
  const kept = keepLog();
  const { app, secretKeys, advance } = await startTestApp(context, { log: kept.log });
  await addChart(app);
  await addEdition(app, writeTree(makeTemporaryFolder(context), edition));
  const sold = await sellChart(app, { customer });
  app.startJobs({ smtpUrl: smtp.url, from, outboxDir: "/nonexistent" });
  const deliveryOf = async (id: number) => (await app.queries.deliveries.byId(organizationId, id))?.delivery;
  return {
    app,
    secretKeys,
    smtp,
    kept,
    sold,
    advance,
    deliveryOf,
    builtOf: (id: number) =>
      eventually("the delivery is built", async () => (await deliveryOf(id))?.built ?? undefined),
    /** Downloads it as a client does that was given the link. */
    async download(id: number, expiresAtMs: number): Promise<Buffer> {
      const { expires, signature } = app.downloads.link(organizationId, id, expiresAtMs);
      const opened = await app.downloads.open(organizationId, id, expires, signature);
      assert.ok(typeof opened === "object", String(opened));
      return buffer(opened.read());
    },
  };
}

async function unzip(zip: Buffer): Promise<Map<string, Buffer>> {
  const file = await fromBufferPromise(zip);
  const found = new Map<string, Buffer>();
  for await (const entry of file.eachEntry()) {
    found.set(entry.fileName, await buffer(await file.openReadStreamPromise(entry)));
  }
  return found;
}

test("what was requested is built: a zip with the edition, the user's key, and a permit that the organization's key verifies", async (context) => {
  const { app, secretKeys, sold, builtOf, download } = await openShop(context);
  const { id, requestedAtMs } = successOf(await requestDelivery(app, sold)).delivery;
  const built = await builtOf(id);
  const zip = await download(id, built.expiresAtMs);
  assert.equal(built.fileName, "skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-2.zip");
  assert.equal(built.bytes, zip.length);
  assert.equal(built.sha1, createHash("sha1").update(zip).digest("hex"));
  assert.equal(built.sha256, createHash("sha256").update(zip).digest("hex"));
  assert.ok(built.expiresAtMs >= requestedAtMs + 7 * dayMs && built.expiresAtMs <= built.readyAtMs + 7 * dayMs);

  const top = "skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-2";
  const found = await unzip(zip);
  assert.deepEqual(
    [...found.keys()],
    [
      `${top}/`,
      `${top}/Chartinfo.txt`,
      `${top}/permit.json`,
      `${top}/permit.json.sig`,
      `${top}/EN_eula.html`,
      `${top}/cells/`,
      `${top}/cells/GB1.oesenc`,
    ],
  );
  const about = `${organizationId} ${sold.customerId} ${sold.device.id}`;
  const userKey = createSecrets(secretKeys).lookupHash(about, "user key").toString("hex", 0, 8).toUpperCase();
  assert.equal(
    found.get(`${top}/Chartinfo.txt`)?.toString("latin1"),
    edition["Chartinfo.txt"].replace("0000", userKey),
  );
  assert.deepEqual(found.get(`${top}/cells/GB1.oesenc`), Buffer.from(edition["cells/GB1.oesenc"]));
  const [permit, signature] = [found.get(`${top}/permit.json`), found.get(`${top}/permit.json.sig`)];
  assert.ok(permit !== undefined && signature !== undefined);
  const privateKey = (await app.queries.organizations.byId(organizationId))?.settings.get("permit_key");
  const { publicKeyPem, id: keyId } = readSigningKey(String(privateKey));
  assert.ok(verify(null, permit, publicKeyPem, signature));
  assert.deepEqual(JSON.parse(permit.toString()), {
    formatVersion: 1,
    organization: "Test",
    customer: "skipper@example.com",
    system: "mylaptop",
    fingerprintHash: (await app.queries.deliveries.byId(organizationId, id))?.fingerprintHash,
    product: { number: "15", name: "British Isles 2017" },
    order: "GBLAQPDMG",
    quantity: "1",
    edition: "2017-2",
    expiresAt: "2100-01-01T00:00:00.000Z",
    issuedAt: new Date(requestedAtMs).toISOString(),
    keyId,
  });
});

test("asked for twenty times at once and again when it is there, it is built once and mailed once", async (context) => {
  const { app, sold, smtp, kept, builtOf } = await openShop(context);
  const results = await Promise.all(Array.from({ length: 20 }, async () => resultOf(await requestDelivery(app, sold))));
  assert.deepEqual(tally(results), { ok: 1, already_delivered: 19 });
  await builtOf(1);
  assert.equal(resultOf(await requestDelivery(app, sold)), "already_delivered");
  await eventually("the mail", () => smtp.taken[0]);
  await eventually("the mail is noted down", () => kept.lines("the mail that a delivery is ready was sent")[0]);
  assert.equal(kept.lines("a delivery is built").length, 1);
  assert.equal((await app.files.listDeliveries()).length, 1);
  assert.equal(smtp.taken.length, 1);
});

test("its holder is told by mail what is ready for which system, and until when, with the time zone", async (context) => {
  const { app, sold, smtp, kept, builtOf } = await openShop(context);
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  const { expiresAtMs } = await builtOf(id);
  const mail = await eventually("the mail", () => smtp.taken[0]);
  assert.deepEqual(mail.envelope, { from: from.address, to: ["skipper@example.com"] });
  assert.equal(mail.subject, "Your chart is ready: British Isles 2017, 2017-2");
  const until = `${new Date(expiresAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  for (const body of [mail.text, mail.html]) {
    for (const words of ["British Isles 2017", "2017-2", "mylaptop", until, "open the chart shop in the plugin"]) {
      assert.ok(body?.includes(words), `${words}: ${body}`);
    }
    assert.doesNotMatch(body ?? "http", /https?:/, "no link, which whoever reads the mail could use");
  }
  await eventually("the mail is noted down", () => kept.lines("the mail that a delivery is ready was sent")[0]);
  assert.doesNotMatch(kept.text(), /skipper|mylaptop|machine of/);
});

test("a holder without a mail address gets the delivery and no mail, and the log says so without the name", async (context) => {
  const { app, sold, smtp, kept, builtOf } = await openShop(context, "Skipper Ada");
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  assert.equal((await builtOf(id)).fileName, "Skipper-Ada-British-Isles-2017_GBLAQPDMG-15-1_2017-2.zip");
  const line = await eventually(
    "the warning",
    () => kept.lines("that a delivery is ready cannot be mailed: the holder is not a single address")[0],
  );
  assert.equal(line.level, 40);
  assert.equal(line.deliveryId, id);
  assert.equal(smtp.asked, 0);
  assert.doesNotMatch(kept.text(), /Skipper Ada/);
});

test("a newer edition is delivered anew, and the older delivery is offered no more", async (context) => {
  const { app, sold, builtOf, deliveryOf, download } = await openShop(context);
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  await builtOf(id);
  await addEdition(app, writeTree(makeTemporaryFolder(context), { "new.oesenc": "new" }), {
    name: "2017-3",
    publishedAtMs: Date.UTC(2017, 6, 1),
  });
  const next = successOf(await requestDelivery(app, sold)).delivery.id;
  const built = await builtOf(next);
  assert.equal(built.fileName, "skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-3.zip");
  const found = await unzip(await download(next, built.expiresAtMs));
  assert.equal(found.get("skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-3/new.oesenc")?.toString(), "new");
  assert.equal(
    found.get("skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-3/Chartinfo.txt")?.toString().split("\n")[1],
    "ChartInfo:British Isles 2017;2017-3;2017-07-01",
  );
  assert.notEqual((await deliveryOf(id))?.endedAtMs, null);
});

test("when its seven days are over it is not offered, and requested again it is built again", async (context) => {
  const { app, sold, builtOf, advance } = await openShop(context);
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  const { expiresAtMs } = await builtOf(id);
  const { expires, signature } = app.downloads.link(organizationId, id, expiresAtMs + dayMs);
  advance(7 * dayMs + 1);
  assert.equal(await app.downloads.open(organizationId, id, expires, signature), "expired");
  const next = successOf(await requestDelivery(app, sold)).delivery.id;
  assert.notEqual(next, id);
  await builtOf(next);
  assert.equal(await app.downloads.open(organizationId, id, expires, signature), "gone");
});
