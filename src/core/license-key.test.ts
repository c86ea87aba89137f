import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalLicenseKey } from "./license-key.ts";

const key = "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA";

test("a licence key has one spelling, whatever its case, blanks and hyphens", () => {
  for (const text of [key, key.toLowerCase(), key.replaceAll("-", ""), ` ${key.replaceAll("-", " ")}\t`, `-${key}-`]) {
    assert.equal(canonicalLicenseKey(text), key);
  }
});

test("keys of 16 characters are keys too", () => {
  assert.equal(canonicalLicenseKey("abcd efgh 0123 4567"), "ABCD-EFGH-0123-4567");
});

test("whatever has not 16 or 24 letters and digits is no key", () => {
  for (const text of [
    "",
    "ABCD",
    `${key}A`,
    key.slice(0, -1),
    key.replace("Z", "Ä"),
    key.replace("Z", "+"),
    "A".repeat(20),
  ]) {
    assert.equal(canonicalLicenseKey(text), undefined, text);
  }
});
