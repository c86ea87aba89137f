import assert from "node:assert/strict";
import { test } from "node:test";
import { accessKeyLengthMax, accessKeysMax, nameLengthMax, newProduct, refuseMoment, refuseTerms } from "./product.ts";

const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
const product = newProduct({
  ...terms,
  id: 1,
  kind: "event",
  createdAtMs: 0,
});

test("terms at their limits stand, and one step beyond they are refused", () => {
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `K${index}`);
  assert.equal(refuseTerms({ ...terms, name: "x".repeat(nameLengthMax) }), undefined);
  assert.equal(refuseTerms({ ...terms, name: "x".repeat(nameLengthMax + 1) }), "name_invalid");
  assert.equal(refuseTerms({ ...terms, name: "🎭".repeat(nameLengthMax) }), undefined, "an emoji is one character");
  assert.equal(refuseTerms({ ...terms, name: "🎭".repeat(nameLengthMax + 1) }), "name_invalid");
  assert.equal(refuseTerms({ ...terms, name: " \t\n" }), "name_invalid");
  assert.equal(refuseTerms({ ...terms, startsAtMs: 5, endsAtMs: 5 }), undefined);
  assert.equal(refuseTerms({ ...terms, startsAtMs: 5, endsAtMs: 4 }), "period_reversed");
  assert.equal(refuseTerms({ ...terms, accessKeys: ["k".repeat(accessKeyLengthMax)] }), undefined);
  assert.equal(refuseTerms({ ...terms, accessKeys: ["k".repeat(accessKeyLengthMax + 1)] }), "access_key_invalid");
  assert.equal(refuseTerms({ ...terms, accessKeys: keys(accessKeysMax) }), undefined);
  assert.equal(refuseTerms({ ...terms, accessKeys: keys(accessKeysMax + 1) }), "access_key_invalid");
});

test("an access key is one or more of A-Z, a-z, 0-9, and nothing else", () => {
  for (const key of ["", " ", "A 1", "A-1", "A1\n", "Ä", "١", "A1,B2"]) {
    assert.equal(refuseTerms({ ...terms, accessKeys: ["OK1", key] }), "access_key_invalid", JSON.stringify(key));
  }
  assert.equal(refuseTerms({ ...terms, accessKeys: ["AZaz09", "0"] }), undefined);
});

test("a moment is refused outside of the product's time; both bounds lie within, the end's second with all its parts", () => {
  const bounded = { ...product, startsAtMs: 1_000, endsAtMs: 2_000 };
  assert.equal(refuseMoment(bounded, 999), "not_yet_valid");
  assert.equal(refuseMoment(bounded, 1_000), undefined);
  assert.equal(refuseMoment(bounded, 2_999), undefined);
  assert.equal(refuseMoment(bounded, 3_000), "no_longer_valid");
  assert.equal(refuseMoment({ ...bounded, endsAtMs: 2_999 }, 2_999), undefined);
  assert.equal(refuseMoment({ ...bounded, endsAtMs: 2_999 }, 3_000), "no_longer_valid");
  assert.equal(refuseMoment(product, Number.MIN_SAFE_INTEGER), undefined);
  assert.equal(refuseMoment(product, Number.MAX_SAFE_INTEGER), undefined);
});
