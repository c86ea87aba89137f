import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeXml, encodingMayBeNamed } from "./xml-decode.ts";

function declared(name: string, ...rest: number[]): Buffer {
  return Buffer.concat([Buffer.from(`<?xml version="1.0" encoding="${name}"?>`, "latin1"), Buffer.from(rest)]);
}

function textAfterDeclaration(bytes: Uint8Array): string {
  const decoded = decodeXml(bytes);
  assert.ok("text" in decoded, JSON.stringify(decoded));
  return decoded.text.slice(decoded.text.indexOf("?>") + 2);
}

test("a document that names no encoding is UTF-8", () => {
  assert.deepEqual(decodeXml(Buffer.from("<a>é€😀</a>")), { text: "<a>é€😀</a>", encoding: "utf-8" });
});

test("a byte order mark decides the encoding and is no part of the text", () => {
  const text = "<a>é😀</a>";
  const little = Buffer.from(text, "utf16le");
  assert.deepEqual(decodeXml(Buffer.from(`\ufeff${text}`)), { text, encoding: "utf-8" });
  assert.deepEqual(decodeXml(Buffer.from(`\ufeff${text}`, "utf16le")), { text, encoding: "utf-16le" });
  const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()]);
  assert.deepEqual(decodeXml(big), { text, encoding: "utf-16be" });
});

test("each single-byte encoding gives the same byte its own meaning", () => {
  const table: [string, number, string][] = [
    ["ISO-8859-1", 0xe9, "é"],
    ["ISO-8859-1", 0x80, "\u0080"],
    ["latin1", 0xff, "ÿ"],
    ["windows-1252", 0xe9, "é"],
    ["Windows-1252", 0x80, "€"],
    ["cp1252", 0x9f, "Ÿ"],
    ["windows-1252", 0x81, "\u0081"],
    ["us-ascii", 0x41, "A"],
  ];
  for (const [name, byte, text] of table) {
    assert.equal(textAfterDeclaration(declared(name, byte)), text, `${name} ${byte}`);
  }
});

test("windows-1252 agrees with the runtime's own table for every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(textAfterDeclaration(declared("windows-1252", ...bytes)), new TextDecoder("windows-1252").decode(bytes));
});

test("the declaration may use single quotes and odd but legal white space", () => {
  const bytes = Buffer.from("<?xml\tversion = '1.0'\r\n  encoding\n=\n'ISO-8859-1' ?>\xe9", "latin1");
  assert.equal(textAfterDeclaration(bytes), "é");
});

test("an encoding is refused that is unknown, contradicts the bytes, or is not kept to", () => {
  const table: [string, Uint8Array][] = [
    ["unknown", declared("utf-7")],
    ["unknown", declared("ebcdic-cp-us")],
    ["named like an object's own property", declared("constructor")],
    ["UTF-16 with no byte order mark", declared("utf-16")],
    ["ASCII with a high byte", declared("us-ascii", 0xe9)],
    ["UTF-8 with a lone continuation byte", declared("utf-8", 0x80)],
    ["UTF-8 with an overlong slash", Buffer.from([0xc0, 0xaf])],
    ["UTF-8 with an encoded surrogate", Buffer.from([0xed, 0xa0, 0x80])],
    ["UTF-8 beyond U+10FFFF", Buffer.from([0xf4, 0x90, 0x80, 0x80])],
    ["UTF-8 cut short", Buffer.from([0x3c, 0xe2, 0x82])],
    ["UTF-16LE with half a character", Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x61])],
    ["UTF-16LE with an unpaired surrogate", Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x61, 0x00])],
    ["UTF-16BE with an unpaired surrogate", Buffer.from([0xfe, 0xff, 0xd8, 0x00, 0x00, 0x61])],
  ];
  for (const [what, bytes] of table) assert.ok("problem" in decodeXml(bytes), what);
});

test("a document may call itself by any name of the encoding it is in, and by no other", () => {
  assert.ok(encodingMayBeNamed("utf-16le", "UTF-16"));
  assert.ok(encodingMayBeNamed("utf-16be", "utf-16"));
  assert.ok(encodingMayBeNamed("utf-8", "Utf-8"));
  assert.ok(!encodingMayBeNamed("utf-16be", "utf-16le"));
  assert.ok(!encodingMayBeNamed("utf-8", "iso-8859-1"));
  assert.ok(!encodingMayBeNamed("utf-8", "klingon"));
});
