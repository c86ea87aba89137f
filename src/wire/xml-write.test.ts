import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "./format-error.ts";
import { readXml, type XmlElement } from "./xml-read.ts";
import { escapeAscii, escapeAttribute, escapeText } from "./xml-write.ts";

const uncarried = /[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu;

function read(xml: string): XmlElement {
  const result = readXml(Buffer.from(xml));
  assert.ok(!(result instanceof FormatError), `${String(result)} in ${JSON.stringify(xml)}`);
  return result;
}

/** Any string JavaScript can hold, with the characters that matter made likely. */
const anyString = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(..."&<>\"'\t\n\r ]é€", "😀", "\0", "\x0b", "\u0085", "\u2028", "\ud800", "\udc00", "\uffff"),
  }),
);

test("every string comes back from text, with what XML cannot carry replaced", () => {
  fc.assert(
    fc.property(anyString, (s) => {
      assert.equal(read(`<a>${escapeText(s)}</a>`).text, s.replace(uncarried, "\ufffd"));
    }),
    { numRuns: 1000 },
  );
});

test("every string comes back from an attribute in either quotes", () => {
  fc.assert(
    fc.property(anyString, (s) => {
      const expected = s.replace(uncarried, "\ufffd");
      assert.equal(read(`<a b="${escapeAttribute(s)}"/>`).attributes.get("b"), expected);
      assert.equal(read(`<a b='${escapeAttribute(s)}'/>`).attributes.get("b"), expected);
    }),
    { numRuns: 1000 },
  );
});

test("every string comes back from ASCII text, and the text is ASCII", () => {
  fc.assert(
    fc.property(anyString, (s) => {
      const escaped = escapeAscii(s);
      assert.match(escaped, /^[\x00-\x7f]*$/);
      assert.equal(read(`<a>${escaped}</a>`).text, s.replace(uncarried, "\ufffd"));
    }),
    { numRuns: 1000 },
  );
});

test("the five markup characters are written as the five predefined entities", () => {
  const written = "&amp;&lt;&gt;&quot;&apos;";
  assert.equal(escapeText("&<>\"'"), written);
  assert.equal(escapeAttribute("&<>\"'"), written);
  assert.equal(escapeAscii("&<>\"'"), written);
});

test("white space a reader would change is written as references", () => {
  assert.equal(escapeText("\t\n\r"), "\t\n&#13;");
  assert.equal(escapeAscii("\t\n\r"), "\t\n&#13;");
  assert.equal(escapeAttribute("\t\n\r"), "&#9;&#10;&#13;");
});

test("ASCII output has one decimal reference for each code point", () => {
  assert.equal(escapeAscii("café 😀"), "caf&#233; &#128512;");
  assert.equal(escapeAscii("\u0080\u{10ffff}"), "&#128;&#1114111;");
  assert.equal(escapeAscii("\0\ud800\ufffe"), "&#65533;&#65533;&#65533;");
});

test("what needs no escaping is given back as it is", () => {
  const plain = "plain é € 😀 \u007f\u0085";
  assert.equal(escapeText(plain), plain);
  assert.equal(escapeAttribute(plain), plain);
  assert.equal(escapeAscii("plain \n\t~"), "plain \n\t~");
});

test("text that already looks escaped is escaped once more, not passed on", () => {
  assert.equal(escapeText("&amp;"), "&amp;amp;");
  assert.equal(escapeText("]]>"), "]]&gt;");
});
