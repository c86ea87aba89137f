import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { makeTemporaryFolder, pathsBelow } from "../../../tests/support/folders.ts";
import { type HandMadeEntry, makeZip } from "../../../tests/support/zip-bytes.ts";
import { createFileStore } from "./create-file-store.ts";
import { editionLimits } from "./edition-source.ts";
import { EditionSourceError } from "./errors.ts";

/** Gives the zip to a store, which must refuse it with a sentence of this form and keep nothing of it. */
async function refuses(t: TestContext, zip: Uint8Array, sentence: RegExp, limits = {}) {
  const folder = makeTemporaryFolder(t);
  const path = join(folder, "charts.zip");
  writeFileSync(path, zip);
  const store = createFileStore(join(folder, "a/b/c/store"), { limits: { ...editionLimits, ...limits } });
  await assert.rejects(store.takeIn(path), (error) => {
    assert.ok(error instanceof EditionSourceError, `${error}`);
    assert.match(error.message, sentence);
    assert.match(error.message, /^"charts\.zip" .*\. [A-Z].*\.$/s, "it says what to do");
    return true;
  });
  const left = pathsBelow(folder).filter((entry) => !/^(charts\.zip|a(\/b(\/c(\/store(\/drafts)?)?)?)?)$/.test(entry));
  assert.deepEqual(left, [], "something was kept");
}

const good: HandMadeEntry = { name: "good", content: "good" };

test("a path that leads out of the folder is refused", async (t) => {
  for (const name of [
    "../x",
    "a/../../x",
    "a/..",
    "..",
    "./x",
    "/etc/x",
    "//x",
    "C:\\x",
    "C:x",
    "a\\..\\..\\x",
    "\\x",
  ]) {
    await refuses(t, makeZip([good, { name, content: "x" }]), /has a file whose path/);
  }
});

test("a path that leads out of the folder once a single top folder is left out is refused", async (t) => {
  await refuses(t, makeZip([{ name: "top/../x", content: "x" }]), /leads out of its folder/);
  await refuses(t, makeZip([{ name: "top//x", content: "x" }]), /empty/);
});

test("a backslash is no separator in any decoding of a name", async (t) => {
  await refuses(t, makeZip([good, { name: Buffer.from("\x82\\..\\x", "latin1"), content: "x" }]), /whose path/);
  const raw = Buffer.from("\x82", "latin1");
  const unicode = Buffer.from("../é");
  const extra = Buffer.alloc(9 + unicode.length);
  extra.writeUInt16LE(0x7075, 0);
  extra.writeUInt16LE(5 + unicode.length, 2);
  extra.writeUInt8(1, 4);
  extra.writeUInt32LE(crc32(raw), 5);
  unicode.copy(extra, 9);
  await refuses(t, makeZip([good, { name: raw, extra, content: "x" }]), /leads out/);
});

test("control characters, too long a path and a name that is not UTF-8 are refused", async (t) => {
  await refuses(t, makeZip([{ name: "a\0.txt" }]), /control characters or line ends: "a\\u0000\.txt"/);
  await refuses(t, makeZip([{ name: `${"a/".repeat(30_000)}x` }]), /longer than 200 bytes/);
  await refuses(t, makeZip([{ name: Buffer.from([0xff, 0xfe]), flags: 0x0800 }]), /not UTF-8/);
});

test("symbolic links and special files are refused", async (t) => {
  for (const type of [0o120777, 0o010644, 0o020644, 0o060644, 0o140644]) {
    const zip = makeZip([good, { name: "link", content: "/etc/passwd", attributes: type * 0x10000 }]);
    await refuses(t, zip, /no file: "link" is a link or a special file/);
  }
  await refuses(t, makeZip([good, { name: "a", attributes: 0o040755 * 0x10000 }]), /no file: "a"/);
  await refuses(t, makeZip([good, { name: "a/", attributes: 0o120777 * 0x10000 }]), /no file: "a\/"/);
});

test("the same path twice is refused", async (t) => {
  await refuses(t, makeZip([good, good]), /same on some systems: "good" and "good"/);
});

test("encrypted entries are refused, of the old kind and of the strong one", async (t) => {
  await refuses(t, makeZip([{ name: "a", content: "0123456789ab", flags: 1, claimedBytes: 0 }]), /is encrypted: "a"/);
  await refuses(t, makeZip([{ name: "a", content: "x", flags: 0x41 }]), /strong encryption/);
});

test("another method than Deflate is refused", async (t) => {
  await refuses(t, makeZip([{ name: "a", content: "x", method: 14 }]), /is packed with method 14: "a"/);
});

test("an empty file, an empty zip and a zip of folders are refused", async (t) => {
  await refuses(t, Buffer.alloc(0), /is empty/);
  await refuses(t, makeZip([]), /has no files in it/);
  await refuses(t, makeZip([{ name: "a/" }, { name: "a/b/" }]), /has no files in it/);
});

test("a zip that is cut off anywhere, or has something behind it, is refused", async (t) => {
  const zip = makeZip([good, { name: "a/b", content: "x".repeat(2_000), method: 8 }]);
  for (let bytes = 1; bytes < zip.length; bytes += 7) await refuses(t, zip.subarray(0, bytes), /damaged/);
  await refuses(t, zip.subarray(0, -1), /damaged/);
  await refuses(t, Buffer.concat([zip, Buffer.alloc(10)]), /damaged/);
});

test("content that differs from the packed content is refused", async (t) => {
  await refuses(t, makeZip([{ ...good, claimedCrc32: 1 }]), /damaged: "good" is not what was packed/);
  const zip = makeZip([{ name: "a", content: Buffer.alloc(1_000, "ab"), method: 8 }]);
  zip.fill(0xff, 31, 40);
  await refuses(t, zip, /damaged/);
});

test("a file that becomes larger or smaller than the zip says is refused at once", async (t) => {
  for (const claimedBytes of [0, 10, 2_000_001]) {
    const zip = makeZip([good, { name: "a", content: Buffer.alloc(2_000_000), method: 8, claimedBytes }]);
    await refuses(t, zip, /damaged/, { unpackedRatioMax: 5_000 });
  }
  await refuses(t, makeZip([{ name: "a", content: "xyz", claimedBytes: 2 }]), /damaged/);
});

test("a zip that becomes many times larger when it is unpacked is refused", async (t) => {
  const bomb = makeZip([good, { name: "a", content: Buffer.alloc(10_000_000), method: 8 }]);
  await refuses(t, bomb, /more than 100 times larger/);
});

test("more than the limits is refused before anything is unpacked", async (t) => {
  const claims = { claimedBytes: 0xfffffffe, method: 8, content: "x" };
  await refuses(t, makeZip([good, { name: "a", ...claims }]), /file of 4294967294 bytes, more than 100/, {
    fileBytesMax: 100,
    unpackedRatioMax: 2 ** 40,
  });
  await refuses(t, makeZip([good, good], 60_000), /more than 20000 files and folders/);
});

test("entries that share bytes are refused", async (t) => {
  const content = Buffer.alloc(5_000, "x");
  const shared = makeZip([
    { name: "a", content, method: 8 },
    { name: "b", content, method: 8, claimedOffset: 0 },
  ]);
  await refuses(t, shared, /two files in it share bytes/);
  // One file's packed content is another's header and content.
  const inner = deflateRawSync(content);
  const quoted = makeZip([
    { name: "a", content: Buffer.concat([Buffer.alloc(10), inner]), method: 0 },
    { name: "b", content, method: 8, claimedOffset: 20 },
  ]);
  await refuses(t, quoted, /share bytes|damaged/);
});

test("numbers that lead outside of the zip are refused, up to the largest that there are", async (t) => {
  for (const claimedOffset of [10_000, 0xfffffffe]) {
    await refuses(t, makeZip([{ ...good, claimedOffset }]), /damaged/);
  }
  await refuses(t, makeZip([{ ...good, claimedPackedBytes: 10_000, claimedBytes: 10_000 }]), /damaged/);
  await refuses(t, makeZip([good], 2), /damaged/);
  for (const offset of [0n, 10_000n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const extra = Buffer.alloc(12);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(offset, 4);
    if (offset > 0n) await refuses(t, makeZip([{ ...good, extra, claimedOffset: 0xffffffff }]), /damaged/);
    const zip = makeZip([good]);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(offset, 8);
    await refuses(t, Buffer.concat([zip.subarray(0, -22), locator, zip.subarray(-22)]), /damaged/);
  }
});

test("an end record that names a directory beyond all bounds is refused", async (t) => {
  for (const [entries, offset] of [
    [1n, 2n ** 53n],
    [1n, 2n ** 64n - 1n],
    [2n ** 64n - 1n, 0n],
  ] as const) {
    const end64 = Buffer.alloc(56);
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(entries, 32);
    end64.writeBigUInt64LE(offset, 48);
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    const zip = Buffer.concat([end64, locator, makeZip([]).subarray(-22)]);
    await refuses(t, zip, /damaged|more than 20000/);
  }
});

test("bytes that are changed anywhere are taken in rightly or refused, and nothing else happens", async (t) => {
  const zip = makeZip([good, { name: "a/b", content: "x".repeat(200), method: 8 }]);
  const folder = makeTemporaryFolder(t);
  const path = join(folder, "charts.zip");
  const store = createFileStore(join(folder, "store"));
  let refused = 0;
  for (const [index, byte] of zip.entries()) {
    const changed = Buffer.from(zip);
    changed[index] = ~byte & 0xff;
    writeFileSync(path, changed);
    try {
      await store.takeIn(path);
    } catch (error) {
      assert.ok(error instanceof EditionSourceError, `byte ${index}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > zip.length / 2, `${refused} were refused`);
  assert.deepEqual(pathsBelow(join(folder, "store/drafts")), []);
});
