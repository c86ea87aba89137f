import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError, type FormatFault } from "./format-error.ts";
import { readStrictJson, strictJsonLimits } from "./strict-json.ts";

const read = (text: string | Uint8Array) => readStrictJson(Buffer.from(text as string));

function assertFault(fault: FormatFault, texts: readonly (string | Uint8Array)[]): void {
  for (const text of texts) {
    const result = read(text);
    assert.ok(result instanceof FormatError, String(text).slice(0, 80));
    assert.equal(result.fault, fault, String(text).slice(0, 80));
  }
}

test("every document without a name twice is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, space) => {
      fc.pre(!JSON.stringify(value).includes("__proto__") && !JSON.stringify(value).includes("\\u0000"));
      fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value)));
      const text = JSON.stringify(value, null, space);
      assert.deepEqual(read(text), { value: JSON.parse(text) });
    }),
  );
});

test("any bytes have a value or a fault, and never an exception", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void read(bytes)));
  const pieces = fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "\\", "a", "1", " ", "\\u", "__proto__");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => void read(parts.join(""))),
    { numRuns: 2_000 },
  );
});

test("a name twice is seen in any spelling and at any depth, and not across objects", () => {
  assertFault("repeated", ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"a":1,"c":{"a":1},"a" : 3}}]']);
  assert.deepEqual(read('[{"a":1},{"a":{"a":"a"}}]'), { value: [{ a: 1 }, { a: { a: "a" } }] });
});

test("what no value may be is refused by name", () => {
  assertFault("name", ['{"__proto__":1}', '{"a":{"__pro\\u0074o__":{}}}']);
  assertFault("encoding", ['{"a":"\\ud800"}', '["\\udc00x"]', Buffer.from([0x22, 0xff, 0x22])]);
  assertFault("nul", ['"\\u0000"']);
  assertFault("malformed", ["NaN", "{a:1}", '{"a":Infinity}', "[1,]", "01", '"open', '"\\x"', "\ufeff{}", "{} {}"]);
  assertFault("empty", ["", " \n"]);
  assert.deepEqual(read('{"constructor":{"prototype":1}}'), { value: { constructor: { prototype: 1 } } });
});

test("depth, names and bytes have limits, which cost little to reach", () => {
  const { depthMax, namesMax, bytesMax } = strictJsonLimits;
  assert.ok(!(read("[".repeat(depthMax) + "]".repeat(depthMax)) instanceof FormatError));
  assertFault("depth", ["[".repeat(depthMax + 1), `${'{"a":'.repeat(500)}1`, "[".repeat(bytesMax)]);
  const names = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":1`).join(",")}}`;
  assert.ok(!(read(names(namesMax)) instanceof FormatError));
  assertFault("size", [names(namesMax + 1), "1".repeat(bytesMax + 1)]);
  const startedAtMs = performance.now();
  assertFault("depth", ["[".repeat(bytesMax)]);
  assert.ok(performance.now() - startedAtMs < 500);
});
