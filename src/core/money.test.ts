import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  convert,
  decimalsOf,
  divideRounded,
  formatMoney,
  formatRate,
  isCurrency,
  parseMoney,
  parseRate,
  rateUnit,
  withoutTax,
} from "./money.ts";

const eur = (minor: bigint) => ({ minor, currency: "EUR" });

test("currencies have the decimals that ISO 4217 gives them", () => {
  assert.deepEqual(["EUR", "JPY", "KWD"].map(decimalsOf), [2, 0, 3]);
  assert.deepEqual(["EUR", "eur", "XXQ", ""].map(isCurrency), [true, false, false, false]);
});

test("amounts are written as plain decimals with a point and no separators", () => {
  const rows: [bigint, string, string][] = [
    [1000n, "EUR", "10.00"],
    [5n, "EUR", "0.05"],
    [-5n, "EUR", "-0.05"],
    [123456789012n, "EUR", "1234567890.12"],
    [12n, "JPY", "12"],
    [1n, "KWD", "0.001"],
    [0n, "EUR", "0.00"],
  ];
  for (const [minor, currency, text] of rows) assert.equal(formatMoney({ minor, currency }), text);
});

test("what is written is read back as it was, whatever the amount", () => {
  const minors = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
  fc.assert(
    fc.property(minors, fc.constantFrom("EUR", "JPY", "KWD"), (minor, currency) => {
      assert.deepEqual(parseMoney(formatMoney({ minor, currency }), currency), { minor, currency });
    }),
  );
});

test("an amount that cannot be read is no amount", () => {
  for (const text of ["", ".", "1,00", "1e3", "0x1", "1.001", "--1", "1 0", "NaN", "١", "1".repeat(16)]) {
    assert.equal(parseMoney(text, "EUR"), undefined, text);
  }
  assert.deepEqual(parseMoney(" 12.400 ", "EUR"), eur(1240n));
  assert.deepEqual(parseMoney("7.", "EUR"), eur(700n));
});

test("halves are rounded away from zero", () => {
  assert.deepEqual(
    [divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(4n, 3n), divideRounded(0n, 7n)],
    [3n, -3n, 1n, 0n],
  );
});

test("tax comes off: 12.40 with 24 % is 10.00 without", () => {
  assert.deepEqual(withoutTax(eur(1240n), 240_000), eur(1000n));
  assert.deepEqual(withoutTax(eur(1240n), 0), eur(1240n));
});

test("an amount is converted by rates that say how many make one of the default", () => {
  const usd = (rateUnit * 108n) / 100n;
  assert.deepEqual(convert(eur(1000n), rateUnit, usd, "USD"), { minor: 1080n, currency: "USD" });
  assert.deepEqual(convert({ minor: 1080n, currency: "USD" }, usd, rateUnit, "EUR"), eur(1000n));
  assert.deepEqual(convert(eur(1000n), rateUnit, 160n * rateUnit, "JPY"), { minor: 1600n, currency: "JPY" });
  assert.deepEqual(convert({ minor: 1600n, currency: "JPY" }, 160n * rateUnit, rateUnit, "EUR"), eur(1000n));
});

test("a rate is a positive decimal of at most nine places, and is written as it was read", () => {
  for (const text of ["1", "1.08", "0.000000001", "161.5", "99999999999.999999999"]) {
    assert.equal(formatRate(parseRate(text) ?? 0n), text);
  }
  assert.equal(parseRate(" 1.0800000000000 "), 1_080_000_000n);
  for (const text of ["", "0", "0.0", "-1", "1e3", "1,08", ".5", "1.0000000001", "100000000000", "x"]) {
    assert.equal(parseRate(text), undefined, text);
  }
});
