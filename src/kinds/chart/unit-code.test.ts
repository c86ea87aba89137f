import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOfUnit, isOrder, orderLengthMax, unitOfCode } from "./unit-code.ts";

test("a unit of an order has one code, and the code tells the unit", () => {
  const unit = { order: "GBLAQPDMG", productId: 15, quantityId: 1 };
  assert.equal(codeOfUnit(unit), "GBLAQPDMG-15-1");
  assert.deepEqual(unitOfCode("GBLAQPDMG-15-1"), unit);
  assert.deepEqual(unitOfCode("a1-2-30"), { order: "a1", productId: 2, quantityId: 30 });
});

test("whatever is no code of a unit tells none", () => {
  for (const code of [
    "",
    "GBLAQPDMG",
    "GBLAQPDMG-15",
    "GBLAQPDMG-15-",
    "-15-1",
    "A-B-15-1",
    "A-x-1",
    "A-1-x",
    "A-15-1 ",
    "Ä-1-1",
  ]) {
    assert.equal(unitOfCode(code), undefined, code);
  }
});

test("every order that can be called so has a code for its units that tells them again", () => {
  for (const order of ["A", "0", "x".repeat(orderLengthMax)]) {
    assert.ok(isOrder(order), order);
    assert.deepEqual(unitOfCode(codeOfUnit({ order, productId: 1, quantityId: 2 })), {
      order,
      productId: 1,
      quantityId: 2,
    });
  }
  for (const order of ["", "x".repeat(orderLengthMax + 1), "A-1", "A 1", "É", "A\n"]) {
    assert.ok(!isOrder(order), JSON.stringify(order));
  }
});
