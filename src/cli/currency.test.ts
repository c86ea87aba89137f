import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../tests/support/app.ts";
import { openTerminal } from "../../tests/support/terminal.ts";

test("currencies are added, listed with their rates, and given other rates", async (t) => {
  const { run, refused } = openTerminal(await startTestApp(t));
  assert.deepEqual(await run("currency", "list"), ["EUR  default"]);
  assert.deepEqual(await run("currency", "add", "usd", "--rate", "1.080"), ["USD  1.08 make 1 EUR"]);
  assert.deepEqual(await run("currency", "set", "USD", "--rate", "1.1"), ["USD  1.1 make 1 EUR"]);
  assert.deepEqual(await run("currency", "list"), ["EUR  default", "USD  1.1 make 1 EUR"]);

  const cases: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [["add", "USD", "--rate", "2"], /^There is USD already\. "counterfoil currency set" changes its rate\.$/],
    [["add", "EUR", "--rate", "2"], /^There is EUR already/],
    [["set", "EUR", "--rate", "2"], /^EUR is the default/],
    [["default", "GBP"], /^The organization does not have GBP/],
    [["set", "GBP", "--rate", "2"], /^The organization does not have GBP\. "counterfoil currency add GBP --rate RATE"/],
    [["add", "XYZ", "--rate", "2"], /^"XYZ" is no currency/],
    [["add", "GBP", "--rate", "0"], /^--rate "0" is no rate/],
    [["add", "GBP", "--rate", "1,08"], /^--rate "1,08" is no rate/],
  ];
  for (const [words, sentence] of cases) assert.match(await refused("currency", ...words), sentence);
  assert.deepEqual(await run("currency", "list"), ["EUR  default", "USD  1.1 make 1 EUR"]);

  assert.deepEqual(await run("currency", "default", "usd"), ["EUR  0.909090909 make 1 USD", "USD  default"]);
  assert.deepEqual(await run("currency", "default", "EUR"), ["EUR  default", "USD  1.1 make 1 EUR"]);
});
