import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openPromise } from "yauzl";
import { makeTemporaryFolder } from "../../../tests/support/folders.ts";
import { centralHeader, endOfZip, localHeader, type ZipEntry } from "./zip-records.ts";

const atMs = Date.UTC(2017, 6, 6, 19, 27, 41);
const gigabyte = 1024 ** 3;

/** A zip of files without content. They lie as far apart as they claim, with holes on the disk in between. */
function writeSparse(path: string, files: readonly { readonly name: string; readonly bytes: number }[]) {
  const file = openSync(path, "w");
  const entries: ZipEntry[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const entry = { name, bytes, crc32: 0xfedcba98, offset };
    entries.push(entry);
    offset += writeSync(file, localHeader(entry, atMs), 0, null, offset) + bytes;
  }
  const directoryOffset = offset;
  for (const entry of entries) offset += writeSync(file, centralHeader(entry, atMs), 0, null, offset);
  const end = endOfZip(entries.length, directoryOffset, offset - directoryOffset);
  ftruncateSync(file, offset + writeSync(file, end, 0, null, offset));
  closeSync(file);
  return { entries, end };
}

test("files above 4 GB, and files that begin above 4 GB, are found by another program's rules", async (t) => {
  const path = join(makeTemporaryFolder(t), "sparse.zip");
  const { entries, end } = writeSparse(path, [
    { name: "small", bytes: 1 },
    { name: "exactly", bytes: 0xffffffff },
    { name: "just below", bytes: 0xfffffffe },
    { name: "large", bytes: 6 * gigabyte },
    { name: "behind", bytes: 5 },
  ]);
  assert.equal(end.length, 56 + 20 + 22);
  const zip = await openPromise(path, { autoClose: false });
  t.after(() => zip.close());
  const found: ZipEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    const { fileName: name, uncompressedSize, compressedSize, crc32, relativeOffsetOfLocalHeader: offset } = entry;
    assert.equal(compressedSize, uncompressedSize);
    found.push({ name, bytes: uncompressedSize, crc32, offset });
    const { fileDataStart, extraField, compressedSize: local } = await zip.readLocalFileHeaderPromise(entry);
    assert.equal(fileDataStart, offset + localHeader({ name, bytes: uncompressedSize, crc32, offset }, atMs).length);
    // Both sizes, or no field at all.
    if (uncompressedSize < 0xffffffff) assert.deepEqual([local, extraField.length], [uncompressedSize, 0]);
    else assert.deepEqual([local, extraField.readBigUInt64LE(12)], [0xffffffff, BigInt(uncompressedSize)]);
  }
  assert.deepEqual(found, entries);
});

test("the records of 64 bits are written exactly when a number needs them", () => {
  assert.equal(endOfZip(65_534, 0xfffffffe, 0xfffffffe).length, 22);
  for (const [entries, offset, bytes] of [
    [65_535, 1, 1],
    [1, 0xffffffff, 1],
    [1, 1, 0xffffffff],
  ] as const) {
    const end = endOfZip(entries, offset, bytes);
    assert.equal(end.length, 98);
    assert.deepEqual(
      [end.readBigUInt64LE(24), end.readBigUInt64LE(32), end.readBigUInt64LE(40), end.readBigUInt64LE(48)],
      [BigInt(entries), BigInt(entries), BigInt(bytes), BigInt(offset)],
    );
    assert.equal(end.readBigUInt64LE(56 + 8), BigInt(offset + bytes));
    assert.equal(end.readUInt16LE(76 + 10), Math.min(entries, 0xffff));
  }
  const entry = { name: "a", bytes: 1, crc32: 0, offset: 0xffffffff };
  assert.equal(localHeader(entry, atMs).length, 31);
  assert.equal(centralHeader(entry, atMs).length, 47 + 12);
  assert.equal(centralHeader({ ...entry, bytes: 0xffffffff }, atMs).length, 47 + 28);
});

test("a time is written to two seconds, and one that the format does not have becomes its first or last", async (t) => {
  const folder = makeTemporaryFolder(t);
  for (const [given, written] of [
    [atMs, Date.UTC(2017, 6, 6, 19, 27, 40)],
    [0, Date.UTC(1980, 0, 1)],
    [Date.UTC(2200, 0, 1), Date.UTC(2107, 11, 31, 23, 59, 58)],
  ] as const) {
    const header = centralHeader({ name: "a", bytes: 0, crc32: 0, offset: 0 }, given);
    const path = join(folder, "a.zip");
    const file = openSync(path, "w");
    const local = localHeader({ name: "a", bytes: 0, crc32: 0, offset: 0 }, given);
    writeSync(file, Buffer.concat([local, header, endOfZip(1, local.length, header.length)]));
    closeSync(file);
    const zip = await openPromise(path, { autoClose: false });
    for await (const entry of zip.eachEntry()) {
      assert.equal(entry.getLastModDate({ timezone: "UTC" }).getTime(), written);
    }
    zip.close();
  }
});
