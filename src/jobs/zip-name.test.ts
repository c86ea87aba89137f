import assert from "node:assert/strict";
import { test } from "node:test";
import { zipNameOf } from "./zip-name.ts";

type Parts = Parameters<typeof zipNameOf>[0];

function nameOf(customer: string | null, product: string, edition: string, id = 15): string {
  const holder = customer === null ? null : { id: 1, name: customer, ownerId: null, displayName: "Ada Lovelace" };
  const content = { key: "", files: 1, bytes: 1, sha256: "" };
  return zipNameOf({
    product: { id, name: product },
    edition: { id: 1, productId: id, name: edition, publishedAtMs: 0, addedAtMs: 0, content },
    entitlement: { customer: holder } as Parts["entitlement"],
  });
}

test("a zip is named by the customer's local part, the product and the edition, as in the specification's sample", () => {
  assert.equal(nameOf("roberto@example.com", "FRatl_UK", "2017-1"), "roberto-FRatl-UK-2017-1.zip");
  assert.equal(nameOf("skipper@example.com", "British Isles 2017", "2017-2"), "skipper-British-Isles-2017-2017-2.zip");
});

test("it has letters and digits of ASCII and single hyphens only, and at most 100 characters, whatever the names are", () => {
  const names = [
    "a..b+c@x@example.com",
    "../../etc/passwd",
    "Zoë",
    "船長@example.com",
    "",
    "@",
    "con",
    "-",
    "x".repeat(255),
  ];
  for (const customer of [...names, null]) {
    for (const product of [...names, "Ostsee / Süd", "100 %", `${"a".repeat(39)}é b`]) {
      const name = nameOf(customer, product, `v${"1._-".repeat(7)}2`, Number.MAX_SAFE_INTEGER);
      assert.match(name, /^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+\.zip$/, `${customer} ${product}`);
      assert.ok(name.length <= 100, name);
    }
  }
});

test("of the customer there is nothing but what stands before the @", () => {
  assert.equal(nameOf("ada@lovelace.example.com", "Chart", "1"), "ada-Chart-1.zip");
  assert.equal(nameOf("船長@example.com", "Chart", "1"), "customer-Chart-1.zip");
  assert.equal(nameOf(null, "Chart", "1"), "customer-Chart-1.zip");
});

test("products whose names are in other scripts are told apart by their numbers", () => {
  assert.equal(nameOf("a@example.com", "Балтика", "2017-1", 16), "a-16-2017-1.zip");
  assert.equal(nameOf("a@example.com", "Балтика Nord", "2017-1", 17), "a-Nord-17-2017-1.zip");
  assert.equal(nameOf("a@example.com", "Côte d'Azur", "2017-1", 18), "a-Cote-d-Azur-2017-1.zip");
  assert.equal(nameOf("a@example.com", "!", "2017-1", 19), "a-19-2017-1.zip");
});
