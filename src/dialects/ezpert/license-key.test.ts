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

test("a key of any other shape is kept as it is written, but for blanks around it and invisible signs", () => {
  for (const other of [
    "A1B2C-D3E4F-G5H6I",
    "8f14e45f-ceea-467f-a0e6-1c0a9d3b2f11",
    "ключ № 1",
    `${key}A`,
    "A".repeat(255),
  ]) {
    assert.equal(canonicalLicenseKey(other), other);
    assert.equal(canonicalLicenseKey(`\ufeff ${other}\t`), other);
  }
  assert.notEqual(canonicalLicenseKey("abc"), canonicalLicenseKey("ABC"));
});

test("nothing, a text that is too long and one with control characters are no key", () => {
  for (const text of ["", " ", "\u200b", "A".repeat(256), "A\nB", "A\u0000B"]) {
    assert.equal(canonicalLicenseKey(text), undefined, JSON.stringify(text));
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
