import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError, type FormatFault } from "./format-error.ts";
import { type JsonFields, jsonBytesMax, readJsonFields } from "./json.ts";

function read(json: string | Uint8Array, bytesMax?: number): JsonFields {
  const result = readJsonFields(typeof json === "string" ? Buffer.from(json) : json, bytesMax);
  assert.ok(!(result instanceof FormatError), JSON.stringify(result));
  return result;
}

function assertFaults(kind: FormatFault, texts: readonly (string | Uint8Array)[], bytesMax?: number): void {
  for (const json of texts) {
    const result = readJsonFields(typeof json === "string" ? Buffer.from(json) : json, bytesMax);
    assert.ok(result instanceof FormatError, `not refused: ${String(json).slice(0, 80)}`);
    assert.equal(result.fault, kind, String(json).slice(0, 80));
  }
}

test("texts and truth values are read, and null is nothing", () => {
  const fields = read('\ufeff {"b":"007","c":"é😀\\u00e9","":"x","yes":true,"no":false,"none":null} \r\n');
  assert.deepEqual(
    [...fields],
    [
      ["b", "007"],
      ["c", "é😀é"],
      ["", "x"],
      ["yes", "true"],
      ["no", "false"],
    ],
  );
});

test("a number has the digits that were sent, and those that JavaScript writes", () => {
  const table: [sent: string, shortest: string][] = [
    ["5.00", "5"],
    ["5.50", "5.5"],
    ["1e1", "10"],
    ["-0", "0"],
    ["100", "100"],
    ["12345678901234567890", "12345678901234567000"],
    ["1e999", "Infinity"],
  ];
  for (const [asSent, shortest] of table) assert.deepEqual(read(`{"a": ${asSent} }`).get("a"), { asSent, shortest });
  assert.deepEqual(read('{"a":1.0,"b":"1.0","a":2.0}').get("a"), { asSent: "2.0", shortest: "2" });
  assert.equal(read('{"a":1.0,"a":"x"}').get("a"), "x");
});

test("a __proto__ key does nothing, however it is written", () => {
  const fields = read('{"__proto__":{"admin":true},"\\u005f_proto__":{"admin":true},"b":"1"}');
  assert.deepEqual([...fields.keys()], ["b"]);
  assert.equal(Reflect.get({}, "admin"), undefined);
  assert.deepEqual([...read('{"__proto__":1,"b":1}').keys()], ["b"]);
});

test("a key named like a property of objects or of faults is a key like any other", () => {
  const fields = read('{"constructor":"x","prototype":"y","fault":"malformed","message":"no"}');
  assert.deepEqual([...fields.values()], ["x", "y", "malformed", "no"]);
});

test("of a key given twice the last value counts", () => {
  assert.equal(read('{"a":"1","a":"2"}').get("a"), "2");
});

test("a list or an object is no value, however deep it is", () => {
  assertFaults("not-scalar", ['{"a":[]}', '{"a":{}}', '{"b":1,"a":[true,null,{"d":1}]}', '{"a":{"__proto__":1}}']);
  const nested = (levels: number): string => `{"a":${"[".repeat(levels)}${"]".repeat(levels)},"b":1}`;
  assertFaults("not-scalar", [nested(1), nested(1_000), nested(400_000)]);
});

test("nothing and white space only are empty", () => {
  assertFaults("empty", ["", " ", "\r\n\t", "\ufeff"]);
});

test("only an object may stand at top level", () => {
  assertFaults("not-object", ["[]", "[{}]", "null", "true", "1", '"{}"']);
});

test("what is not JSON is malformed", () => {
  assertFaults("malformed", [
    "{",
    "}",
    "{}{}",
    "{},",
    "{a:1}",
    "{'a':1}",
    '{"a":1,}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":NaN}',
    '{"a":undefined}',
    '{"a":"\n"}',
    '{"a":"\0"}',
    '{"a":"\\x41"}',
    '{"a":"\\u12"}',
    '{"a":"}',
    '{"a"}',
    '{"a":1}//',
    "<a/>",
    "a=b",
    "\u00a0{}",
    "\ufeff\ufeff{}",
  ]);
});

test("bytes that are not UTF-8 are refused, and so is half a surrogate pair written as an escape", () => {
  assertFaults("encoding", [
    Buffer.from('{"a":"\xe9"}', "latin1"),
    Buffer.from([0xc0, 0xaf]),
    Buffer.from('\ufeff{"a":1}', "utf16le"),
    '{"a":"\\ud800"}',
    '{"\\udc00":1}',
    '{"a":"\\ude00\\ud83d"}',
  ]);
  assert.equal(read('{"a":"\\ud83d\\ude00"}').get("a"), "😀");
});

test("a NUL is refused in a key and in a string", () => {
  assertFaults("nul", ['{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":"x\\u0000y"}', '{"\\u0000":[]}']);
});

test("the limit lets through exactly as much as it says", () => {
  const sized = (bytes: number): string => `{"a":"${"x".repeat(bytes - 8)}"}`;
  read(sized(jsonBytesMax));
  assertFaults("size", [sized(jsonBytesMax + 1)]);
  read('{"a":1}', 7);
  assertFaults("size", ['{"a":1}'], 6);
});

test("a hundred thousand opening brackets are malformed", () => {
  assertFaults("malformed", ["[".repeat(100_000), '{"a":'.repeat(100_000), `{"a":${"[".repeat(100_000)}`]);
});

test("whatever JSON.stringify writes of a flat object is read back", () => {
  const key = fc.string().filter((s) => s !== "__proto__" && !s.includes("\0"));
  const value = fc.oneof(
    fc.string().filter((s) => !s.includes("\0")),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (object) => {
      for (const [name, one] of read(JSON.stringify(object))) {
        const written = String(object[name]);
        if (typeof one === "string") assert.equal(one, written);
        else assert.deepEqual(one, { asSent: JSON.stringify(object[name]), shortest: written });
      }
      assert.equal(read(JSON.stringify(object)).size, Object.keys(object).length);
    }),
  );
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readJsonFields(bytes)));
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "a",
    "1",
    "\\",
    "\\u0000",
    '"__proto__"',
    "null",
    " ",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      (pieces) => void readJsonFields(Buffer.from(`{${pieces.join("")}`)),
    ),
  );
});
