/**
 * Escapes strings for XML 1.0. Each function takes any string and refuses none. The result fits into single and double
 * quotes and reads back as the same string, with one exception: characters that XML 1.0 cannot carry (C0 controls other
 * than tab, LF and CR, unpaired surrogates, U+FFFE and U+FFFF) become U+FFFD, the replacement character.
 *
 * A string with nothing to escape is returned as it is, after one test.
 */

const replacement = "\ufffd";

// With the u flag a surrogate range matches unpaired surrogates only, so emoji stay on the fast path.
const inText = /[&<>"'\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/u;
const inAttribute = /[&<>"'\x00-\x1f\ud800-\udfff\ufffe\uffff]/u;
const inAscii = /[&<>"'\r\x00-\x08\x0b\x0c\x0e-\x1f\x80-\u{10ffff}]/u;

const inTextAll = new RegExp(inText, "gu");
const inAttributeAll = new RegExp(inAttribute, "gu");
const inAsciiAll = new RegExp(inAscii, "gu");

/**
 * For character data between tags. CR becomes a reference, because a reader would otherwise turn it into LF. Tab and LF
 * stay as they are.
 */
export function escapeText(text: string): string {
  return inText.test(text) ? text.replace(inTextAll, escapeCharacter) : text;
}

/**
 * For attribute values in single or double quotes. Tab, LF and CR become references, because a reader would otherwise
 * turn each into a blank.
 */
export function escapeAttribute(text: string): string {
  return inAttribute.test(text) ? text.replace(inAttributeAll, escapeCharacter) : text;
}

/**
 * Like `escapeText`, with every character outside ASCII as a decimal reference by code point (`é` is `&#233;`), for
 * readers that mistake the encoding.
 */
export function escapeAscii(text: string): string {
  return inAscii.test(text) ? text.replace(inAsciiAll, escapeToAscii) : text;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"],
]);

function escapeCharacter(c: string): string {
  return escapes.get(c) ?? replacement;
}

function escapeToAscii(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  const escaped = code < 0x80 || inText.test(c) ? escapeCharacter(c) : c;
  const escapedCode = escaped.codePointAt(0) ?? 0;
  return escapedCode < 0x80 ? escaped : `&#${escapedCode};`;
}
