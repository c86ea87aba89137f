import assert from "node:assert/strict";
import { test } from "node:test";
import { memo } from "./memo.ts";

test("a value is made once for each key, and the first is forgotten when there are too many", () => {
  const made: number[] = [];
  const value = memo((key: number) => {
    made.push(key);
    return { key };
  }, 2);
  assert.equal(value(1), value(1));
  assert.deepEqual(
    [1, 2, 1, 3, 2, 1].map((key) => value(key).key),
    [1, 2, 1, 3, 2, 1],
  );
  assert.deepEqual(made, [1, 2, 3, 1]);
});
