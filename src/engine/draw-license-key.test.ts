import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalLicenseKey, drawLicenseKey } from "../core/license-key.ts";
import { random } from "./random.ts";

test("a licence key has the documented shape, and is its own canonical spelling", () => {
  for (let draw = 0; draw < 2_000; draw++) {
    const key = drawLicenseKey(random);
    assert.match(key, /^[A-Z0-9]{4}(-[A-Z0-9]{4}){4}-[A-Z0-9][AQGW]AA$/);
    assert.equal(canonicalLicenseKey(key), key);
  }
});

test("2,000 licence keys are 2,000 different ones, and every letter and digit occurs", () => {
  const keys = Array.from({ length: 2_000 }, () => drawLicenseKey(random));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(new Set(keys.join("").replaceAll("-", "")).size, 36);
});
