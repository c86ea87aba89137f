import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { playTable } from "../../../tests/support/rule-table.ts";
import { entitlements, newEntitlement } from "../entitlement.ts";
import { metadataKeyLengthMax, metadataKeysMax, metadataValueLengthMax } from "../metadata.ts";
import { newProduct, products } from "../product.ts";
import { put } from "../state.ts";

test("an entitlement gets a start and an end of its own, within the time of its product", () => {
  playTable(`
    at    | command                               | log                                             | outcome
    08:00 | create 1 starts=09:00 ends=20:00      | product_created 1                               | ok
          | issue 1 100                           | entitlement_issued 100#1                        | ok
          | extend 1 100 starts=12:00             | entitlement_extended 100#1                      | ok begins=12:00 expires=none
          | extend 1 100 expires=23:00            | entitlement_extended 100#1                      | ok begins=12:00 expires=23:00
          | extend 1 100 expires=23:00            |                                                 | ok begins=12:00 expires=23:00
          | extend 1 100 expires=11:59            |                                                 | period_reversed
    11:00 | redeem 1 100                          | entitlement_redeemed 100#1: not_yet_valid       | not_yet_valid
    21:00 | redeem 1 100                          | entitlement_redeemed 100#1: no_longer_valid     | no_longer_valid
          | extend 1 100 starts=none expires=none | entitlement_extended 100#1                      | ok begins=none expires=none
  `);
});

test("a suspended entitlement can be extended, a revoked one and one of a retired product cannot", () => {
  playTable(`
    at    | command                    | log                         | outcome
    08:00 | create 1                   | product_created 1           | ok
          | issue 1 100                | entitlement_issued 100#1    | ok
          | issue 1 200                | entitlement_issued 200#2    | ok
          | suspend 1 100              | entitlement_suspended 100#1 | ok
          | extend 1 100 expires=12:00 | entitlement_extended 100#1  | ok expires=12:00
          | revoke 1 100               | entitlement_revoked 100#1   | ok
          | extend 1 100 expires=13:00 |                             | entitlement_revoked
          | retire 1                   | product_retired 1           | ok
          | extend 1 200 expires=13:00 |                             | product_retired
  `);
});

test("terms of one entitlement change one by one, and the same again changes nothing", () => {
  playTable(`
    at    | command                                      | log                          | outcome
    08:00 | create 1                                     | product_created 1            | ok
          | issue 1 100                                  | entitlement_issued 100#1     | ok
          | note 1 100 uses=10                           | entitlement_changed 100#1    | ok usesMax=10 orderReference=none
          | note 1 100 reference=A-17 attention=Allergic | entitlement_changed 100#1    | ok usesMax=10 orderReference=A-17 note=Allergic
          | note 1 100 meta.seat=12 meta.row=C           | entitlement_changed 100#1    | ok meta=seat:12,row:C orderReference=A-17
          | note 1 100 meta.row=C meta.seat=12           |                              | ok
          | note 1 100 meta.row=D                        | entitlement_changed 100#1    | ok meta=row:D
          | note 1 100 meta=none uses=none               | entitlement_changed 100#1    | ok meta=none usesMax=none
          | note 1 100 uses=0                            |                              | uses_invalid
          | note 1 100 uses=1.5                          |                              | uses_invalid
          | revoke 1 100                                 | entitlement_revoked 100#1    | ok
          | note 1 100 reference=none                    | entitlement_changed 100#1    | ok orderReference=none
  `);
});

test("metadata, references and notes have limits", () => {
  const state = new MemoryState();
  const nowMs = 0;
  const terms = { id: 1, productId: 1, code: "100", customer: null, inStock: false, issuedAtMs: nowMs };
  state.apply([
    put(products, newProduct({ id: 1, kind: "event", name: "Gala", createdAtMs: nowMs })),
    put(entitlements, newEntitlement(terms)),
  ]);
  const resultOf = (change: object) => {
    const command = { verb: "change_entitlement", productId: 1, code: "100", ...change } as const;
    const { outcome } = decideStrictly(state, command, { nowMs, principal: anybody, address: null });
    return outcome.ok ? "ok" : outcome.refusal;
  };
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`key ${at}`, ""]));
  assert.equal(resultOf({ metadata: many(metadataKeysMax) }), "ok");
  assert.equal(resultOf({ metadata: many(metadataKeysMax + 1) }), "text_invalid");
  assert.equal(
    resultOf({ metadata: { ["k".repeat(metadataKeyLengthMax)]: "v".repeat(metadataValueLengthMax) } }),
    "ok",
  );
  assert.equal(resultOf({ metadata: { ["k".repeat(metadataKeyLengthMax + 1)]: "" } }), "text_invalid");
  assert.equal(resultOf({ metadata: { key: "v".repeat(metadataValueLengthMax + 1) } }), "text_invalid");
  assert.equal(resultOf({ metadata: { "": "v" } }), "text_invalid");
  assert.equal(resultOf({ reference: " " }), "text_invalid");
  assert.equal(resultOf({ reference: "r".repeat(255) }), "ok");
  assert.equal(resultOf({ reference: "r".repeat(256) }), "text_invalid");
  assert.equal(resultOf({ attention: "n".repeat(500) }), "ok");
  assert.equal(resultOf({ attention: "n".repeat(501) }), "text_invalid");
});
