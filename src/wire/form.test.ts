import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FormOptions, formOptions, readForm, readFormEntries, readQuery } from "./form.ts";
import { FormatError } from "./format-error.ts";

function fields(body: string | Uint8Array): [string, string][] {
  const result = readForm(typeof body === "string" ? Buffer.from(body) : body);
  assert.ok(!(result instanceof FormatError), JSON.stringify(result));
  return [...result];
}

function faultOf(body: string | Uint8Array, limits?: Partial<FormOptions>): string {
  const result = readForm(typeof body === "string" ? Buffer.from(body) : body, limits);
  assert.ok(result instanceof FormatError, `not refused: ${String(body).slice(0, 80)}`);
  return result.fault;
}

test("fields are decoded the way a browser encodes them", () => {
  const table: [string, [string, string][]][] = [
    ["", []],
    ["&&&", []],
    [
      "a=1&b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1&&b=2&",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["a", [["a", ""]]],
    ["a=", [["a", ""]]],
    ["=a", [["", "a"]]],
    ["=", [["", ""]]],
    ["a=b=c", [["a", "b=c"]]],
    ["a+b=c+d", [["a b", "c d"]]],
    ["a=%2B%26%3D%25", [["a", "+&=%"]]],
    ["%61=%C3%A9%e2%82%ac%F0%9F%98%80", [["a", "é€😀"]]],
    [
      "a=007&b= x ",
      [
        ["a", "007"],
        ["b", " x "],
      ],
    ],
    ["a=é", [["a", "é"]]],
    ["a=%EF%BB%BFb", [["a", "\ufeffb"]]],
  ];
  for (const [body, expected] of table) assert.deepEqual(fields(body), expected, body);
});

test("a bad escape stays as it is", () => {
  for (const bad of ["%", "%%", "%4", "%zz", "100%", "%u0041", "% 41", "%-1"]) {
    assert.deepEqual(fields(`a=${bad}`), [["a", bad]]);
  }
});

test("what one escape makes is not decoded a second time", () => {
  assert.deepEqual(fields("a=%2541%252B"), [["a", "%41%2B"]]);
});

test("of a repeated name the last value wins, and the entries keep them all in order", () => {
  const body = Buffer.from("a=1&b=2&a=3");
  assert.deepEqual(fields(body), [
    ["a", "3"],
    ["b", "2"],
  ]);
  assert.deepEqual(readFormEntries(body), [
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
});

test("names that mean something to JavaScript are names like any other", () => {
  const result = readForm(Buffer.from("__proto__=1&constructor=2&fault=3"));
  assert.ok(!(result instanceof FormatError));
  assert.equal(result.get("__proto__"), "1");
  assert.equal(result.get("constructor"), "2");
  assert.equal(result.get("fault"), "3");
  assert.equal(result.get("toString"), undefined);
});

test("a field that is not UTF-8 is refused and not repaired", () => {
  for (const body of ["a=%E9", "%E9=a", "a=%C0%AF", "a=%ED%A0%80", "a=%F4%90%80%80", "a=%E2%82", "a=%80"]) {
    assert.equal(faultOf(body), "encoding", body);
  }
  assert.equal(faultOf(Buffer.from("a=\xe9", "latin1")), "encoding");
});

test("raw and escaped bytes of one character are decoded together", () => {
  assert.deepEqual(fields(Buffer.from("a=%C3\xa9", "latin1")), [["a", "é"]]);
});

test("a NUL is refused in a name and in a value, raw and escaped", () => {
  for (const body of ["a=%00", "%00=a", "a=b%00c", "a=\0", "a=1&b=%00&c=2"]) assert.equal(faultOf(body), "nul", body);
});

test("each limit lets through exactly as much as it says", () => {
  const many = (count: number): string => Array.from({ length: count }, () => "a=1").join("&");
  assert.equal(fields(many(formOptions.fieldsMax)).length, 1);
  assert.equal(faultOf(many(formOptions.fieldsMax + 1)), "size");
  assert.equal(faultOf("a&b&c", { fieldsMax: 2 }), "size");
  assert.equal(faultOf("a=12345", { bytesMax: 6 }), "size");
  assert.equal(fields("x".repeat(formOptions.bytesMax)).length, 1);
  assert.equal(faultOf("x".repeat(formOptions.bytesMax + 1)), "size");
});

test("empty pieces are not counted as fields", () => {
  assert.deepEqual(fields(`${"&".repeat(5000)}a=1`), [["a", "1"]]);
});

test("a query string is read like a body, with or without its question mark", () => {
  for (const query of ["?a=%C3%A9+b&c", "a=%C3%A9+b&c", "a=é+b&c="]) {
    const result = readQuery(query);
    assert.ok(!(result instanceof FormatError));
    assert.deepEqual(
      [...result],
      [
        ["a", "é b"],
        ["c", ""],
      ],
    );
  }
  const second = readQuery("??a=1");
  assert.ok(!(second instanceof FormatError));
  assert.deepEqual([...second], [["?a", "1"]]);
  for (const query of ["a=%E9", "a=%00"]) assert.ok(readQuery(query) instanceof FormatError);
  assert.ok(readQuery("a&b", { fieldsMax: 1 }) instanceof FormatError);
});

test("whatever URLSearchParams writes is read back", () => {
  const text = fc.string({ unit: "binary" }).filter((s) => !s.includes("\0") && s.isWellFormed());
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      const written = new URLSearchParams(pairs).toString();
      assert.deepEqual(readFormEntries(Buffer.from(written)), pairs);
    }),
  );
});

test("whatever is not refused is what URLSearchParams reads", () => {
  // ASCII only: the runtime's own reader garbles a raw letter that stands beside a bad escape.
  const piece = fc.constantFrom(..."ab=&+% #;", "%4", "%41", "%2", "C3", "%C3", "%A9", "%25");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const body = pieces.join("");
      const result = readFormEntries(Buffer.from(body));
      if (result instanceof FormatError) assert.match(new URLSearchParams(body).toString(), /%EF%BF%BD/);
      else assert.deepEqual(result, [...new URLSearchParams(body)]);
    }),
    { numRuns: 1000 },
  );
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readForm(bytes)));
});
