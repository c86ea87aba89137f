import assert from "node:assert/strict";
import { readdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../../../tests/support/folders.ts";
import { createFileStore } from "./create-file-store.ts";

const content = Uint8Array.from({ length: 500_000 }, (_, index) => (index * index) >> 8);

/** A store with one delivery, as far as reading it is concerned. */
function prepare(t: TestContext) {
  const root = makeTemporaryFolder(t);
  writeTree(root, { "deliveries/1-42.zip": content });
  return { root, path: join(root, "deliveries/1-42.zip"), store: createFileStore(root) };
}

async function open(store: ReturnType<typeof createFileStore>) {
  const opened = await store.openDelivery("1-42");
  assert.ok(opened);
  return opened;
}

/** How many files this process has open. */
const openFiles = () => readdirSync("/proc/self/fd").length;

test("a delivery is read whole or in part, from the first byte given to before the last", async (t) => {
  const { store } = prepare(t);
  const whole = await open(store);
  assert.equal(whole.bytes, content.length);
  assert.deepEqual(await buffer(whole.read()), Buffer.from(content));
  for (const [start, end] of [
    [0, 1],
    [0, 0],
    [499_999, 500_000],
    [500_000, 500_000],
    [65_535, 65_537],
    [1, 400_000],
  ] as const) {
    const part = (await open(store)).read({ start, end });
    assert.deepEqual(await buffer(part), Buffer.from(content.subarray(start, end)), `${start} to ${end}`);
  }
});

test("with a buffer every piece lies in it, and all of them together are the delivery", async (t) => {
  const { store } = prepare(t);
  const mine = Buffer.alloc(70_000);
  const pieces: Buffer[] = [];
  for await (const piece of (await open(store)).read({ start: 1, end: 499_999 }, mine)) {
    assert.equal(piece.buffer, mine.buffer);
    pieces.push(Buffer.from(piece));
  }
  assert.deepEqual(Buffer.concat(pieces), Buffer.from(content.subarray(1, 499_999)));
});

test("without a buffer a piece stays as it was while the next ones are read", async (t) => {
  const { store } = prepare(t);
  const pieces = await Array.fromAsync((await open(store)).read());
  assert.ok(pieces.length > 2);
  assert.deepEqual(Buffer.concat(pieces), Buffer.from(content));
});

test("bytes that a delivery does not have are refused", async (t) => {
  const { store } = prepare(t);
  const opened = await open(store);
  for (const [start, end] of [
    [-1, 1],
    [2, 1],
    [0, 500_001],
    [0.5, 1],
    [0, Number.NaN],
  ] as const) {
    assert.throws(() => opened.read({ start, end }), RangeError, `${start} to ${end}`);
  }
  await opened.close();
});

test("a delivery that is not there, or is no file of ours, is not opened", async (t) => {
  const { store, root } = prepare(t);
  assert.equal(await store.openDelivery("1-43"), undefined);
  assert.equal(await createFileStore(join(root, "absent")).openDelivery("1-42"), undefined);
  symlinkSync("/etc/passwd", join(root, "deliveries/1-44.zip"));
  await assert.rejects(store.openDelivery("1-44"), { code: "ELOOP" });
});

test("a delivery that is removed while it is open is read to its end", async (t) => {
  const { store, root } = prepare(t);
  const opened = await open(store);
  await store.removeDelivery("1-42");
  assert.deepEqual(pathsBelow(join(root, "deliveries")), []);
  assert.deepEqual(await buffer(opened.read()), Buffer.from(content));
  await store.removeDelivery("1-42");
});

test("a delivery is closed when its reading is finished, broken off, failed, or never begun", async (t) => {
  const { store, path } = prepare(t);
  const before = openFiles();
  await buffer((await open(store)).read());
  assert.equal(openFiles(), before, "read");
  for await (const chunk of (await open(store)).read()) {
    assert.ok(chunk.length > 0);
    break;
  }
  assert.equal(openFiles(), before, "broken off");
  const unread = await open(store);
  assert.equal(openFiles(), before + 1);
  await unread.close();
  await unread.close();
  assert.equal(openFiles(), before, "closed");
  const iterator = (await open(store)).read()[Symbol.asyncIterator]();
  await iterator.next();
  truncateSync(path, 10);
  await assert.rejects(iterator.next(), /became shorter/);
  assert.equal(openFiles(), before, "failed");
});

test("deliveries are listed by name, with size and time, and nothing else that lies there is", async (t) => {
  const { store, root, path } = prepare(t);
  const at = new Date("2026-01-02T03:04:05Z");
  utimesSync(path, at, at);
  writeTree(root, { "deliveries/1-7.zip": "x", "deliveries/notes.txt": "x", "deliveries/0-1.zip": "x" });
  const listed = await store.listDeliveries();
  assert.deepEqual(
    listed.map(({ name, bytes }) => [name, bytes]),
    [
      ["1-42", content.length],
      ["1-7", 1],
    ],
  );
  assert.equal(listed[0]?.modifiedAtMs, at.getTime());
});

test("an empty store lists and sweeps nothing, and does not come into being by it", async (t) => {
  const root = join(makeTemporaryFolder(t), "absent");
  const store = createFileStore(root);
  assert.deepEqual(await store.listDeliveries(), []);
  assert.deepEqual(await store.listEditions(), []);
  assert.equal(await store.sweepDrafts(0), 0);
  await store.removeDelivery("1-1");
  assert.deepEqual(pathsBelow(root), []);
});

test("drafts are swept when no file at any depth in them was written for the given time", async (t) => {
  const { store, root } = prepare(t);
  const hourMs = 3_600_000;
  const old = new Date(Date.now() - 2 * hourMs);
  const drafts = writeTree(join(root, "drafts"), {
    "stale/content/0": "x",
    "stale/delivery.zip": "x",
    "living/content/0": "x",
    "living/content/1": "x",
  });
  for (const path of pathsBelow(drafts)) utimesSync(join(drafts, path), old, old);
  writeFileSync(join(drafts, "living/content/1"), "y");
  assert.equal(await store.sweepDrafts(hourMs), 1);
  assert.deepEqual(pathsBelow(drafts), ["living", "living/content", "living/content/0", "living/content/1"]);
  assert.equal(await store.sweepDrafts(0), 1);
  assert.deepEqual(pathsBelow(drafts), []);
});
