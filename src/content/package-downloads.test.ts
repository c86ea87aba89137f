import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { addChart, addEdition, carryOut } from "../../tests/support/charts.ts";
import { openTestEngine } from "../../tests/support/engine.ts";
import { makeTemporaryFolder, writeTree } from "../../tests/support/folders.ts";
import { job } from "../access/principals.ts";
import { executorFor } from "../engine/executor.ts";
import { createDownloads } from "./downloads.ts";
import { createFileStore } from "./store/create-file-store.ts";

const keys = [randomBytes(32)];
const hourMs = 3_600_000;

/** A shop with a package of an edition, and links that are good for an hour. */
async function openShop(t: TestContext) {
  const opened = await openTestEngine(t);
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const shop = { ...opened, files };
  const { organizationId, queries, engine } = shop;
  await addChart(shop);
  const edition = await addEdition(shop, writeTree(join(folder, "in"), { "a.oesu": "a" }));
  const plan = { editionKey: edition.content.key, packageName: "base", top: "set", extras: [], modifiedAtMs: 0 };
  const made = await files.makePackage(plan);
  const offered = { fromEditionId: null, fileName: "set.zip", ...made };
  const { id } = await carryOut(shop, { verb: "offer_package", productId: 15, editionId: edition.id, offered });
  const clock = () => opened.nowMs;
  const downloads = createDownloads({ queries, execute: executorFor(job, engine), files, keys, clock });
  const link = downloads.packages.link(organizationId, id, opened.nowMs + hourMs);
  return { opened, organizationId, root, edition, made, id, link, downloads };
}

test("a link opens the package until its time is over, and any other link is forged", async (t) => {
  const { opened, organizationId, made, id, link, downloads } = await openShop(t);
  const open = (packageId: number, { expires, signature } = link) =>
    downloads.packages.open(organizationId, packageId, expires, signature);
  const opening = await open(id);
  assert.ok(typeof opening === "object");
  assert.equal(opening.made.fileName, "set.zip");
  assert.equal((await buffer(opening.read())).length, made.bytes);
  assert.equal(await open(id + 1), "forged");
  assert.equal(await open(id, { ...link, signature: "0".repeat(64) }), "forged");
  const unknown = downloads.packages.link(organizationId, id + 1, opened.nowMs + hourMs);
  assert.equal(await open(id + 1, unknown), "gone");
  const delivery = downloads.link(organizationId, id, opened.nowMs + hourMs);
  assert.equal(await open(id, delivery), "forged", "a link to a delivery is none to a package");
  const past = downloads.packages.link(organizationId, id, opened.nowMs);
  assert.equal(await open(id, past), "expired");
});

test("a package whose files are lost is gone, and the files of an edition are read once", async (t) => {
  const { organizationId, root, edition, id, link, downloads } = await openShop(t);
  const open = () => downloads.packages.open(organizationId, id, link.expires, link.signature);
  assert.deepEqual(
    (await downloads.packages.filesOf(edition)).map(({ path }) => path),
    ["a.oesu"],
  );
  const folder = join(root, "editions", edition.content.key);
  writeFileSync(join(folder, "packages/base/layout.json"), '{"runs":[{"madeBytes":1}]}');
  assert.equal(await open(), "gone", "of another length");
  rmSync(folder, { recursive: true });
  assert.equal(await open(), "gone");
  assert.equal((await downloads.packages.filesOf(edition)).length, 1);
  const other = { ...edition, content: { ...edition.content, key: "0".repeat(32) } };
  for (let turn = 0; turn < 2; turn++) {
    await assert.rejects(downloads.packages.filesOf(other), { name: "DeliveryError", reason: "edition_missing" });
  }
});

test("a document is kept, found while it is young, and opened by its links alone", async (t) => {
  const { opened, organizationId, downloads } = await openShop(t);
  const { documents } = downloads;
  const name = "a".repeat(64);
  assert.equal(await documents.find(name, 0), undefined);
  await documents.keep(name, Buffer.from("keys"));
  assert.equal((await documents.find(name, Date.now() - hourMs))?.toString(), "keys");
  assert.equal(await documents.find(name, Date.now() + hourMs), undefined);
  const { expires, signature } = documents.link(organizationId, name, opened.nowMs + hourMs);
  assert.equal((await documents.open(organizationId, name, expires, signature))?.toString(), "keys");
  assert.equal(await documents.open(organizationId + 1, name, expires, signature), "forged");
  assert.equal(await documents.open(organizationId, "../store.id", expires, signature), "forged");
  const past = documents.link(organizationId, name, opened.nowMs);
  assert.equal(await documents.open(organizationId, name, past.expires, past.signature), "expired");
  const never = documents.link(organizationId, "b".repeat(64), opened.nowMs + hourMs);
  assert.equal(await documents.open(organizationId, "b".repeat(64), never.expires, never.signature), "gone");
});
