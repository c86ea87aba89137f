import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { addChart, addEdition, carryOut, requestDelivery, sellChart } from "../../tests/support/charts.ts";
import { openTestEngine, successOf } from "../../tests/support/engine.ts";
import { makeTemporaryFolder, writeTree } from "../../tests/support/folders.ts";
import { job } from "../access/principals.ts";
import { executorFor } from "../engine/executor.ts";
import { createDownloads } from "./downloads.ts";
import { createFileStore } from "./store/create-file-store.ts";

const keys = [randomBytes(32)];
const minuteMs = 60_000;
const zip = Buffer.from("the bytes of a zip");

/** A shop with a delivery that was requested, and a link to it that is good for an hour. */
async function openShop(t: TestContext) {
  const opened = await openTestEngine(t);
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const shop = { ...opened, files };
  const { organizationId, queries, engine } = shop;
  await addChart(shop);
  await addEdition(shop, writeTree(join(folder, "in"), { "a.oesenc": "a" }));
  const sold = await sellChart(shop);
  const { id } = successOf(await requestDelivery(shop, sold)).delivery;
  const expiresAtMs = opened.nowMs + 60 * minuteMs;
  const clock = () => opened.nowMs;
  const downloads = createDownloads({ queries, execute: executorFor(job, engine), files, keys, clock });
  const link = downloads.link(organizationId, id, expiresAtMs);
  const path = `deliveries/${organizationId}-${id}.zip`;
  return {
    opened,
    shop,
    id,
    expiresAtMs,
    link,
    downloads,
    open: ({ expires, signature } = link) => downloads.open(organizationId, id, expires, signature),
    /** Offers it, with a file of our making. */
    async finish(offeredUntilMs = expiresAtMs) {
      writeTree(root, { [path]: zip });
      const built = { fileName: "skipper-GB-1.zip", bytes: zip.length, sha1: "a", sha256: "b" };
      const named = { deliveryId: id, code: sold.code };
      await carryOut(shop, {
        verb: "finish_delivery",
        mailTask: "mail_delivery",
        ...named,
        built: { ...built, expiresAtMs: offeredUntilMs },
      });
    },
    end: () => carryOut(shop, { verb: "end_delivery", deliveryId: id, code: sold.code }),
    loseFile: () => rmSync(join(root, path)),
    endedAtMs: async () => (await queries.deliveries.byId(organizationId, id))?.delivery.endedAtMs,
  };
}

test("a link opens its delivery until the second that it names", async (t) => {
  const { opened, open, finish, expiresAtMs } = await openShop(t);
  await finish(expiresAtMs + minuteMs);
  opened.nowMs = expiresAtMs - 1;
  const download = await open();
  assert.ok(typeof download === "object");
  const { fileName, bytes, sha256 } = download;
  assert.deepEqual({ fileName, bytes, sha256 }, { fileName: "skipper-GB-1.zip", bytes: zip.length, sha256: "b" });
  assert.deepEqual(await buffer(download.read()), zip);
  const part = await open();
  assert.ok(typeof part === "object");
  assert.deepEqual(await buffer(part.read({ start: 4, end: 9 })), zip.subarray(4, 9));
  opened.nowMs = expiresAtMs;
  assert.equal(await open(), "expired");
});

test("a delivery that is not offered is not opened: before it is built, after its time, after its end", async (t) => {
  const { opened, open, finish, end, expiresAtMs } = await openShop(t);
  assert.equal(await open(), "gone", "it is being prepared");
  await finish(expiresAtMs - minuteMs);
  opened.nowMs = expiresAtMs - minuteMs;
  assert.equal(await open(), "expired", "the link would be good for another minute, the delivery is not");
  await end();
  assert.equal(await open(), "gone");
});

test("a forged link is told nothing but that, whatever it names", async (t) => {
  const { shop, open, link, finish, downloads, id } = await openShop(t);
  await finish();
  const { expires, signature } = link;
  const { organizationId } = shop;
  assert.equal(await open({ expires: String(Number(expires) + 1), signature }), "forged");
  assert.equal(await open({ expires, signature: "0".repeat(64) }), "forged");
  assert.equal(await open({ expires: "../../etc/passwd", signature }), "forged");
  for (const [organization, delivery] of [
    [organizationId, id + 1],
    [organizationId + 1, id],
    [organizationId, Number.NaN],
    [organizationId, 0.5],
    [organizationId, -1],
    [organizationId, 1e300],
    [Number.POSITIVE_INFINITY, id],
  ] as const) {
    assert.equal(await downloads.open(organization, delivery, expires, signature), "forged");
  }
});

test("a genuine link to a delivery that there is not opens nothing", async (t) => {
  const { shop, downloads, expiresAtMs } = await openShop(t);
  const { expires, signature } = downloads.link(shop.organizationId, 999_999, expiresAtMs);
  assert.equal(await downloads.open(shop.organizationId, 999_999, expires, signature), "gone");
});

test("links that an older key signed are good as long as that key is there", async (t) => {
  const { shop, opened, finish, link, id } = await openShop(t);
  await finish();
  const { organizationId, queries, engine, files } = shop;
  const openWith = (ours: readonly Uint8Array[]) =>
    createDownloads({ queries, execute: executorFor(job, engine), files, keys: ours, clock: () => opened.nowMs }).open(
      organizationId,
      id,
      link.expires,
      link.signature,
    );
  const download = await openWith([randomBytes(32), ...keys]);
  assert.ok(typeof download === "object");
  await download.close();
  assert.equal(await openWith([randomBytes(32)]), "forged");
});

test("a delivery whose file was lost is ended, but not within the minute in which other machines may not see it yet", async (t) => {
  const { opened, open, finish, loseFile, endedAtMs } = await openShop(t);
  await finish();
  loseFile();
  opened.nowMs += minuteMs;
  assert.equal(await open(), "gone");
  assert.equal(await endedAtMs(), null);
  opened.nowMs += 1;
  assert.equal(await open(), "gone");
  assert.equal(await endedAtMs(), opened.nowMs);
  assert.equal(await open(), "gone");
});

test("what was prepared of a withdrawn edition cannot be fetched until that is taken back", async (t) => {
  const { shop, finish, open, endedAtMs } = await openShop(t);
  await finish();
  const [edition] = await shop.queries.content.editions(shop.organizationId, 15);
  assert.ok(edition !== undefined);
  const change = (to: "withdraw" | "restore") =>
    carryOut(shop, { verb: "change_edition", productId: edition.productId, name: edition.name, change: to });
  await change("withdraw");
  assert.equal(await open(), "gone");
  assert.equal(await endedAtMs(), null);
  await change("restore");
  const opened = await open();
  assert.ok(typeof opened === "object");
  await opened.close();
});
