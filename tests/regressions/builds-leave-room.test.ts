/*
 * The fault: builds and editions took the last byte of the disk on which the database lies, which then stopped: nothing
 * could be issued, sold or redeemed until somebody made room.
 *
 * The guarantee: a build or an edition is refused unless it leaves what is reserved, as seen before and while it is
 * written. Nothing of it is kept, a build is tried again later, and the log says why.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createFileStore } from "../../src/content/store/create-file-store.ts";
import { whyNoRoom } from "../../src/content/store/disk.ts";
import { DeliveryError, EditionSourceError } from "../../src/content/store/errors.ts";
import { startTestApp } from "../support/app.ts";
import { addChart, addEdition, requestDelivery, sellChart } from "../support/charts.ts";
import { successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";
import { mountSmallDisk, needsMount } from "../support/small-disk.ts";

const megabyte = 1024 ** 2;
const editionBytes = 12 * megabyte;

/** A folder on a disk of its own, or of which nobody else takes much meanwhile, and what is free there. */
function openDisk(t: TestContext) {
  const folder = needsMount === false ? mountSmallDisk(t, 256) : makeTemporaryFolder(t);
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return { folder, freeBytes };
}

const source = (t: TestContext) =>
  writeTree(makeTemporaryFolder(t), {
    "a.oesenc": Buffer.alloc(editionBytes / 2, 1),
    "b.oesenc": Buffer.alloc(editionBytes / 2, 2),
  });

const storeThatLeaves = (root: string, bytesMin: number) => createFileStore(root, { reserve: { bytesMin, share: 0 } });

test("what stays free is the larger of a fixed size and a share of the disk", (t) => {
  const { folder, freeBytes } = openDisk(t);
  const { blocks, bsize } = statfsSync(folder);
  const margin = 4 * megabyte;
  assert.equal(whyNoRoom(folder, freeBytes() - margin, { bytesMin: 0, share: 0 }), undefined);
  assert.match(whyNoRoom(folder, freeBytes() + margin, { bytesMin: 0, share: 0 }) ?? "", /^it takes \d+ bytes more, /);
  const share = (freeBytes() - margin) / (blocks * bsize);
  assert.equal(whyNoRoom(folder, 0, { bytesMin: 0, share }), undefined);
  assert.match(whyNoRoom(folder, 2 * margin, { bytesMin: 0, share }) ?? "", /stay free for the database$/);
  assert.equal(whyNoRoom(folder, 0, { bytesMin: freeBytes() - margin, share: 0 }), undefined);
  assert.match(whyNoRoom(folder, 2 * margin, { bytesMin: freeBytes() - margin, share: 0 }) ?? "", /stay free for/);
});

test("an edition that would take reserved room is refused before anything is copied, and while it is", async (t) => {
  const { folder, freeBytes } = openDisk(t);
  const root = join(folder, "store");
  const from = source(t);
  const refusal = (error: unknown) =>
    error instanceof EditionSourceError &&
    /^There is no room on the disk for \S+: it takes \d+ bytes more, \d+ are free, and \d+ stay free for the database\. Make room/.test(
      error.message,
    );
  let isBegun = false;
  const onProgress = () => {
    isBegun = true;
  };
  await assert.rejects(storeThatLeaves(root, freeBytes() - editionBytes / 2).takeIn(from, { onProgress }), refusal);
  assert.equal(isBegun, false);

  // Somebody else fills the disk meanwhile.
  const filler = join(folder, "filler");
  const store = storeThatLeaves(root, freeBytes() - editionBytes - 4 * megabyte);
  const fill = () => {
    if (!existsSync(filler)) writeFileSync(filler, Buffer.alloc(8 * megabyte, 3));
  };
  await assert.rejects(store.takeIn(from, { onProgress: fill }), refusal);
  assert.deepEqual(
    pathsBelow(root).filter((path) => path.includes("/")),
    [],
  );
  rmSync(filler);
  await store.takeIn(from);
});

test("of builds that together would take reserved room, not all are carried out, and the room stays", async (t) => {
  const { folder, freeBytes } = openDisk(t);
  const root = join(folder, "store");
  const { key: editionKey } = await storeThatLeaves(root, 0).takeIn(source(t));
  const reserved = freeBytes() - 1.5 * editionBytes;
  const store = storeThatLeaves(root, reserved);
  const build = (deliveryName: string) =>
    store.buildDelivery({ editionKey, deliveryName, zipName: "a.zip", extras: [], modifiedAtMs: 0 });
  const ends = await Promise.allSettled(["1-1", "1-2"].map(build));
  const refused = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  assert.ok(refused.length >= 1);
  for (const error of refused) {
    assert.ok(error instanceof DeliveryError);
    assert.equal(error.reason, "disk_full");
    assert.match(
      error.message,
      /^There is no room on the disk for a delivery: it takes \d+ bytes more, .*\. Make room\.$/,
    );
  }
  const others = 4 * megabyte;
  assert.ok(freeBytes() >= reserved - others, `${freeBytes()} of ${reserved}`);
  for (const { name } of await store.listDeliveries()) await store.removeDelivery(name);
  assert.ok((await build("1-3")).bytes > editionBytes);
});

test("a build that finds no room is tried again later, and the log has the reason", async (t) => {
  const kept = keepLog();
  const { app, dataDir } = await startTestApp(t, { log: kept.log, diskReserveBytes: Number.MAX_SAFE_INTEGER });
  await addChart(app);
  const roomy = createFileStore(join(dataDir, "files"));
  await addEdition({ ...app, files: roomy }, writeTree(makeTemporaryFolder(t), { "a.oesenc": "a" }));
  const sold = await sellChart(app);
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  app.startJobs({ smtpUrl: undefined, from: { name: "", address: "shop@example.com" }, outboxDir: join(dataDir, "o") });
  const [failed] = await eventually("the second attempt", () => {
    const lines = kept.lines("a job failed and will be tried again");
    return lines.length >= 2 ? lines : undefined;
  });
  assert.equal(failed?.level, 40);
  assert.match(
    String(failed?.reason),
    /^There is no room on the disk for a delivery: it takes \d+ bytes more, \d+ are free/,
  );
  assert.equal((await app.queries.deliveries.byId(1, id))?.delivery.endedAtMs, null);
});
