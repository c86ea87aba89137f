import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a revoked entitlement gives its place back once, and revoking it again is a success that changes nothing", () => {
  playTable(`
    at    | command      | log                       | outcome
    08:00 | create 1     | product_created 1         | ok
          | issue 1 100  | entitlement_issued 100#1  | ok
          | issue 1 200  | entitlement_issued 200#2  | ok issued=2
    09:00 | revoke 1 100 | entitlement_revoked 100#1 | ok code=100 revoked=09:00 issued=1
    10:00 | revoke 1 100 |                           | ok code=100 revoked=09:00 issued=1
          | show 1       |                           | issued=1
  `);
});

test("a spent entitlement can be revoked and keeps its redemption", () => {
  playTable(`
    at    | command               | log                        | outcome
    08:00 | create 1              | product_created 1          | ok
          | issue 1 100           | entitlement_issued 100#1   | ok
    09:00 | redeem 1 100 by=key:1 | entitlement_redeemed 100#1 | ok
    10:00 | revoke 1 100          | entitlement_revoked 100#1  | ok redeemed=09:00 redeemedBy=key:1 revoked=10:00
  `);
});

test("a spent entitlement that is revoked keeps its place, since its holder is inside", () => {
  playTable(`
    at    | command               | log                        | outcome
    08:00 | create 1 capacity=2   | product_created 1          | ok
          | issue 1 100           | entitlement_issued 100#1   | ok
          | issue 1 200           | entitlement_issued 200#2   | ok issued=2
    09:00 | redeem 1 100 by=key:1 | entitlement_redeemed 100#1 | ok
    10:00 | revoke 1 100          | entitlement_revoked 100#1  | ok issued=2
          | revoke 1 100          |                            | ok issued=2
          | issue 1 300           |                            | capacity_reached
          | change 1 capacity=1   |                            | capacity_below_issued
          | revoke 1 200          | entitlement_revoked 200#2  | ok issued=1
          | issue 1 300           | entitlement_issued 300#3   | ok issued=2
  `);
});

test("a code that is unknown or of another product is not revoked", () => {
  playTable(`
    at    | command       | log                      | outcome
    08:00 | revoke 1 100  |                          | product_not_found
          | create 1      | product_created 1        | ok
          | create 2      | product_created 2        | ok
          | issue 2 100   | entitlement_issued 100#1 | ok
          | revoke 1 100  |                          | entitlement_not_found
          | revoke 1 999  |                          | entitlement_not_found
          | show code 100 |                          | revoked=none
  `);
});

test("an entitlement can be revoked before and after its product's time", () => {
  playTable(`
    at    | command                          | log                       | outcome
    08:00 | create 1 starts=18:00 ends=23:00 | product_created 1         | ok
          | issue 1 100                      | entitlement_issued 100#1  | ok
          | issue 1 200                      | entitlement_issued 200#2  | ok
          | revoke 1 100                     | entitlement_revoked 100#1 | ok
    23:30 | revoke 1 200                     | entitlement_revoked 200#2 | ok
  `);
});

test("the category of a revoked entitlement gets its place back too, unless it was used", () => {
  playTable(`
    at    | command                                | log                        | outcome
    08:00 | create 1 categories=adult:2            | product_created 1          | ok
          | issue 1 100 category=adult             | entitlement_issued 100#1   | ok
          | issue 1 200 category=adult             | entitlement_issued 200#2   | ok categories=adult:2/2
          | redeem 1 200                           | entitlement_redeemed 200#2 | ok
          | revoke 1 200                           | entitlement_revoked 200#2  | ok issued=2 categories=adult:2/2
          | revoke 1 100                           | entitlement_revoked 100#1  | ok issued=1 categories=adult:1/2
          | revoke 1 100                           |                            | ok issued=1 categories=adult:1/2
  `);
});
