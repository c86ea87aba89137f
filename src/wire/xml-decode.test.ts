import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "./format-error.ts";
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
  assert.deepEqual(decodeXml(Buffer.from("<a>é€😀</a>")), {
    text: "<a>é€😀</a>",
    encoding: "utf-8",
    isAnnounced: false,
  });
});

test("a byte order mark decides the encoding and is no part of the text", () => {
  const text = "<a>é😀</a>";
  const little = Buffer.from(text, "utf16le");
  assert.deepEqual(decodeXml(Buffer.from(`\ufeff${text}`)), { text, encoding: "utf-8", isAnnounced: false });
  assert.deepEqual(decodeXml(Buffer.from(`\ufeff${text}`, "utf16le")), {
    text,
    encoding: "utf-16le",
    isAnnounced: false,
  });
  const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()]);
  assert.deepEqual(decodeXml(big), { text, encoding: "utf-16be", isAnnounced: false });
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
    ["ISO-8859-15", 0xa4, "€"],
    ["iso-8859-2", 0xb3, "ł"],
    ["windows-1251", 0xc6, "Ж"],
    ["KOI8-R", 0xc1, "а"],
    ["ISO-8859-7", 0xe1, "α"],
    ["windows-1254", 0xfe, "ş"],
  ];
  for (const [name, byte, text] of table) {
    assert.equal(textAfterDeclaration(declared(name, byte)), text, `${name} ${byte}`);
  }
});

test("windows-1252 agrees with the runtime's own table for every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(textAfterDeclaration(declared("windows-1252", ...bytes)), new TextDecoder("windows-1252").decode(bytes));
});

test("encodings of several bytes a character are read", () => {
  const table: [string, number[], string][] = [
    ["Shift_JIS", [0x93, 0x8c, 0x8b, 0x9e], "東京"],
    ["EUC-JP", [0xc5, 0xec, 0xb5, 0xfe], "東京"],
    ["ISO-2022-JP", [0x1b, 0x24, 0x42, 0x45, 0x6c, 0x35, 0x7e, 0x1b, 0x28, 0x42], "東京"],
    ["EUC-KR", [0xbc, 0xad, 0xbf, 0xef], "서울"],
    ["GB18030", [0xb1, 0xb1, 0xbe, 0xa9], "北京"],
    ["Big5", [0xa5, 0x78, 0xa5, 0x5f], "台北"],
  ];
  for (const [name, bytes, text] of table) assert.equal(textAfterDeclaration(declared(name, ...bytes)), text, name);
});

test("what was announced wins over the declaration, unless the bytes are not valid in it", () => {
  const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>é', "latin1");
  const utf8 = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>é');
  const read = (bytes: Uint8Array, announced?: string) => {
    const decoded = decodeXml(bytes, announced);
    return "text" in decoded ? decoded.text.replace(/^<\?xml.*?\?>/, "") : "refused";
  };
  assert.equal(read(utf8, "utf-8"), "é");
  assert.equal(read(utf8), "Ã©");
  assert.equal(read(latin, "utf-8"), "é");
  assert.equal(read(latin, "iso-8859-2"), "é");
  assert.equal(read(latin, "windows-1251"), "й");
  assert.equal(read(Buffer.from("\ufeffé"), "iso-8859-1"), "é", "a byte order mark comes first");
  assert.equal(read(Buffer.from("a\xe9", "latin1"), "utf-8"), "refused");
  for (const name of ["utf-16le", "utf-16be"]) {
    assert.equal(read(Buffer.from("<a>é", "utf16le"), name), "<a>é", name);
    assert.equal(read(Buffer.from("<a>é", "utf16le").swap16(), name), "<a>é", name);
  }
});

test("the declaration may use single quotes and odd but legal white space", () => {
  const bytes = Buffer.from("<?xml\tversion = '1.0'\r\n  encoding\n=\n'ISO-8859-1' ?>\xe9", "latin1");
  assert.equal(textAfterDeclaration(bytes), "é");
});

test("an encoding is refused that is unknown, contradicts the bytes, or is not kept to", () => {
  const table: [string, Uint8Array][] = [
    ["unknown", declared("utf-7")],
    ["unknown", declared("ebcdic-cp-us")],
    ["unknown", declared("ISO-2022-KR")],
    ["Shift_JIS that ends in half a character", declared("Shift_JIS", 0x93)],
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
  for (const [what, bytes] of table) assert.ok(decodeXml(bytes) instanceof FormatError, what);
});

test("a document may call itself by any name of the encoding it is in, and by no other", () => {
  assert.ok(encodingMayBeNamed("utf-16le", "UTF-16"));
  assert.ok(encodingMayBeNamed("utf-16be", "utf-16"));
  assert.ok(encodingMayBeNamed("utf-8", "Utf-8"));
  assert.ok(!encodingMayBeNamed("utf-16be", "utf-16le"));
  assert.ok(!encodingMayBeNamed("utf-8", "iso-8859-1"));
  assert.ok(!encodingMayBeNamed("utf-8", "klingon"));
});
