import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { makeTemporaryFolder, writeTree } from "../../../tests/support/folders.ts";
import { filesInZip } from "../../../tests/support/zip-files.ts";
import { createFileStore } from "./create-file-store.ts";
import type { PackagePlan } from "./file-store.ts";

const big = randomBytes(200_000);

async function openEdition(
  t: TestContext,
  tree: Record<string, string | Buffer> = { "a.cell": "a", "b/c.cell": big, empty: "" },
) {
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const { key } = await files.takeIn(writeTree(join(folder, "in"), tree));
  const plan = (more: Partial<PackagePlan> = {}): PackagePlan => ({
    editionKey: key,
    packageName: "base",
    top: "set-1-base",
    extras: [{ path: "list.xml", content: Buffer.from("<list/>") }],
    modifiedAtMs: 0,
    ...more,
  });
  return { root, files, key, plan };
}

async function bytesOf(files: ReturnType<typeof createFileStore>, key: string, name = "base"): Promise<Buffer> {
  const opened = await files.openPackage(key, name);
  assert.ok(opened !== undefined);
  const bytes = await buffer(opened.read());
  assert.equal(bytes.length, opened.bytes);
  return bytes;
}

test("a package is the zip that was summed up, with its files read from the edition", async (t) => {
  const { root, files, key, plan } = await openEdition(t);
  const made = await files.makePackage(plan());
  const bytes = await bytesOf(files, key);
  assert.equal(bytes.length, made.bytes);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), made.sha256);
  assert.deepEqual(
    [...(await filesInZip(bytes))],
    [
      ["set-1-base/", Buffer.alloc(0)],
      ["set-1-base/list.xml", Buffer.from("<list/>")],
      ["set-1-base/a.cell", Buffer.from("a")],
      ["set-1-base/b/", Buffer.alloc(0)],
      ["set-1-base/b/c.cell", big],
      ["set-1-base/empty", Buffer.alloc(0)],
    ],
  );
  const own = readdirSync(join(root, "editions", key, "packages", "base"));
  assert.deepEqual(own.sort(), ["layout.json", "made"], "no file of the edition is kept twice");
});

test("every range of a package has the bytes of the whole", async (t) => {
  const { files, key, plan } = await openEdition(t, { a: "aaaa", b: "bb", c: "c" });
  await files.makePackage(plan());
  const whole = await bytesOf(files, key);
  for (let start = 0; start < whole.length; start += 7) {
    for (let end = start; end <= whole.length; end += 11) {
      const opened = await files.openPackage(key, "base");
      const pieces: Buffer[] = [];
      for await (const piece of opened?.read({ start, end }, Buffer.alloc(5)) ?? []) pieces.push(Buffer.from(piece));
      assert.ok(Buffer.concat(pieces).equals(whole.subarray(start, end)), `${start} to ${end}`);
    }
  }
  const opened = await files.openPackage(key, "base");
  assert.throws(() => opened?.read({ start: 0, end: whole.length + 1 }), RangeError);
  await opened?.close();
});

test("an update has the chosen files alone, and goes with its edition", async (t) => {
  const { files, key, plan } = await openEdition(t);
  const packageName = "f".repeat(32);
  await files.makePackage(plan({ packageName, paths: ["a.cell"] }));
  const names = [...(await filesInZip(await bytesOf(files, key, packageName))).keys()];
  assert.deepEqual(names, ["set-1-base/", "set-1-base/list.xml", "set-1-base/a.cell"]);
  assert.equal(await files.openPackage(key, "base"), undefined);
  await files.removeEdition(key);
  assert.equal(await files.openPackage(key, packageName), undefined);
});

test("nothing is offered of an edition whose file is damaged, and no name of another form becomes a path", async (t) => {
  const { root, files, key, plan } = await openEdition(t);
  writeFileSync(join(root, "editions", key, "content", "0"), "b");
  await assert.rejects(files.makePackage(plan()), { name: "DeliveryError", reason: "edition_damaged" });
  assert.equal(await files.openPackage(key, "base"), undefined);
  assert.deepEqual(readdirSync(join(root, "drafts")), []);
  for (const name of ["", "..", "Base", "g".repeat(32), "a/b"]) {
    await assert.rejects(files.makePackage(plan({ packageName: name })), RangeError);
    await assert.rejects(files.openPackage(key, name), RangeError);
  }
  await assert.rejects(files.makePackage(plan({ top: "../x" })), RangeError);
  const aborted = AbortSignal.abort(new Error("stop"));
  await assert.rejects(files.makePackage(plan(), aborted), /stop/);
});

test("a package that several make at once is there once and whole, and one that another version made is replaced", async (t) => {
  const { root, files, key, plan } = await openEdition(t);
  const made = await Promise.all(Array.from({ length: 5 }, () => files.makePackage(plan())));
  assert.equal(new Set(made.map(({ sha256 }) => sha256)).size, 1);
  assert.equal((await bytesOf(files, key)).length, made[0]?.bytes);
  assert.deepEqual(readdirSync(join(root, "drafts")), []);
  const other = await files.makePackage(plan({ extras: [{ path: "list.xml", content: Buffer.from("<other/>") }] }));
  assert.notEqual(other.sha256, made[0]?.sha256);
  assert.equal(
    createHash("sha256")
      .update(await bytesOf(files, key))
      .digest("hex"),
    other.sha256,
  );
});

test("a package that is made again is the same", async (t) => {
  const { files, key, plan } = await openEdition(t);
  const first = await files.makePackage(plan());
  assert.deepEqual(await files.makePackage(plan()), first);
  assert.equal((await bytesOf(files, key)).length, first.bytes);
});

test("a document is kept under its name, replaced whole, and removed when it is old", async (t) => {
  const { root, files } = await openEdition(t);
  const name = "0".repeat(64);
  assert.equal(await files.readDocument(name), undefined);
  await files.keepDocument(name, Buffer.from("one"));
  await files.keepDocument(name, Buffer.from("two"));
  assert.equal((await files.readDocument(name))?.toString(), "two");
  assert.equal(await files.readDocument(name, Date.now() + 60_000), undefined, "none is as young as that");
  assert.equal(await files.sweepDocuments(60_000), 0);
  assert.equal(await files.sweepDocuments(-60_000), 1);
  assert.equal(existsSync(join(root, "documents", name)), false);
  for (const other of ["../a", "A".repeat(64), "0".repeat(63)]) {
    await assert.rejects(files.keepDocument(other, Buffer.from("x")), RangeError);
  }
  rmSync(join(root, "documents"), { recursive: true });
  assert.equal(await files.sweepDocuments(0), 0);
});
