import assert from "node:assert/strict";
import { test } from "node:test";
import { createTally } from "./tally.ts";

test("a key is counted for a window from its first count on, and then anew", () => {
  let nowMs = 0;
  const tally = createTally(100, { now: () => nowMs });
  tally.add("a");
  nowMs = 99;
  tally.add("a", 2.5);
  assert.equal(tally.count("a"), 3.5);
  assert.equal(tally.count("b"), 0);
  nowMs = 100;
  assert.equal(tally.count("a"), 0);
  tally.add("a");
  assert.equal(tally.count("a"), 1);
});

test("no more keys are in memory than may be; the window that began first goes first", () => {
  const tally = createTally(100, { entriesMax: 3, now: () => 0 });
  for (const key of ["a", "b", "c", "a", "d"]) tally.add(key);
  assert.equal(tally.size, 3);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => tally.count(key)),
    [0, 1, 1, 1],
  );
});

test("windows that are over leave the memory while others are counted", () => {
  let nowMs = 0;
  const tally = createTally(100, { now: () => nowMs });
  for (let key = 0; key < 1_000; key++) tally.add(`old ${key}`);
  nowMs = 100;
  for (let key = 0; key < 1_000; key++) tally.add(`new ${key}`);
  assert.equal(tally.size, 1_000);
});
