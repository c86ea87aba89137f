import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a product of which nothing was ever issued is deleted without a line of the log", () => {
  playTable(`
    at    | command  | log               | outcome
    09:00 | create 1 | product_created 1 | ok
          | retire 1 |                   | ok deleted=true
          | show 1   |                   | missing
          | retire 1 |                   | product_not_found
  `);
});

test("a product of which something was issued is kept, also when all of it was revoked", () => {
  playTable(`
    at    | command      | log                       | outcome
    09:00 | create 1     | product_created 1         | ok
          | issue 1 100  | entitlement_issued 100#1  | ok everIssued=true
          | revoke 1 100 | entitlement_revoked 100#1 | ok issued=0 everIssued=true
    10:00 | retire 1     | product_retired 1         | ok deleted=false
          | show 1       |                           | retired=10:00 issued=0
    11:00 | retire 1     |                           | product_not_found
          | show 1       |                           | retired=10:00
  `);
});

test("a retired product neither sells nor admits, but its entitlements can still be revoked", () => {
  playTable(`
    at    | command       | log                                         | outcome
    09:00 | create 1      | product_created 1                           | ok
          | issue 1 100   | entitlement_issued 100#1                    | ok
          | retire 1      | product_retired 1                           | ok
          | issue 1 200   |                                             | product_retired
          | redeem 1 100  | entitlement_redeemed 100#1: product_retired | product_retired
          | show code 100 |                                             | redeemed=none
          | revoke 1 100  | entitlement_revoked 100#1                   | ok issued=0
  `);
});

test("an unknown product cannot be retired", () => {
  playTable(`
    at    | command  | log | outcome
    09:00 | retire 1 |     | product_not_found
  `);
});
