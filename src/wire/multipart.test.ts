import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isMultipartFault, readMultipart } from "./multipart.ts";

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

async function read(bytes: Uint8Array, type = contentType, limits = {}) {
  const result = await readMultipart(bytes, type, limits);
  return isMultipartFault(result) ? result.fault : [...result];
}

test("text fields are read in order, the last of a name winning, and files are passed over", async () => {
  const form = body(
    { name: "u", value: "admin" },
    { name: "file", value: "content", fileName: "a.txt", head: "Content-Type: text/plain\r\n" },
    { name: "blob", value: "content", head: "Content-Type: application/octet-stream\r\n" },
    { name: "id", value: "1" },
    { name: "empty", value: "" },
    { name: "id", value: "2" },
  );
  assert.deepEqual(await read(form), [
    ["u", "admin"],
    ["id", "2"],
    ["empty", ""],
  ]);
});

test("a form without fields has none", async () => {
  assert.deepEqual(await read(body()), []);
});

test("values keep blanks, line breaks and every character", async () => {
  const value = " a\r\nb & c=%41+\t\u{1f4de} ";
  assert.deepEqual(await read(body({ name: "näme", value })), [["näme", value]]);
});

test("a part may name its character set", async () => {
  const latin = body({
    name: "v",
    value: Buffer.from([0xe9]),
    head: "Content-Type: text/plain; charset=iso-8859-1\r\n",
  });
  assert.deepEqual(await read(latin), [["v", "é"]]);
});

test("names of object properties are names like any other", async () => {
  const names = ["__proto__", "constructor", "toString"];
  assert.deepEqual(
    await read(body(...names.map((name) => ({ name, value: "x" })))),
    names.map((name) => [name, "x"]),
  );
});

test("every fault is told by its kind", async () => {
  const one = body({ name: "u", value: "admin" });
  assert.equal(await read(one, contentType, { bytesMax: one.length - 1 }), "size");
  assert.equal(
    await read(body({ name: "a", value: "" }, { name: "b", value: "" }), contentType, { partsMax: 1 }),
    "size",
  );
  assert.equal(await read(body({ name: "v", value: Buffer.from([0xff]) })), "encoding");
  assert.equal(await read(body({ name: "v", value: "\ufffd" })), "encoding");
  assert.equal(await read(body({ name: "v", value: "a\0b" })), "nul");
  assert.equal(await read(one, "multipart/form-data"), "malformed");
  assert.equal(await read(one, "multipart/form-data; boundary=other"), "malformed");
  assert.equal(await read(Buffer.from("u=admin")), "malformed");
  assert.equal(await read(Buffer.alloc(0)), "malformed");
});

test("a body that ends early is malformed, wherever it ends", async () => {
  const whole = body({ name: "u", value: "admin" }, { name: "id", value: "6" });
  const end = whole.lastIndexOf("--\r\n");
  for (let length = 0; length < end; length++) assert.equal(await read(whole.subarray(0, length)), "malformed");
});

test("random damage never throws and never leaves a request without an answer", async () => {
  const whole = body(
    { name: "u", value: "admin" },
    { name: "f", value: "x", fileName: "f" },
    { name: "id", value: "6" },
  );
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      const result = await readMultipart(damaged, contentType);
      if (!isMultipartFault(result)) for (const value of result.values()) assert.equal(typeof value, "string");
    }),
    { numRuns: 2_000 },
  );
});
