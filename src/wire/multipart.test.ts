import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "./format-error.ts";
import { multipartLimits, readMultipart } from "./multipart.ts";

const boundary = "----boundary7f3a";
const contentType = `multipart/form-data; boundary=${boundary}`;

interface Part {
  readonly name: string;
  readonly value: string | Uint8Array;
  /** Further lines of the part's head. */
  readonly head?: string;
  readonly fileName?: string;
}

function body(...parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, value, head = "", fileName }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? "" : `; filename="${fileName}"`}\r\n${head}\r\n`,
    ),
    Buffer.from(value as Uint8Array),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

function read(bytes: Uint8Array, type = contentType, limits = {}) {
  const result = readMultipart(bytes, type, limits);
  return result instanceof FormatError ? result.fault : [...result];
}

test("text fields are read in order, the last of a name winning, and files are passed over", () => {
  const form = body(
    { name: "u", value: "admin" },
    { name: "file", value: "content", fileName: "a.txt", head: "Content-Type: text/plain\r\n" },
    { name: "blob", value: "content", head: "Content-Type: application/octet-stream\r\n" },
    { name: "id", value: "1" },
    { name: "empty", value: "" },
    { name: "id", value: "2" },
  );
  assert.deepEqual(read(form), [
    ["u", "admin"],
    ["id", "2"],
    ["empty", ""],
  ]);
});

test("a form without fields has none", () => {
  assert.deepEqual(read(body()), []);
});

test("values keep blanks, line breaks and every character", () => {
  const value = " a\r\nb & c=%41+\t\u{1f4de} ";
  assert.deepEqual(read(body({ name: "näme", value })), [["näme", value]]);
});

test("a part may name its character set, and otherwise is in that of the request", () => {
  const part = (charset: string, ...bytes: number[]) =>
    body({ name: "v", value: Buffer.from(bytes), head: `Content-Type: text/plain; charset=${charset}\r\n` });
  assert.deepEqual(read(part("iso-8859-1", 0xe9)), [["v", "é"]]);
  assert.deepEqual(read(part('"ISO-8859-15"', 0xa4)), [["v", "€"]]);
  assert.deepEqual(read(part("Shift_JIS", 0x93, 0x8c)), [["v", "東"]]);
  assert.deepEqual(read(part("nonsense", 0xc3, 0xa9)), [["v", "é"]]);
  assert.deepEqual(read(body({ name: "v", value: Buffer.from([0xe9]) }), `${contentType}; charset=latin1`), [
    ["v", "é"],
  ]);
});

test("the replacement character is a character like any other", () => {
  assert.deepEqual(read(body({ name: "v", value: "\ufffd" })), [["v", "\ufffd"]]);
});

test("heads are read as old and odd clients write them", () => {
  const heads = [
    'Content-Disposition: form-data; name="a"',
    "Content-Disposition: form-data; name=a",
    "content-disposition:form-data;NAME=a",
    'Content-Disposition: form-data;\r\n name="a"',
    'X: y\r\nContent-Disposition: Form-Data ; name = "a" ; other="; name=b"',
  ];
  for (const head of heads) {
    const form = `preamble\r\n--${boundary}\r\n${head}\r\n\r\nv\r\n--${boundary} \t\r\n\r\nnameless\r\n--${boundary}--epilogue`;
    assert.deepEqual(read(Buffer.from(form)), [["a", "v"]], head);
  }
  assert.deepEqual(read(body({ name: 'q\\"\\\\', value: "v" })), [['q"\\', "v"]]);
  assert.deepEqual(read(body({ name: "x", value: `a--${boundary}` })), [["x", `a--${boundary}`]]);
});

test("reading ends with the first part too many, and a form of nothing but parts costs next to nothing", () => {
  const parts = Buffer.from(`--b\r\n\r\n\r\n`.repeat(7_000).slice(0, 65_536));
  assert.equal(read(parts, "multipart/form-data; boundary=b"), "size");
  const many = (count: number) => body(...Array.from({ length: count }, () => ({ name: "a", value: "" })));
  assert.deepEqual(read(many(multipartLimits.partsMax)), [["a", ""]]);
  assert.equal(read(many(multipartLimits.partsMax + 1)), "size");
  const long = "b".repeat(71);
  const named = (boundary: string) => Buffer.from(`--${boundary}\r\n\r\n\r\n--${boundary}--`);
  assert.equal(read(named(long), `multipart/form-data; boundary=${long}`), "malformed");
  assert.deepEqual(read(named(long.slice(1)), `multipart/form-data; boundary=${long.slice(1)}`), []);
  assert.equal(read(body({ name: "a", value: "", head: "X: y\r\n".repeat(20) })), "size");
  assert.equal(read(body({ name: "a", value: "", head: `X: ${"y".repeat(5_000)}\r\n` })), "size");
});

test("names of object properties are names like any other", () => {
  const names = ["__proto__", "constructor", "toString"];
  assert.deepEqual(
    read(body(...names.map((name) => ({ name, value: "x" })))),
    names.map((name) => [name, "x"]),
  );
});

test("every fault is told by its kind", () => {
  const one = body({ name: "u", value: "admin" });
  assert.equal(read(one, contentType, { bytesMax: one.length - 1 }), "size");
  assert.equal(read(body({ name: "a", value: "" }, { name: "b", value: "" }), contentType, { partsMax: 1 }), "size");
  assert.equal(read(body({ name: "v", value: Buffer.from([0xff]) })), "encoding");
  assert.equal(read(body({ name: "v", value: "x", head: "Content-Transfer-Encoding: base64\r\n" })), "encoding");
  const name = Buffer.from(body({ name: "#", value: "" }));
  name[name.indexOf("#")] = 0xff;
  assert.equal(read(name), "encoding");
  assert.equal(read(body({ name: "a\0b", value: "" })), "nul");
  assert.equal(read(body({ name: "v", value: "a\0b" })), "nul");
  assert.equal(read(one, "multipart/form-data"), "malformed");
  assert.equal(read(one, "multipart/form-data; boundary=other"), "malformed");
  assert.equal(read(Buffer.from("u=admin")), "malformed");
  assert.equal(read(Buffer.alloc(0)), "malformed");
});

test("a body that ends early is malformed, wherever it ends", () => {
  const whole = body({ name: "u", value: "admin" }, { name: "id", value: "6" });
  const end = whole.lastIndexOf("--\r\n");
  for (let length = 0; length < end; length++) assert.equal(read(whole.subarray(0, length)), "malformed");
});

test("random damage never throws and never leaves a request without an answer", () => {
  const whole = body(
    { name: "u", value: "admin" },
    { name: "f", value: "x", fileName: "f" },
    { name: "id", value: "6" },
  );
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      const result = readMultipart(damaged, contentType);
      if (!(result instanceof FormatError)) for (const value of result.values()) assert.equal(typeof value, "string");
    }),
    { numRuns: 2_000 },
  );
});
