import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  addChart,
  addEdition,
  buildServices,
  carryOut,
  requestDelivery,
  sellChart,
} from "../../tests/support/charts.ts";
import { createTestDatabase } from "../../tests/support/database.ts";
import { openTestEngine, successOf } from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../../tests/support/folders.ts";
import { type KeptLog, keepLog } from "../../tests/support/log.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { job } from "../access/principals.ts";
import { executorFor } from "../engine/executor.ts";
import { createSecrets } from "../storage/secrets.ts";
import { buildTask } from "./build-task.ts";
import { fileUnknownMs } from "./remove-files.ts";
import { draftAbandonedMs, firstSweepAfterMs, startRetention, sweepStore } from "./retention.ts";
import { createFileStore } from "./store/create-file-store.ts";
import type { FileStore } from "./store/file-store.ts";
import { createStoreIdentity } from "./store/identity.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** A shop on a database of its own, since a sweep removes deliveries of all organizations of a database. */
async function openShop(t: TestContext) {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const opened = await openTestEngine(t, { database, secrets: createSecrets([randomBytes(32)]) });
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const shop = { ...opened, files };
  await addChart(shop);
  const edition = await addEdition(shop, writeTree(join(folder, "in"), { "a.oesenc": "a" }));
  const sold = await sellChart(shop);
  const { organizationId, queries, administration, engine } = shop;
  const identity = createStoreIdentity(root, queries, administration);
  const clock = () => opened.nowMs;
  const logs: KeptLog[] = [];
  const services = { ...buildServices(shop), clock, log: keepLog().log };
  return {
    shop,
    opened,
    root,
    folder,
    edition,
    sold,
    /** Of all sweeps. */
    lines: (message: string) => logs.flatMap((log) => log.lines(message)),
    async deliver(): Promise<number> {
      const { id } = successOf(await requestDelivery(shop, sold)).delivery;
      const attempt = { isLast: false, signal: new AbortController().signal };
      await buildTask.run({ organizationId, deliveryId: id }, attempt, services);
      return id;
    },
    deliveryOf: async (id: number) => (await queries.deliveries.byId(organizationId, id))?.delivery,
    stored: async () => (await files.listDeliveries()).map(({ name }) => name),
    /** Sweeps once, as a process of its own does. */
    async sweep(through: Partial<FileStore> = {}) {
      const own = keepLog();
      logs.push(own);
      await sweepStore({
        queries,
        administration,
        execute: executorFor(job, engine),
        files: { ...files, ...through },
        identity,
        clock,
        log: own.log,
        signal: new AbortController().signal,
        checkedUpTo: { organizationId: 0, deliveryId: 0 },
      });
    },
  };
}

const setTime = (path: string, atMs: number) => utimesSync(path, atMs / 1000, atMs / 1000);

test("a delivery whose time is over is ended and its file removed, and not a moment before; then it can be requested again", async (t) => {
  const { opened, shop, sold, deliver, deliveryOf, stored, sweep } = await openShop(t);
  const id = await deliver();
  const name = `${shop.organizationId}-${id}`;
  opened.nowMs += 7 * dayMs - 1;
  await sweep();
  assert.deepEqual(await stored(), [name]);
  assert.equal((await deliveryOf(id))?.endedAtMs, null);
  opened.nowMs += 1;
  await sweep();
  assert.deepEqual(await stored(), []);
  assert.equal((await deliveryOf(id))?.endedAtMs, opened.nowMs);
  assert.equal(await shop.count("delivery", "removed_at is not null"), 1);
  assert.equal(await shop.count("action", "kind = 'delivery_ended'"), 1);
  assert.equal((await requestDelivery(shop, sold)).ok, true);
});

test("the file of an ended delivery is removed, whatever ended it", async (t) => {
  const { shop, sold, deliver, stored, sweep } = await openShop(t);
  const id = await deliver();
  await carryOut(shop, { verb: "end_delivery", deliveryId: id, code: sold.code });
  await sweep();
  assert.deepEqual(await stored(), []);
  assert.equal(await shop.count("delivery", "removed_at is not null"), 1);
});

test("two processes that sweep at once remove everything and end each delivery once", async (t) => {
  const { opened, shop, deliver, stored, sweep, lines } = await openShop(t);
  await deliver();
  opened.nowMs += 8 * dayMs;
  await Promise.all([sweep(), sweep(), sweep()]);
  assert.deepEqual(await stored(), []);
  assert.equal(await shop.count("action", "kind = 'delivery_ended'"), 1);
  assert.deepEqual(lines("deliveries that are over could not be looked after"), []);
});

test("a delivery that is being prepared stays as long as its job has attempts left, and is ended after that", async (t) => {
  const { shop, sold, deliveryOf, sweep } = await openShop(t);
  const { id } = successOf(await requestDelivery(shop, sold)).delivery;
  const jobs = (change: string) =>
    shop.sql(`update graphile_worker._private_jobs set ${change} where (payload ->> 'organizationId')::bigint = $1`);
  await sweep();
  assert.equal((await deliveryOf(id))?.endedAtMs, null);
  // As the last attempt leaves it while it is under way, and as a process leaves it that dies at it.
  await jobs("attempts = max_attempts, locked_at = now(), locked_by = 'somebody'");
  await sweep();
  assert.equal((await deliveryOf(id))?.endedAtMs, null);
  await jobs("locked_at = null, locked_by = null");
  await sweep();
  assert.notEqual((await deliveryOf(id))?.endedAtMs, null);
  assert.equal((await requestDelivery(shop, sold)).ok, true);
});

test("an edition of which the database knows nothing is moved to the trash after a day, one that it knows never", async (t) => {
  const { shop, root, folder, edition, sweep } = await openShop(t);
  const young = await shop.files.takeIn(join(folder, "in"));
  const old = await shop.files.takeIn(join(folder, "in"));
  for (const key of [old.key, edition.content.key])
    setTime(join(root, "editions", key), Date.now() - fileUnknownMs - 1);
  await sweep();
  const left = (await shop.files.listEditions()).map(({ key }) => key);
  assert.deepEqual(left, [young.key, edition.content.key].sort());
  const trash = pathsBelow(join(root, "trash"));
  assert.ok(
    trash.some((path) => path.endsWith(`-${old.key}/content/0`)),
    trash.join(),
  );
});

test("a delivery's file that the database does not know, or knows as ended, is removed after a day", async (t) => {
  const { shop, sold, root, deliver, stored, sweep } = await openShop(t);
  const { organizationId } = shop;
  const live = await deliver();
  const lost = [`${organizationId}-999999`, "77-1"];
  const fresh = `${organizationId}-999998`;
  for (const name of [...lost, fresh]) writeFileSync(join(root, "deliveries", `${name}.zip`), "zip");
  for (const name of [...lost, `${organizationId}-${live}`]) {
    setTime(join(root, "deliveries", `${name}.zip`), Date.now() - fileUnknownMs - 1);
  }
  await sweep();
  assert.deepEqual(await stored(), [fresh, `${organizationId}-${live}`].sort());

  // A process that was taken for dead wrote it after it had been removed.
  await carryOut(shop, { verb: "end_delivery", deliveryId: live, code: sold.code });
  await sweep();
  const path = join(root, "deliveries", `${organizationId}-${live}.zip`);
  writeFileSync(path, "zip");
  setTime(path, Date.now() - fileUnknownMs - 1);
  await sweep();
  assert.deepEqual(await stored(), [fresh]);
});

test("a draft in which nothing was written for an hour is removed, a younger one is not", async (t) => {
  const { root, sweep } = await openShop(t);
  for (const [name, ageMs] of [
    ["old", draftAbandonedMs + 1_000],
    ["young", draftAbandonedMs - 60_000],
  ] as const) {
    const draft = join(root, "drafts", name);
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, "delivery.zip"), "half");
    for (const path of [join(draft, "delivery.zip"), draft]) setTime(path, Date.now() - ageMs);
  }
  await sweep();
  assert.deepEqual(pathsBelow(join(root, "drafts")), ["young", "young/delivery.zip"]);
});

test("a file that cannot be removed is logged by its code alone, stops nothing else, and is tried again", async (t) => {
  const { opened, root, folder, shop, deliver, stored, sweep, lines } = await openShop(t);
  const busyName = `${shop.organizationId}-${await deliver()}`;
  opened.nowMs += 8 * dayMs;
  await deliver();
  opened.nowMs += 8 * dayMs;
  const { key } = await shop.files.takeIn(join(folder, "in"));
  setTime(join(root, "editions", key), Date.now() - 2 * fileUnknownMs);
  const busy = Object.assign(new Error(`EBUSY: resource busy, unlink '${root}'`), { code: "EBUSY" });
  const removeDelivery = (name: string) => (name === busyName ? Promise.reject(busy) : shop.files.removeDelivery(name));
  await sweep({ removeDelivery });
  assert.deepEqual(
    lines("deliveries that are over could not be looked after").map(({ level, reason }) => ({ level, reason })),
    [{ level: 40, reason: "EBUSY" }],
  );
  assert.deepEqual(await stored(), [busyName]);
  assert.equal((await shop.files.listEditions()).length, 1, "the unknown edition is removed all the same");
  await sweep();
  assert.deepEqual(await stored(), []);
  assert.equal(await shop.count("delivery", "removed_at is not null"), 2);
});

test("it sweeps ten minutes after the start and once an hour, goes on when the database was away, and stops", async (t) => {
  const owner = await openShop(t);
  const relay = await openRelay(owner.shop.database.address);
  t.after(() => relay.cut());
  const { administration, queries, engine } = await openTestEngine(t, { beside: owner.shop, address: relay.address });
  const { files } = owner.shop;
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { log, lines } = keepLog();
  const clock = () => owner.opened.nowMs;
  await relay.cut();
  const identity = createStoreIdentity(owner.root, queries, administration);
  const retention = startRetention({
    queries,
    administration,
    execute: executorFor(job, engine),
    files,
    identity,
    clock,
    log,
  });
  assert.equal(firstSweepAfterMs, 10 * 60 * 1000);
  t.mock.timers.tick(firstSweepAfterMs);
  await eventually("the first sweep", () => lines("the file store is left alone")[0]);
  await relay.mend();
  await owner.deliver();
  owner.opened.nowMs += 8 * dayMs;
  t.mock.timers.tick(hourMs - 1);
  assert.equal((await owner.stored()).length, 1);
  t.mock.timers.tick(1);
  await eventually("the second sweep", async () => (await owner.stored()).length === 0);
  await retention.stop();
  await owner.deliver();
  owner.opened.nowMs += 8 * dayMs;
  t.mock.timers.tick(10 * hourMs);
  await queries.content.keys();
  assert.equal((await owner.stored()).length, 1, "no more once it was stopped");
});
