import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { acceptsGzip, type Coding, codings, gzipBytes, readCoding, unpackLimited } from "./encoding.ts";
import { FormatError, type FormatFault } from "./format-error.ts";

/** The unpacked bytes, or the kind of the fault. */
async function unpack(bytes: Uint8Array, coding: Coding, bytesMax: number): Promise<Buffer | FormatFault> {
  const unpacked = await unpackLimited(bytes, coding, bytesMax);
  return unpacked instanceof FormatError ? unpacked.fault : unpacked;
}

const gunzip = (bytes: Uint8Array, bytesMax: number) => unpack(bytes, "gzip", bytesMax);

/** Packs in each coding; deflate with its header and without. */
const packers: readonly (readonly [coding: Coding, pack: (bytes: Uint8Array) => Buffer])[] = [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
];

test("gzip is accepted when it is named, or when anything is, with a weight above 0", () => {
  const headers = ["gzip", "GZIP", "x-gzip", "X-GZip", "*", "deflate, gzip", "gzip, deflate, br", " gzip ", ",,gzip,"];
  headers.push(
    "gzip;q=1",
    "gzip;q=1.000",
    "gzip;q=0.001",
    "gzip ; Q=0.5",
    "gzip;\tq=0.5",
    "br;q=1, gzip;q=0.1",
    "gzip;q=1.",
  );
  headers.push("identity;q=0, *;q=0.5", "*;q=0, gzip", "*;q=0, x-gzip;q=0.3");
  for (const header of headers) assert.equal(acceptsGzip(header), true, header);
});

test("gzip is not accepted when nothing says so, or when its weight is 0", () => {
  const headers = ["", " ", "identity", "deflate, br", "gzipped", "xgzip", "gzip;q=0", "gzip;q=0.000", "gzip;q=0, *"];
  headers.push("x-gzip;q=0, *;q=1", "*;q=0", "identity, *;q=0", "gzip;q=0, gzip", "gzip, x-gzip;q=0");
  for (const header of headers) assert.equal(acceptsGzip(header), false, header);
  assert.equal(acceptsGzip(undefined), false);
});

test("a member that is not well-formed counts for nothing", () => {
  const members = [
    "gzip;q=2",
    "gzip;q=-1",
    "gzip;q=1.5",
    "gzip;q=0.1234",
    "gzip;q=x",
    "gzip;q=",
    "gzip;q",
    "gzip;",
    "gzip q=1",
  ];
  members.push("gzip;level=9", "gzip;q =1", ";q=1", "gz/ip", "gzip;q=1;q=0", "gzip;q=.5");
  for (const member of members) {
    assert.equal(acceptsGzip(member), false, member);
    assert.equal(acceptsGzip(`${member}, *`), true, member);
  }
});

test("no header makes it throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (s) => void [acceptsGzip(s), acceptsGzip(`gzip;${s}`)]));
});

test("every body comes back from gzip within its own length", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      assert.deepEqual(await gunzip(await gzipBytes(bytes), bytes.byteLength), Buffer.from(bytes));
    }),
  );
});

test("inflated bytes beyond the limit are refused, by one byte as by a thousandfold", async () => {
  const five = gzipSync("hello");
  assert.deepEqual(await gunzip(five, 5), Buffer.from("hello"));
  assert.deepEqual(await gunzip(five, 4), "size");
  assert.deepEqual(await gunzip(five, 0), "size");
  assert.deepEqual(await gunzip(gzipSync("a"), 0), "size");
  assert.deepEqual(await gunzip(gzipSync(""), 0), Buffer.alloc(0));
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  assert.deepEqual(await gunzip(bomb, 1024 * 1024), "size");
});

test("members in a row are inflated one after another and counted together", async () => {
  const two = Buffer.concat([gzipSync("ab"), gzipSync("cd")]);
  assert.deepEqual(await gunzip(two, 4), Buffer.from("abcd"));
  assert.deepEqual(await gunzip(two, 3), "size");
});

test("what is not whole and sound gzip is malformed", async () => {
  const sound = gzipSync("hello");
  const wrongChecksum = Buffer.from(sound);
  wrongChecksum.writeUInt8(wrongChecksum.readUInt8(sound.length - 8) ^ 1, sound.length - 8);
  const table: [string, Uint8Array][] = [
    ["nothing", Buffer.alloc(0)],
    ["plain text", Buffer.from("hello")],
    ["a header only", sound.subarray(0, 10)],
    ["one byte missing", sound.subarray(0, -1)],
    ["a wrong checksum", wrongChecksum],
    ["zlib instead of gzip", deflateSync("hello")],
    ["bytes after the end", Buffer.concat([sound, Buffer.from("more")])],
    ["a second member cut short", Buffer.concat([sound, sound.subarray(0, 12)])],
  ];
  for (const [what, bytes] of table) assert.deepEqual(await gunzip(bytes, 100), "malformed", what);
});

test("each coding is unpacked up to the limit, and refused one byte and a thousandfold beyond it", async () => {
  for (const [coding, pack] of packers) {
    const five = pack(Buffer.from("hello"));
    assert.deepEqual(await unpack(five, coding, 5), Buffer.from("hello"), coding);
    assert.deepEqual(await unpack(five, coding, 4), "size", coding);
    assert.deepEqual(await unpack(pack(Buffer.alloc(0)), coding, 0), Buffer.alloc(0), coding);
    assert.deepEqual(await unpack(pack(Buffer.alloc(64 * 1024 * 1024)), coding, 65_536), "size", coding);
    const large = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7_919) % 251));
    assert.deepEqual(await unpack(pack(large), coding, 65_536), large, coding);
  }
});

test("in each coding what is nothing, cut short, something else or followed by more is malformed", async () => {
  for (const [coding, pack] of packers) {
    const sound = pack(Buffer.from("hello"));
    const noise = Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 7_919) % 256));
    const more = Buffer.concat([sound, Buffer.from("more")]);
    for (const bytes of [Buffer.alloc(0), sound.subarray(0, 1), sound.subarray(0, -1), noise, more]) {
      assert.deepEqual(await unpack(bytes, coding, 1_000), "malformed", `${coding} ${bytes.length}`);
    }
  }
});

test("a window beyond what a content coding may have is refused, so that no request takes that memory", async () => {
  const wide = zstdCompressSync(Buffer.alloc(16 * 1024 * 1024), {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  assert.deepEqual(await unpack(wide, "zstd", 32 * 1024 * 1024), "malformed");
});

test("no bytes make unpacking throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...codings), async (bytes, coding) => {
      await unpack(bytes, coding, 1_000);
    }),
  );
});

test("of a body's coding one name is read, in any case; identity is none, and what is unknown is no guess", () => {
  for (const header of [undefined, "", " ", "identity", "Identity, identity", ","]) {
    assert.equal(readCoding(header), "identity", header);
  }
  for (const header of ["gzip", "GZIP", "x-gzip", " gzip ,identity"]) assert.equal(readCoding(header), "gzip", header);
  for (const header of ["deflate", "br", "zstd"]) assert.equal(readCoding(header), header);
  for (const header of ["compress", "gzip, gzip", "deflate, br", "constructor", "x-br", "gzip;q=1", "*"]) {
    assert.equal(readCoding(header), undefined, header);
  }
});
