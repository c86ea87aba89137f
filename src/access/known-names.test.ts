import assert from "node:assert/strict";
import { test } from "node:test";
import { createKnownNames, knownForMs } from "./known-names.ts";

test("a name is known for a day after it came last, unless it is taken back", () => {
  let nowMs = 0;
  const names = createKnownNames({ now: () => nowMs });
  names.add("a");
  names.add("b");
  nowMs = knownForMs - 1;
  assert.equal(names.has("a"), true);
  names.add("a");
  nowMs = knownForMs;
  assert.equal(names.has("a"), true);
  assert.equal(names.has("b"), false);
  names.delete("a");
  assert.equal(names.has("a"), false);
});

test("no more names are known than may be; the one that came last longest ago is forgotten", () => {
  let nowMs = 0;
  const names = createKnownNames({ entriesMax: 2, now: () => nowMs });
  names.add("a");
  names.add("b");
  nowMs = 120_000;
  names.add("a");
  names.add("c");
  assert.deepEqual(
    ["a", "b", "c"].map((name) => names.has(name)),
    [true, false, true],
  );
});
