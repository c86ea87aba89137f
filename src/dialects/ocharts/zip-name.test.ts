import assert from "node:assert/strict";
import { test } from "node:test";
import { zipNameOf } from "./zip-name.ts";

type Parts = Parameters<typeof zipNameOf>[0];

function nameOf(
  customer: string | null,
  product: string,
  edition: string,
  { code = "FR4711-15-1", unitId = 7, editionId = 3 } = {},
): string {
  const holder = customer === null ? null : { id: 1, name: customer, ownerId: null, displayName: "Ada Lovelace" };
  const content = { key: "", files: 1, bytes: 1, sha256: "" };
  return zipNameOf({
    product: { id: 15, kind: "chart", name: product },
    edition: {
      id: editionId,
      productId: 15,
      name: edition,
      publishedAtMs: 0,
      addedAtMs: 0,
      availableAtMs: null,
      withdrawnAtMs: null,
      content,
    },
    entitlement: { id: unitId, code, customer: holder } as Parts["entitlement"],
  });
}

test("a zip is named by the customer's local part, the product, the ordered unit and the edition", () => {
  assert.equal(nameOf("roberto@example.com", "FRatl_UK", "2017-1"), "roberto-FRatl-UK_FR4711-15-1_2017-1.zip");
  assert.equal(
    nameOf("skipper@example.com", "British Isles 2017", "2017-2", { code: "GBLAQPDMG-16-2" }),
    "skipper-British-Isles-2017_GBLAQPDMG-16-2_2017-2.zip",
  );
});

test("it has letters and digits of ASCII, single hyphens and underscores only, and at most 100 characters", () => {
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
  const longest = { code: `${"O".repeat(32)}-${Number.MAX_SAFE_INTEGER}-100`, unitId: Number.MAX_SAFE_INTEGER };
  const widest = { code: `${"O".repeat(13)}-123456789012345-10`, editionId: Number.MAX_SAFE_INTEGER };
  for (const customer of [...names, null]) {
    for (const product of [...names, "Ostsee / Süd", "100 %", `${"a".repeat(39)}é b`]) {
      for (const more of [longest, widest, {}]) {
        const name = nameOf(customer, product, `v${"1._-".repeat(7)}2`, more);
        assert.match(name, /^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+\.zip$/, `${customer} ${product}`);
        assert.ok(name.length <= 100, name);
      }
    }
  }
});

test("of the customer there is nothing but what stands before the @", () => {
  assert.equal(nameOf("ada@lovelace.example.com", "Chart", "1"), "ada-Chart_FR4711-15-1_1.zip");
  assert.equal(nameOf("船長@example.com", "Chart", "1"), "customer-Chart_FR4711-15-1_1.zip");
  assert.equal(nameOf(null, "Балтика", "1"), "customer_FR4711-15-1_1.zip");
});

test("whatever differs in the unit or the edition differs in the name, also where no case is known", () => {
  const editions = ["2017-1", "2017.1", "2017_1", "2017--1", "2017-A", "2017-a", `${"1".repeat(21)}2`, "1".repeat(20)];
  const codes = ["A-15-1", "A-15-2", "A-16-1", "B-15-1", `${"C".repeat(32)}-15-1`, `${"C".repeat(32)}-15-2`];
  const all = codes.flatMap((code, unit) =>
    editions.map((edition, index) =>
      nameOf("a@example.com", "The same", edition, { code, unitId: unit + 1, editionId: index + 1 }).toLowerCase(),
    ),
  );
  assert.equal(new Set(all).size, codes.length * editions.length);
});
