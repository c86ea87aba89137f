import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../../../tests/support/folders.ts";
import { type HandMadeEntry, makeZip } from "../../../tests/support/zip-bytes.ts";
import { createFileStore } from "./create-file-store.ts";
import { editionLimits } from "./edition-source.ts";
import { EditionSourceError } from "./errors.ts";

const files = {
  "Chartinfo.txt": "ChartInfo:Sample;2017-2;2017-07-06\n",
  "cells/a.oesenc": "a".repeat(1_000),
  "cells/deep/b.oesenc": Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) >> 8),
  "empty.txt": "",
};

function prepare(t: TestContext, limits = {}) {
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  return { folder, root, store: createFileStore(root, { limits: { ...editionLimits, ...limits } }) };
}

function zipped(folder: string, entries: readonly HandMadeEntry[]): string {
  const path = join(folder, "charts.zip");
  writeFileSync(path, makeZip(entries));
  return path;
}

const entriesOf = (tree: Readonly<Record<string, string | Uint8Array>>, method: number) =>
  Object.entries(tree).map(([name, content]) => ({ name, content, method }));

const sumOf = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

async function refuses(t: TestContext, work: Promise<unknown>, sentence: RegExp, root: string) {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof EditionSourceError, `${error}`);
    assert.match(error.message, sentence);
    return true;
  });
  assert.deepEqual(pathsBelow(join(root, "drafts")), [], `${t.name}: a draft was left`);
  assert.deepEqual(pathsBelow(join(root, "editions")), [], `${t.name}: an edition is offered`);
}

test("a folder is taken in with all its files, counted and summed", async (t) => {
  const { folder, store } = prepare(t);
  const taken = await store.takeIn(writeTree(join(folder, "in"), files));
  assert.match(taken.key, /^[0-9a-f]{32}$/);
  assert.equal(taken.files, 4);
  assert.equal(taken.bytes, 301_035);
  const lines = Object.entries(files)
    .sort()
    .map(([path, content]) => `${sumOf(content)}  ${path}\n`);
  assert.equal(taken.sha256, sumOf(lines.join("")));
  for (const [path, content] of Object.entries(files)) {
    assert.deepEqual(await store.readSmallFile(taken.key, path), Buffer.from(content), path);
  }
  assert.deepEqual(
    (await store.listEditions()).map(({ key }) => key),
    [taken.key],
  );
});

test("the same content has the same sum from a folder, a stored and a deflated zip, and another key each time", async (t) => {
  const { folder, store } = prepare(t);
  const all = [
    await store.takeIn(writeTree(join(folder, "in"), files)),
    await store.takeIn(zipped(folder, entriesOf(files, 0).reverse())),
    await store.takeIn(zipped(folder, entriesOf(files, 8))),
  ];
  assert.equal(new Set(all.map(({ sha256 }) => sha256)).size, 1);
  assert.equal(new Set(all.map(({ key }) => key)).size, 3);
});

test("the sum follows the order of bytes, also where the order of UTF-16 differs", async (t) => {
  const { folder, store } = prepare(t);
  // U+FF5E is above the surrogates of U+1F5FA, and its bytes are below.
  const { sha256 } = await store.takeIn(writeTree(join(folder, "in"), { "\u{1f5fa}": "1", "\uff5e": "2", b: "3" }));
  assert.equal(sha256, sumOf(`${sumOf("3")}  b\n${sumOf("2")}  \uff5e\n${sumOf("1")}  \u{1f5fa}\n`));
});

test("files and folders of the store are open to their owner only", async (t) => {
  const { folder, root, store } = prepare(t);
  const { key } = await store.takeIn(writeTree(join(folder, "in"), files));
  await store.buildDelivery({ editionKey: key, deliveryName: "1-1", zipName: "a.zip", extras: [], modifiedAtMs: 0 });
  for (const path of ["", ...pathsBelow(root)]) {
    const stats = statSync(join(root, path));
    assert.equal(stats.mode & 0o777, stats.isDirectory() ? 0o700 : 0o600, path);
  }
  assert.ok(pathsBelow(root).length > 8);
});

test("a single folder at the top is left out of the paths, and only one", async (t) => {
  const { folder, store } = prepare(t);
  const tree = { "GB-2017-2/cells/a": "1", "GB-2017-2/cells/b": "2" };
  const junk = { "__MACOSX/GB-2017-2/._a": "x", "GB-2017-2/.DS_Store": "x", ".DS_Store": "x" };
  for (const source of [
    writeTree(join(folder, "in"), { ...tree, ...junk }),
    zipped(folder, [{ name: "GB-2017-2/" }, { name: "GB-2017-2/cells/" }, ...entriesOf({ ...tree, ...junk }, 8)]),
  ]) {
    const { key, files: count } = await store.takeIn(source);
    assert.equal(count, 2);
    assert.equal((await store.readSmallFile(key, "cells/a"))?.toString(), "1");
  }
});

test("a file at the top keeps all paths as they are", async (t) => {
  const { folder, store } = prepare(t);
  const { key } = await store.takeIn(writeTree(join(folder, "in"), { "a/b": "1", c: "2" }));
  assert.equal((await store.readSmallFile(key, "a/b"))?.toString(), "1");
  const single = await store.takeIn(writeTree(join(folder, "single"), { c: "2" }));
  assert.equal((await store.readSmallFile(single.key, "c"))?.toString(), "2");
});

test("files that operating systems add are left out", async (t) => {
  const { folder, store } = prepare(t);
  const tree = { a: "1", "b/Thumbs.db": "x", "b/.DS_Store": "x", "__MACOSX/._a": "x", "b/c": "2" };
  assert.equal((await store.takeIn(writeTree(join(folder, "in"), tree))).files, 2);
  assert.equal((await store.takeIn(zipped(folder, entriesOf(tree, 0)))).files, 2);
});

test("names arrive as they were meant: flagged UTF-8, UTF-8 without the flag, CP437, decomposed", async (t) => {
  const { folder, store } = prepare(t);
  const { key } = await store.takeIn(
    zipped(folder, [
      { name: "flagged-é", content: "1" },
      { name: Buffer.from("bare-é"), content: "2" },
      { name: Buffer.from("cp437-\x82", "latin1"), content: "3" },
      { name: "decomposed-e\u0301", content: "4" },
    ]),
  );
  for (const [index, name] of ["flagged-é", "bare-é", "cp437-é", "decomposed-\u00e9"].entries()) {
    assert.equal((await store.readSmallFile(key, name))?.toString(), String(index + 1), name);
  }
});

test("a zip with records of 64 bits is taken in", async (t) => {
  const { folder, store } = prepare(t);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(5n, 4);
  extra.writeBigUInt64LE(5n, 12);
  const claimed = 0xffffffff;
  const claims = { claimedBytes: claimed, claimedPackedBytes: claimed, claimedOffset: claimed };
  const { key } = await store.takeIn(zipped(folder, [{ name: "a", content: "hello", extra, ...claims }]));
  assert.equal((await store.readSmallFile(key, "a"))?.toString(), "hello");
});

test("progress is told up to the whole", async (t) => {
  const { folder, store } = prepare(t);
  const told: number[] = [];
  await store.takeIn(writeTree(join(folder, "in"), files), {
    onProgress({ bytes, bytesTotal }) {
      assert.equal(bytesTotal, 301_035);
      told.push(bytes);
    },
  });
  assert.equal(told.at(-1), 301_035);
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
});

test("a path to no folder and no zip is refused, under its own name or the given one", async (t) => {
  const { folder, root, store } = prepare(t);
  await refuses(t, store.takeIn(join(folder, "absent")), /^"absent" cannot be read: ENOENT\. Check/, root);
  await refuses(t, store.takeIn("/dev/null"), /neither a folder nor a zip/, root);
  writeTree(folder, { text: "no zip" });
  await refuses(t, store.takeIn(join(folder, "text")), /^"text" is no zip, or a damaged one/, root);
  await refuses(t, store.takeIn(join(folder, "text"), { name: "upload.zip" }), /^"upload\.zip" is no zip/, root);
});

test("a folder without files is refused", async (t) => {
  const { folder, root, store } = prepare(t);
  await refuses(t, store.takeIn(writeTree(join(folder, "in"), { ".DS_Store": "x" })), /has no files in it/, root);
});

test("links and special files in a folder are refused, wherever they lead", async (t) => {
  const { folder, root, store } = prepare(t);
  for (const target of ["a", "/etc/passwd", "nowhere", "."]) {
    const source = writeTree(join(folder, `link to ${target.replaceAll("/", "")}`), { a: "1" });
    symlinkSync(target, join(source, "link"));
    await refuses(t, store.takeIn(source), /no file: "link" is a link or a special file\. Put a file/, root);
  }
  const source = writeTree(join(folder, "pipe"), { a: "1" });
  execFileSync("mkfifo", [join(source, "pipe")]);
  await refuses(t, store.takeIn(source), /no file: "pipe"/, root);
});

test("names that differ in case or Unicode form only are refused, of files and of folders", async (t) => {
  const { folder, root, store } = prepare(t);
  const pairs: [string, string][] = [
    ["a/Chart.txt", "a/chart.TXT"],
    ["Cells/a", "cells/b"],
    ["caf\u00e9", "cafe\u0301"],
    ["a", "A/b"],
  ];
  for (const [index, [one, other]] of pairs.entries()) {
    const tree = { "top.txt": "x", [one]: "1", [other]: "2" };
    await refuses(t, store.takeIn(writeTree(join(folder, `in ${index}`), tree)), /same on some systems/, root);
    await refuses(t, store.takeIn(zipped(folder, entriesOf(tree, 0))), /same on some systems/, root);
  }
});

test("a name that not every system can store is refused in a folder", async (t) => {
  const { folder, root, store } = prepare(t);
  const cases = ["a\\b", "C:", "a\nb", "x".repeat(201), "dot."];
  for (const [index, name] of cases.entries()) {
    await refuses(t, store.takeIn(writeTree(join(folder, `in ${index}`), { a: "1", [name]: "2" })), /whose path/, root);
    await refuses(t, store.takeIn(writeTree(join(folder, `at ${index}`), { [`${name}/a`]: "2" })), /whose path/, root);
  }
  const named = Buffer.concat([Buffer.from(`${writeTree(join(folder, "bytes"), { a: "1" })}/`), Buffer.from([0xff])]);
  writeFileSync(named, "2");
  await refuses(t, store.takeIn(join(folder, "bytes")), /whose path is not UTF-8/, root);
});

test("more than the limits is refused, exactly at them is not", async (t) => {
  const tree = { "a/one": "12345", two: "1234567890" };
  const cases: [object, RegExp | undefined][] = [
    [{ entriesMax: 3, fileBytesMax: 10, editionBytesMax: 15 }, undefined],
    [{ entriesMax: 2 }, /more than 2 files and folders/],
    [{ fileBytesMax: 9 }, /has a file of 10 bytes, more than 9: "two"/],
    [{ editionBytesMax: 14 }, /holds 15 bytes, more than 14/],
  ];
  for (const [limits, sentence] of cases) {
    const { folder, root, store } = prepare(t, limits);
    const sources = [writeTree(join(folder, "in"), tree), zipped(folder, [{ name: "a/" }, ...entriesOf(tree, 8)])];
    for (const source of sources) {
      if (sentence === undefined) assert.equal((await store.takeIn(source)).files, 2);
      else await refuses(t, store.takeIn(source), sentence, root);
    }
  }
});

test("an edition that is larger than the free room on the disk is refused before it is read", async (t) => {
  const { folder, root, store } = prepare(t, { fileBytesMax: 2 ** 50, editionBytesMax: 2 ** 50 });
  const source = writeTree(join(folder, "in"), { huge: "" });
  truncateSync(join(source, "huge"), 8 * 2 ** 40);
  await refuses(
    t,
    store.takeIn(source),
    /no room on the disk for "in": it takes \d+ bytes more, \d+ are free, and \d+ stay free for the database/,
    root,
  );
});

test("a disk that takes no more in the middle is told in a sentence, and nothing is kept", (t) => {
  const { folder, root } = prepare(t);
  const source = writeTree(join(folder, "in"), { a: "1", b: new Uint8Array(4_000_000) });
  const script = new URL("../../../tests/support/file-store-process.ts", import.meta.url).pathname;
  // A file may not become larger than 512 KB or 1 MB, as the shell counts.
  const command = `ulimit -f 1024; exec "$@"`;
  const printed = execFileSync("sh", ["-c", command, "sh", process.execPath, script, "take-in", root, source], {
    encoding: "utf8",
  });
  assert.match(printed, /EditionSourceError: There is no room on the disk for "in"\. Make room/);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
  assert.deepEqual(pathsBelow(join(root, "editions")), []);
});

test("a file that changes while it is read is refused", async (t) => {
  for (const bytes of [0, 3_000_000]) {
    const { folder, root, store } = prepare(t);
    const source = writeTree(join(folder, "in"), { a: new Uint8Array(1_000_000), b: "1" });
    let isFirst = true;
    const work = store.takeIn(source, {
      onProgress() {
        if (isFirst) truncateSync(join(source, "a"), bytes);
        isFirst = false;
      },
    });
    await refuses(t, work, /^"in" changed while it was read: "a"\. Add it again/, root);
  }
});

test("a removed edition is gone, and removing it again is no error", async (t) => {
  const { folder, root, store } = prepare(t);
  const { key } = await store.takeIn(writeTree(join(folder, "in"), files));
  await store.removeEdition(key);
  assert.deepEqual(await store.listEditions(), []);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
  await store.removeEdition(key);
  await assert.rejects(store.readSmallFile(key, "a"), { reason: "edition_missing" });
});

test("a text that is no key never reaches the disk", async (t) => {
  const { root, store } = prepare(t);
  for (const key of ["", "..", "../x", "A".repeat(32), `${"a".repeat(31)}/`, "a".repeat(33)]) {
    await assert.rejects(store.removeEdition(key), RangeError, key);
    await assert.rejects(store.readSmallFile(key, "a"), RangeError, key);
  }
  assert.deepEqual(pathsBelow(root), []);
});

test("a file up to 8 MB is read whole, by its path in any case, and only if it was not changed", async (t) => {
  const { folder, root, store } = prepare(t);
  const tree = { "A/Info.txt": "info", fits: new Uint8Array(8 * 1024 ** 2), large: new Uint8Array(8 * 1024 ** 2 + 1) };
  const { key } = await store.takeIn(writeTree(join(folder, "in"), tree));
  assert.equal((await store.readSmallFile(key, "a/INFO.TXT"))?.toString(), "info");
  assert.equal(await store.readSmallFile(key, "absent"), undefined);
  assert.equal((await store.readSmallFile(key, "fits"))?.length, 8 * 1024 ** 2);
  await assert.rejects(store.readSmallFile(key, "large"), { reason: "file_too_large", message: /8388609 bytes/ });
  writeFileSync(join(root, "editions", key, "content/0"), "inf0");
  await assert.rejects(store.readSmallFile(key, "A/Info.txt"), { reason: "edition_damaged", message: /"A\/Info.txt"/ });
});

test("a manifest that was shortened, lengthened or changed is noticed", async (t) => {
  const { folder, root, store } = prepare(t);
  const { key } = await store.takeIn(writeTree(join(folder, "in"), { a: "1", b: "2" }));
  const path = join(root, "editions", key, "manifest.jsonl");
  const good = readFileSync(path, "utf8");
  const [first = "", second = "", end = ""] = good.split("\n");
  const bad = [
    "",
    good.slice(0, 20),
    `${first}\n${second}\n`,
    `${first}\n${end}\n`,
    `${good}${first}\n`,
    good.replace('"a"', '"c"'),
    good.replace('"bytes":1', '"bytes":2'),
  ];
  for (const text of bad) {
    assert.notEqual(text, good);
    writeFileSync(path, text);
    await assert.rejects(store.readSmallFile(key, "a"), { reason: "edition_damaged" }, JSON.stringify(text));
  }
  writeFileSync(path, good);
  assert.equal((await store.readSmallFile(key, "a"))?.toString(), "1");
});
