import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  isJsonFault,
  JSON_LIMITS,
  type JsonFaultKind,
  type JsonLimits,
  type JsonObject,
  readJsonObject,
} from "./json.ts";

function read(json: string | Uint8Array, limits?: Partial<JsonLimits>): JsonObject {
  const result = readJsonObject(typeof json === "string" ? Buffer.from(json) : json, limits);
  assert.ok(!isJsonFault(result), JSON.stringify(result));
  return result;
}

function assertFaults(
  kind: JsonFaultKind,
  texts: readonly (string | Uint8Array)[],
  limits?: Partial<JsonLimits>,
): void {
  for (const json of texts) {
    const result = readJsonObject(typeof json === "string" ? Buffer.from(json) : json, limits);
    assert.ok(isJsonFault(result), `not refused: ${String(json).slice(0, 80)}`);
    assert.equal(result.fault, kind, String(json).slice(0, 80));
  }
}

test("an object is read with all it holds", () => {
  const object = read('\ufeff {"a":1,"b":"007","c":[true,null,{"d":"é😀\\u00e9"}],"":-0.5e1} \r\n');
  assert.equal(JSON.stringify(object), '{"a":1,"b":"007","c":[true,null,{"d":"é😀é"}],"":-5}');
});

test("neither the object nor one inside it has a prototype", () => {
  const object = read('{"a":{"b":[{"c":{}}]}}');
  assert.equal(Object.getPrototypeOf(object), null);
  assert.equal(object.constructor, undefined);
  assert.equal(object.toString, undefined);
  assert.equal(Object.getPrototypeOf(object.a), null);
  assert.match(JSON.stringify(object), /^\{"a":\{"b":\[\{"c":\{\}\}\]\}\}$/);
});

test("a __proto__ key does nothing at any level, however it is written", () => {
  const object = read(
    '{"__proto__":{"admin":true},"\\u005f_proto__":{"admin":true},"a":{"__proto__":{"admin":true}},"b":1}',
  );
  assert.deepEqual(Object.keys(object), ["a", "b"]);
  assert.equal(object.admin, undefined);
  const copy: JsonObject = Object.assign({}, object);
  assert.equal(copy.admin, undefined);
  assert.deepEqual(Object.keys(Object.assign({}, copy.a)), []);
  assert.equal(Reflect.get({}, "admin"), undefined);
});

test("a key named constructor or prototype is a key like any other", () => {
  assert.equal(read('{"constructor":"x","prototype":"y"}').constructor, "x");
});

test("an object that looks like a fault is not taken for one", () => {
  const result = readJsonObject(Buffer.from('{"fault":"malformed","message":"no"}'));
  assert.ok(!isJsonFault(result));
  assert.equal(result.fault, "malformed");
});

test("of a key given twice the last value counts", () => {
  assert.equal(read('{"a":1,"a":2}').a, 2);
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
    '{"a":["\\ude00\\ud83d"]}',
  ]);
  assert.equal(read('{"a":"\\ud83d\\ude00"}').a, "😀");
});

test("a NUL is refused in a key and in a string at any level", () => {
  assertFaults("nul", ['{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":[{"b":"x\\u0000y"}]}']);
});

test("each limit lets through exactly as much as it says", () => {
  const nested = (levels: number): string => `${'{"a":'.repeat(levels)}0${"}".repeat(levels)}`;
  read(nested(JSON_LIMITS.depthMax));
  assertFaults("depth", [nested(JSON_LIMITS.depthMax + 1)]);
  read('{"a":[[1]]}', { depthMax: 3 });
  assertFaults("depth", ['{"a":[[1]]}', '{"a":[{}]}'], { depthMax: 2 });
  const sized = (bytes: number): string => `{"a":"${"x".repeat(bytes - 8)}"}`;
  read(sized(JSON_LIMITS.bytesMax));
  assertFaults("size", [sized(JSON_LIMITS.bytesMax + 1)]);
});

test("brackets inside strings are not nesting, nor do closed ones add up", () => {
  const brackets = "[{".repeat(100);
  assert.equal(read(`{"a":"${brackets}","b":"\\"${brackets}\\\\","c":[],"d":[],"e":{}}`, { depthMax: 2 }).a, brackets);
});

test("a hundred thousand opening brackets are refused by depth", () => {
  assertFaults("depth", ["[".repeat(100_000), '{"a":'.repeat(100_000), `{"a":${"[".repeat(100_000)}`]);
});

test("whatever JSON.stringify writes of an object is read back", () => {
  const key = fc.string().filter((s) => s !== "__proto__" && !s.includes("\0"));
  const value = fc.jsonValue({ maxDepth: 5 }).filter((v) => !/\\u0000|__proto__/.test(JSON.stringify(v)));
  fc.assert(
    fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (object) => {
      const written = JSON.stringify(object);
      assert.equal(JSON.stringify(read(written)), written);
    }),
  );
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readJsonObject(bytes)));
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
      (pieces) => void readJsonObject(Buffer.from(`{${pieces.join("")}`)),
    ),
  );
});
