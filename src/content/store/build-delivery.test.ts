import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";
import { openPromise } from "yauzl";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../../../tests/support/folders.ts";
import { createFileStore } from "./create-file-store.ts";
import { DeliveryError } from "./errors.ts";
import type { DeliveryPlan } from "./file-store.ts";

const tree = {
  "Chartinfo.txt": "ChartInfo:Sample;2017-2;2017-07-06\n",
  "cells/north/a.oesenc": Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * index) >> 8),
  "cells/b.oesenc": "b",
  "été.txt": "",
};
const deliveryName = "1-42";
const plan = { deliveryName, zipName: "skipper-GB-2017-2.zip", extras: [], modifiedAtMs: Date.UTC(2017, 6, 6) };

async function prepare(t: TestContext) {
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const store = createFileStore(root);
  const { key: editionKey } = await store.takeIn(writeTree(join(folder, "in"), tree));
  return {
    folder,
    root,
    store,
    editionKey,
    path: join(root, "deliveries", `${deliveryName}.zip`),
    content: join(root, "editions", editionKey, "content"),
    build: (changes: Partial<DeliveryPlan> = {}, signal?: AbortSignal) =>
      store.buildDelivery({ ...plan, editionKey, ...changes }, signal),
  };
}

const extra = (path: string, content: string) => ({ path, content: Buffer.from(content) });

/** Names and contents of a zip, in the order of its entries, as another program reads them. */
async function unzip(path: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(path, { autoClose: false });
  const found = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    assert.equal(entry.compressionMethod, 0, "stored");
    assert.equal(entry.generalPurposeBitFlag, 0x0800, "UTF-8, sizes in the header");
    found.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  zip.close();
  return found;
}

test("the zip has its folder first, the extras, then the edition, each folder before its files", async (t) => {
  const { build, path } = await prepare(t);
  await build({ extras: [extra("permit.json", "{}"), extra("cells/key.txt", "k")] });
  const found = await unzip(path);
  assert.deepEqual(
    [...found.keys()],
    [
      "skipper-GB-2017-2/",
      "skipper-GB-2017-2/permit.json",
      "skipper-GB-2017-2/cells/",
      "skipper-GB-2017-2/cells/key.txt",
      "skipper-GB-2017-2/Chartinfo.txt",
      "skipper-GB-2017-2/cells/b.oesenc",
      "skipper-GB-2017-2/cells/north/",
      "skipper-GB-2017-2/cells/north/a.oesenc",
      "skipper-GB-2017-2/été.txt",
    ],
  );
  for (const [name, content] of Object.entries(tree)) {
    assert.deepEqual(found.get(`skipper-GB-2017-2/${name}`), Buffer.from(content), name);
  }
});

test("an extra replaces the edition's file of the same path, whatever the case", async (t) => {
  const { build, path } = await prepare(t);
  await build({ extras: [extra("CHARTINFO.txt", "UserKey:1\n"), extra("cells/b.oesenc", "new")] });
  const found = await unzip(path);
  assert.equal(found.get("skipper-GB-2017-2/CHARTINFO.txt")?.toString(), "UserKey:1\n");
  assert.equal(found.get("skipper-GB-2017-2/cells/b.oesenc")?.toString(), "new");
  assert.equal(found.has("skipper-GB-2017-2/Chartinfo.txt"), false);
  assert.equal([...found.keys()].filter((name) => !name.endsWith("/")).length, 4);
});

test("size and sums belong to the zip, and the same plan makes the same bytes", async (t) => {
  const { build, path } = await prepare(t);
  const built = await build();
  const bytes = readFileSync(path);
  const sum = (name: string) => createHash(name).update(bytes).digest("hex");
  assert.deepEqual(built, { bytes: bytes.length, sha1: sum("sha1"), sha256: sum("sha256") });
  assert.deepEqual(await build({ deliveryName: "1-43" }), built);
});

test("every entry has the time that was given, and is a file or a folder that its owner may write", async (t) => {
  const { build, path } = await prepare(t);
  await build({ extras: [extra("permit.json", "{}")] });
  const zip = await openPromise(path, { autoClose: false });
  t.after(() => zip.close());
  for await (const { fileName, externalFileAttributes, lastModFileDate, lastModFileTime } of zip.eachEntry()) {
    const mode = (externalFileAttributes >>> 16).toString(8);
    assert.equal(mode, fileName.endsWith("/") ? "40755" : "100644", fileName);
    // 37 years after 1980, month 7, day 6.
    assert.deepEqual([lastModFileDate, lastModFileTime], [(37 << 9) | (7 << 5) | 6, 0], fileName);
  }
});

test("a file of the edition that was changed, cut, lengthened or removed makes the build fail, and names it", async (t) => {
  const damages: ((content: string) => void)[] = [
    // Line 1 of the manifest, in the order of bytes: Chartinfo.txt, cells/b, cells/north/a, été.
    (content) => writeFileSync(join(content, "1"), "c"),
    (content) => truncateSync(join(content, "1"), 0),
    (content) => writeFileSync(join(content, "1"), "bb"),
    (content) => rmSync(join(content, "1")),
  ];
  for (const damage of damages) {
    const { build, content, root, store } = await prepare(t);
    damage(content);
    await assert.rejects(build(), (error) => {
      assert.ok(error instanceof DeliveryError);
      assert.equal(error.reason, "edition_damaged");
      assert.match(error.message, /^The file "cells\/b\.oesenc" is not what was taken in: .* added again\.$/);
      return true;
    });
    assert.equal(await store.openDelivery(deliveryName), undefined);
    assert.deepEqual(pathsBelow(join(root, "drafts")), []);
    // A replaced file is not read.
    await build({ extras: [extra("cells/b.oesenc", "new")] });
  }
});

test("a file whose checksum of 32 bits was kept is noticed by the longer one", async (t) => {
  const { build, root, editionKey } = await prepare(t);
  const path = join(root, "editions", editionKey, "manifest.jsonl");
  const manifest = readFileSync(path, "utf8");
  const sumOf = (text: string) => createHash("sha256").update(text).digest("hex");
  // As if another content with the same CRC-32 had been taken in.
  const files = manifest
    .replace(sumOf("b"), sumOf("c"))
    .split("\n")
    .slice(0, -2)
    .map((line): { path: string; bytes: number; sha256: string } => JSON.parse(line));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const sha256 = sumOf(files.map((file) => `${file.sha256}  ${file.path}\n`).join(""));
  const lines = [...files, { files: files.length, bytes, sha256 }].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(path, lines.join(""));
  await assert.rejects(build(), { reason: "edition_damaged", message: /cells\/b\.oesenc/ });
});

test("a checksum that was changed in the manifest is not passed on", async (t) => {
  const { build, root, editionKey } = await prepare(t);
  const path = join(root, "editions", editionKey, "manifest.jsonl");
  const manifest = readFileSync(path, "utf8");
  writeFileSync(path, manifest.replace(/"crc32":\d+/, '"crc32":1'));
  await assert.rejects(build(), { reason: "edition_damaged", message: /Chartinfo\.txt/ });
});

test("an edition that is not there, or whose manifest is damaged, is told apart", async (t) => {
  const { build, root, editionKey } = await prepare(t);
  await assert.rejects(build({ editionKey: "0".repeat(32) }), { reason: "edition_missing" });
  writeFileSync(join(root, "editions", editionKey, "manifest.jsonl"), "{}");
  await assert.rejects(build(), { reason: "edition_damaged" });
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
});

test("an extra that cannot lie beside the edition's files makes the build fail", async (t) => {
  const { build, root } = await prepare(t);
  for (const path of ["cells", "Chartinfo.txt/a", "CELLS/x"]) {
    await assert.rejects(build({ extras: [extra(path, "x")] }), { reason: "paths_collide" }, path);
  }
  await assert.rejects(build({ extras: [extra("x", "1"), extra("X", "2")] }), { reason: "paths_collide" });
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
});

test("names that are none never reach the disk", async (t) => {
  const { build, root, store } = await prepare(t);
  for (const name of ["", "1", "1-", "-1", "0-1", "01-1", "1-1.zip", "../1-1", "1-1/..", "1-1\n", "a-b"]) {
    await assert.rejects(build({ deliveryName: name }), RangeError, name);
    await assert.rejects(store.openDelivery(name), RangeError, name);
    await assert.rejects(store.removeDelivery(name), RangeError, name);
  }
  for (const zipName of ["", ".zip", "a", "a.ZIP", "a/b.zip", "../a.zip", "..zip", "a\\b.zip", "a\n.zip"]) {
    await assert.rejects(build({ zipName }), RangeError, zipName);
  }
  for (const path of ["", "/a", "../a", "a/", "a\\b"]) {
    await assert.rejects(build({ extras: [extra(path, "x")] }), RangeError, path);
  }
  assert.deepEqual(pathsBelow(join(root, "deliveries")), []);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
});

test("a build that is broken off at any time ends with the reason and keeps nothing", async (t) => {
  const { build, root } = await prepare(t);
  const reason = new Error("not wanted any more");
  await assert.rejects(build({}, AbortSignal.abort(reason)), reason);
  const endings = new Set<string>();
  for (let turns = 0; turns < 30; turns++) {
    const controller = new AbortController();
    const building = build({}, controller.signal).then(
      () => "built",
      (error: unknown) => (error === reason ? "broken off" : `${error}`),
    );
    for (let turn = 0; turn < 3 * turns; turn++) await immediate();
    controller.abort(reason);
    const ending = await building;
    if (turns === 0) assert.equal(ending, "broken off");
    endings.add(ending);
    assert.deepEqual(pathsBelow(join(root, "drafts")), []);
  }
  endings.delete("built");
  assert.deepEqual([...endings], ["broken off"]);
  await build();
});

test("a build that is broken off while it writes leaves the delivery that there was", async (t) => {
  const { folder, root, store } = await prepare(t);
  const large = { "1": new Uint8Array(60_000_000).fill(1) };
  const { key: editionKey } = await store.takeIn(writeTree(join(folder, "large"), large));
  const { sha256 } = await store.buildDelivery({ ...plan, editionKey });
  const isWriting = () => pathsBelow(join(root, "drafts")).some((path) => path.endsWith(".zip"));
  let ending = "";
  // On a busy machine the thread may be done before the test looks.
  for (let attempt = 0; attempt < 10 && ending !== "broken off"; attempt++) {
    const controller = new AbortController();
    ending = "";
    const building = store.buildDelivery({ ...plan, editionKey }, controller.signal).then(
      () => {
        ending = "built";
      },
      () => {
        ending = "broken off";
      },
    );
    while (ending === "" && !isWriting()) await immediate();
    controller.abort();
    await building;
    assert.deepEqual(pathsBelow(join(root, "drafts")), []);
  }
  assert.equal(ending, "broken off");
  const open = await store.openDelivery(deliveryName);
  assert.ok(open);
  assert.equal(
    createHash("sha256")
      .update(await buffer(open.read()))
      .digest("hex"),
    sha256,
  );
});

test("a second build replaces the first, and a reader that has the first open reads it to its end", async (t) => {
  const { build, store } = await prepare(t);
  const first = await build();
  const open = await store.openDelivery(deliveryName);
  assert.ok(open);
  const second = await build({ extras: [extra("permit.json", "{}")] });
  assert.notEqual(second.sha256, first.sha256);
  assert.equal(
    createHash("sha256")
      .update(await buffer(open.read()))
      .digest("hex"),
    first.sha256,
  );
  const again = await store.openDelivery(deliveryName);
  assert.ok(again);
  assert.equal(
    createHash("sha256")
      .update(await buffer(again.read()))
      .digest("hex"),
    second.sha256,
  );
});

test("a build that fails leaves the delivery that there was", async (t) => {
  const { build, store, content } = await prepare(t);
  const { bytes } = await build();
  writeFileSync(join(content, "0"), "damaged");
  await assert.rejects(build(), { reason: "edition_damaged" });
  assert.deepEqual(
    (await store.listDeliveries()).map((one) => [one.name, one.bytes]),
    [[deliveryName, bytes]],
  );
});

test("a disk that takes no more is told apart, and nothing is kept", async (t) => {
  const { root, editionKey } = await prepare(t);
  const script = new URL("../../../tests/support/file-store-process.ts", import.meta.url).pathname;
  const command = ["sh", process.execPath, script, "build", root, editionKey, deliveryName];
  // A file may not become larger than 512 KB or 1 MB, as the shell counts.
  const printed = execFileSync("sh", ["-c", `ulimit -f 1024; exec "$@"`, ...command], { encoding: "utf8" });
  assert.match(printed, /DeliveryError: There is no room on the disk for a delivery: make room\./);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
  assert.deepEqual(pathsBelow(join(root, "deliveries")), []);
});
