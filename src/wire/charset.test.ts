import assert from "node:assert/strict";
import { test } from "node:test";
import { charsetNamed, decoderOf } from "./charset.ts";
import { readMediaType } from "./media-type.ts";

test("an encoding has one name, whatever it was called, and an unknown one has none", () => {
  const table: [string, string | undefined][] = [
    [" UTF-8 ", "utf-8"],
    ["utf8", "utf-8"],
    ["Latin1", "iso-8859-1"],
    ["ISO_8859-1", "iso-8859-1"],
    ["ascii", "us-ascii"],
    ["cp1252", "windows-1252"],
    ["ISO-8859-15", "iso-8859-15"],
    ["sjis", "shift_jis"],
    ["ks_c_5601-1987", "euc-kr"],
    ["utf-7", undefined],
    ["", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
    ["x".repeat(10_000), undefined],
  ];
  for (const [label, name] of table) assert.equal(charsetNamed(label), name, label.slice(0, 40));
});

test("ISO-8859-1 gives each byte the character of its number, and US-ASCII knows none above 0x7F", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(decoderOf("iso-8859-1")(bytes), String.fromCharCode(...bytes));
  assert.equal(decoderOf("us-ascii")(bytes), undefined);
  assert.equal(decoderOf("us-ascii")(bytes.subarray(0, 128)), String.fromCharCode(...bytes.subarray(0, 128)));
});

test("a media type tells its charset, quoted or not, in any case; what cannot be read is not said", () => {
  const table: [string | undefined, string, string | undefined][] = [
    [undefined, "", undefined],
    ["Text/XML", "text/xml", undefined],
    ["text/xml; charset=ISO-8859-15", "text/xml", "iso-8859-15"],
    ['text/xml;boundary=x ; Charset = "utf-8"', "text/xml", "utf-8"],
    ["text/xml;charset='latin1'", "text/xml", "iso-8859-1"],
    ["text/xml; charset=nonsense; ;", "text/xml", undefined],
    ["text/xml; charset=", "text/xml", undefined],
    [";;;", "", undefined],
    ["text/xml; xcharset=utf-8", "text/xml", undefined],
  ];
  for (const [header, type, charset] of table) assert.deepEqual(readMediaType(header), { type, charset }, header);
});
