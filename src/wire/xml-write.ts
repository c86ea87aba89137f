/**
 * Escapes strings for XML 1.0 output. Each function takes any JavaScript
 * string and refuses none; the result can stand in a document of either
 * quoting style and reads back as the same string, except that characters
 * XML 1.0 cannot carry at all (C0 controls other than tab, LF and CR, unpaired
 * surrogates, U+FFFE and U+FFFF) become U+FFFD, the replacement character.
 *
 * A string with nothing to escape is given back as it is, after one test.
 */

const REPLACEMENT = "\ufffd";

// With the u flag a surrogate range matches unpaired surrogates only, so emoji stay on the fast path.
const IN_TEXT = /[&<>"'\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/u;
const IN_ATTRIBUTE = /[&<>"'\x00-\x1f\ud800-\udfff\ufffe\uffff]/u;
const IN_ASCII = /[&<>"'\r\x00-\x08\x0b\x0c\x0e-\x1f\x80-\u{10ffff}]/u;

const IN_TEXT_ALL = new RegExp(IN_TEXT, "gu");
const IN_ATTRIBUTE_ALL = new RegExp(IN_ATTRIBUTE, "gu");
const IN_ASCII_ALL = new RegExp(IN_ASCII, "gu");

/**
 * For character data between tags. CR is written as a reference, because a
 * reader would otherwise turn it into LF; tab and LF stand as they are.
 */
export function escapeText(s: string): string {
  return IN_TEXT.test(s) ? s.replace(IN_TEXT_ALL, escapeCharacter) : s;
}

/**
 * For attribute values in single or double quotes. Tab, LF and CR are written
 * as references, because a reader would otherwise turn each into a blank.
 */
export function escapeAttribute(s: string): string {
  return IN_ATTRIBUTE.test(s) ? s.replace(IN_ATTRIBUTE_ALL, escapeCharacter) : s;
}

/**
 * Like `escapeText`, with every character outside ASCII as a decimal reference
 * by code point (`é` is `&#233;`), for readers that mistake the encoding.
 */
export function escapeAscii(s: string): string {
  return IN_ASCII.test(s) ? s.replace(IN_ASCII_ALL, escapeToAscii) : s;
}

function escapeCharacter(c: string): string {
  switch (c) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    case '"':
      return "&quot;";
    case "'":
      return "&apos;";
    case "\t":
      return "&#9;";
    case "\n":
      return "&#10;";
    case "\r":
      return "&#13;";
    default:
      return REPLACEMENT;
  }
}

function escapeToAscii(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  const escaped = code < 0x80 || IN_TEXT.test(c) ? escapeCharacter(c) : c;
  const escapedCode = escaped.codePointAt(0) ?? 0;
  return escapedCode < 0x80 ? escaped : `&#${escapedCode};`;
}
