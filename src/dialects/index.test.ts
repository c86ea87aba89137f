import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLines } from "./command-lines.ts";
import { dialects } from "./index.ts";

/** Values that belong to one dialect each. */
const unique: Record<string, readonly string[]> = {
  name: dialects.map(({ name }) => name),
  prefix: dialects.flatMap(({ prefixes }) => prefixes.map((prefix) => prefix.toLowerCase())),
  "kind of product": dialects.flatMap(({ productKinds = [] }) => productKinds.map(({ kind }) => kind)),
  setting: dialects.flatMap(({ settings }) => settings.map(({ name }) => name)),
  task: dialects.flatMap(({ tasks = [] }) => tasks.map(({ name }) => name)),
  "code format": dialects.flatMap(({ codeFormats = [] }) => codeFormats.map(({ name }) => name)),
  "kind that is packed": dialects.flatMap(({ packageFormats = [] }) => packageFormats.map(({ kind }) => kind)),
  "kind that is delivered": dialects.flatMap(({ deliveryFormats = [] }) => deliveryFormats.map(({ kind }) => kind)),
};

for (const [what, all] of Object.entries(unique)) {
  test(`no ${what} is that of two dialects`, () => {
    assert.ok(all.length > 0);
    assert.deepEqual(all, [...new Set(all)]);
  });
}

test("a dialect packs editions of kinds that one of the dialects sells", () => {
  const sold = dialects.flatMap(({ productKinds = [] }) => productKinds.map(({ kind }) => kind));
  for (const { packageFormats = [] } of dialects)
    for (const { kind } of packageFormats) assert.ok(sold.includes(kind), kind);
});

test("names and kinds of products are words that the database takes, and a dialect delivers only what it sells", () => {
  for (const { name, productKinds = [], deliveryFormats = [], settings } of dialects) {
    const kinds = productKinds.map(({ kind }) => kind);
    for (const word of [name, ...kinds]) assert.match(word, /^[a-z][a-z0-9_]{0,31}$/);
    for (const { kind } of deliveryFormats) assert.ok(kinds.includes(kind), kind);
    for (const { isNameOf } of settings) assert.ok(isNameOf === undefined || kinds.includes(isNameOf), isNameOf);
  }
});

test("settings of a dialect have its name in front, or that of its mails", () => {
  for (const dialect of dialects) {
    for (const { name } of dialect.settings) assert.match(name, new RegExp(`^(?:${dialect.name}|mail)\\.[a-zA-Z]+$`));
  }
});

test("the command line knows every dialect, in the same order", () => {
  const own = ["productKinds", "settings", "commands", "sample", "adviseAtStart"] as const;
  assert.equal(commandLines.length, dialects.length);
  commandLines.forEach((one, at) => {
    for (const name of own) assert.equal(one[name], dialects[at]?.[name], `${dialects[at]?.name}: ${name}`);
  });
});
