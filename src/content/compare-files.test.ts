import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFiles } from "./compare-files.ts";

const files = (sums: Record<string, string>) =>
  Object.entries(sums).map(([path, sha256]) => ({ path, sha256, bytes: 1 }));

test("files are new, changed, gone or the same by their contents alone", () => {
  assert.deepEqual(compareFiles(files({ a: "1", b: "2", c: "3" }), files({ a: "1", b: "9", d: "3" })), {
    added: ["d"],
    changed: ["b"],
    removed: ["c"],
    same: 1,
  });
  assert.deepEqual(compareFiles([], []), { added: [], changed: [], removed: [], same: 0 });
});
