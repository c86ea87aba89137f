import assert from "node:assert/strict";
import { test } from "node:test";
import { currentEdition, type Edition, isEditionName } from "./edition.ts";

test("an edition is called by letters, digits, dots, hyphens and underscores, a letter or digit first and after one slash, 32 at most", () => {
  for (const name of ["2017-2", "1", "A.b_c-9", "2026/1-29", "x".repeat(32)]) assert.ok(isEditionName(name), name);
  for (const name of [
    "",
    ".",
    "..",
    ".a",
    "-1",
    "_",
    "/a",
    "a/",
    "a//b",
    "a/.b",
    "a/b/c",
    "a\\b",
    "2017 2",
    "2017é",
    "2017\n",
    "a\0",
    "x".repeat(33),
  ]) {
    assert.ok(!isEditionName(name), JSON.stringify(name));
  }
});

test("the current edition is the one published last; of one day the one added last; of none there is none", () => {
  const edition = (id: number, publishedAtMs: number): Edition => ({
    id,
    productId: 1,
    name: String(id),
    publishedAtMs,
    addedAtMs: 0,
    availableAtMs: null,
    withdrawnAtMs: null,
    content: { key: "", files: 1, bytes: 0, sha256: "" },
  });
  const [old, late, early] = [edition(1, 100), edition(2, 300), edition(3, 300)];
  assert.equal(currentEdition([], 0), undefined);
  for (const editions of [
    [old, late, early],
    [early, late, old],
    [late, early, old],
  ]) {
    assert.equal(currentEdition(editions, 0), early);
  }
  assert.equal(currentEdition([late, old], 0), late);
});

test("an edition is given from its moment on, and not while it is withdrawn", () => {
  const content = { key: "", files: 1, bytes: 0, sha256: "" };
  const old: Edition = {
    id: 1,
    productId: 1,
    name: "1",
    publishedAtMs: 100,
    addedAtMs: 0,
    availableAtMs: null,
    withdrawnAtMs: null,
    content,
  };
  const scheduled = { ...old, id: 2, publishedAtMs: 300, availableAtMs: 250 };
  assert.equal(currentEdition([old, scheduled], 249), old);
  assert.equal(currentEdition([old, scheduled], 250), scheduled);
  assert.equal(currentEdition([old, { ...scheduled, withdrawnAtMs: 251 }], 300), old);
  assert.equal(currentEdition([{ ...old, withdrawnAtMs: 0 }], 300), undefined);
});
