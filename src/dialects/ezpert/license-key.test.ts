import assert from "node:assert/strict";
import { test } from "node:test";
import { randomCodes } from "../../engine/random.ts";
import { canonicalLicenseKey, licenseKeys } from "./license-key.ts";

const random = randomCodes();
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

test("a licence key has the documented shape, and is its own canonical spelling", () => {
  for (let draw = 0; draw < 2_000; draw++) {
    const key = licenseKeys.draw(random);
    assert.match(key, /^[A-Z0-9]{4}(-[A-Z0-9]{4}){4}-[A-Z0-9][AQGW]AA$/);
    assert.equal(canonicalLicenseKey(key), key);
  }
});

test("2,000 licence keys are 2,000 different ones, and every letter and digit occurs", () => {
  const keys = Array.from({ length: 2_000 }, () => licenseKeys.draw(random));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(new Set(keys.join("").replaceAll("-", "")).size, 36);
});
