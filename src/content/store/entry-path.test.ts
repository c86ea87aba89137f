import assert from "node:assert/strict";
import { test } from "node:test";
import { createPathTree, foldersAbove, foldPath, pathBytesMax, problemOfPath, showPath } from "./entry-path.ts";

test("a path that stays in its folder and that every system can store is good", () => {
  for (const path of [
    "a",
    "Chartinfo.txt",
    "a/b/c.oesenc",
    "Côte d'Azur (été).txt",
    "..a/b..c",
    "console",
    "com.txt",
    ".hidden",
    "x".repeat(pathBytesMax),
  ]) {
    assert.equal(problemOfPath(path), undefined, path);
  }
});

test("a path that leads elsewhere, or that some system cannot store, is not good, and the reason is told", () => {
  const cases: [string, RegExp][] = [
    ["/etc/passwd", /absolute/],
    ["C:/autoexec.bat", /absolute/],
    ["c:x", /absolute/],
    ["../x", /leads out/],
    ["a/../../x", /leads out/],
    ["a/..", /leads out/],
    ["./a", /leads out/],
    ["a\\..\\x", /characters/],
    ["\\\\host\\share", /characters/],
    ["ab:stream", /characters/],
    ["a?b", /characters/],
    ["a\0b", /control/],
    ["a\nb", /control/],
    ["a\u0085b", /control/],
    ["a\u2028b", /line ends/],
    ["CON", /device/],
    ["a/nul.txt/b", /device/],
    ["a/Lpt1.", /device/],
    ["", /empty/],
    ["a//b", /empty/],
    ["a/", /empty/],
    ["a./b", /dot or a blank/],
    ["a ", /dot or a blank/],
    ["\ud800", /UTF-8/],
    ["a\ufffd", /UTF-8/],
    ["x".repeat(pathBytesMax + 1), /longer/],
    ["é".repeat(pathBytesMax / 2 + 1), /longer/],
  ];
  for (const [path, reason] of cases) assert.match(problemOfPath(path) ?? "good", reason, JSON.stringify(path));
});

test("paths that are the same file on some system are folded to the same, and no others", () => {
  assert.equal(foldPath("a/Caf\u00e9"), foldPath("A/cafe\u0301"));
  assert.equal(foldPath("\u017f"), foldPath("S"));
  assert.notEqual(foldPath("a/b"), foldPath("a/c"));
});

test("a tree takes a path once, and no file where a folder is or a folder where a file is", () => {
  const tree = createPathTree();
  for (const path of ["a/b/c", "a/b/d", "a/e", "f"]) assert.equal(tree.add(path), undefined, path);
  assert.equal(tree.add("a/b/c"), "a/b/c");
  assert.equal(tree.add("a/b/C"), "a/b/c");
  assert.equal(tree.add("A/g"), "a");
  assert.equal(tree.add("a/b"), "a/b");
  assert.equal(tree.add("F/g"), "f");
});

test("the folders above a file come from the outside in", () => {
  assert.deepEqual(foldersAbove("a/b/c"), ["a", "a/b"]);
  assert.deepEqual(foldersAbove("c"), []);
});

test("a path is shown without control characters and without more of it than one may have", () => {
  assert.equal(showPath('a"\n'), '"a\\"\\n"');
  assert.ok(showPath("x".repeat(100_000)).length < pathBytesMax + 10);
});
