import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEditionNumber, isSameEdition, readEditionNumber } from "./edition-number.ts";

test("a number is read in today's form and in the one before, and written in today's", () => {
  const forms = [
    ["2026/1-29", "2026/1-29"],
    ["2026/0-0", "2026/0-0"],
    ["2026/99-99", "2026/99-99"],
    ["2017-2", "2017/2-0"],
  ] as const;
  for (const [name, written] of forms) {
    const number = readEditionNumber(name);
    assert.equal(number && formatEditionNumber(number), written);
  }
});

test("any other name has no number", () => {
  const names = [
    "",
    "2026",
    "2026/1",
    "1-29",
    "1999/1-1",
    "2026/1-100",
    "2026/01-1",
    "2026/1-29 ",
    "x2026/1-29",
    "2017-02",
  ];
  for (const name of names) assert.equal(readEditionNumber(name), undefined, name);
});

test("editions are the same apart from the update", () => {
  const number = { year: 2026, edition: 1, update: 2 };
  assert.ok(isSameEdition(number, { ...number, update: 9 }));
  assert.ok(!isSameEdition(number, { ...number, edition: 2 }));
  assert.ok(!isSameEdition(number, { ...number, year: 2025 }));
});
