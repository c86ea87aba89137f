import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BoundedMap } from "./bounded-map.ts";

const key = fc.constantFrom(..."abcdef");
const step = fc.oneof(
  fc.tuple(fc.constant("set" as const), key),
  fc.tuple(fc.constant("delete" as const), key),
  fc.tuple(fc.constant("delete the oldest" as const), key),
);

test("whatever is set and deleted, the entries that were set last stay, and the oldest is known", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (steps, entriesMax) => {
      const map = new BoundedMap<string, number>(entriesMax);
      let expected: [string, number][] = [];
      for (const [index, [what, name]] of steps.entries()) {
        const gone = what === "delete the oldest" ? (map.oldest() ?? name) : name;
        if (what === "set") map.set(name, index);
        else map.delete(gone);
        expected = expected.filter(([one]) => one !== gone);
        if (what === "set") expected = [...expected, [name, index] as [string, number]].slice(-entriesMax);
        assert.deepEqual([...map], expected);
        assert.equal(map.oldest(), expected[0]?.[0]);
      }
    }),
  );
});
