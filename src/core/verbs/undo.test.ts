import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("the use of a ticket is given back and can be used again, once", () => {
  playTable(`
    at    | command               | log                                          | outcome
    08:00 | create 1              | product_created 1                            | ok
          | issue 1 100           | entitlement_issued 100#1                     | ok
          | undo 1 100            |                                              | use_not_found
    09:00 | redeem 1 100          | entitlement_redeemed 100#1                   | ok
    09:01 | undo 1 100            | entitlement_use_undone 100#1                 | ok redeemed=none spent=0
          | uses                  |                                              | 1 entry 09:00 undone
          | undo 1 100            |                                              | use_not_found
    09:02 | redeem 1 100          | entitlement_redeemed 100#1                   | ok redeemed=09:02 spent=1
          | redeem 1 100          | entitlement_redeemed 100#1: already_redeemed | already_redeemed
          | uses                  |                                              | 1 entry 09:00 undone; 2 entry 09:02
  `);
});

test("an offline scan that was taken back does not come back to life when it is reported again", () => {
  playTable(`
    at    | command                             | log                                 | outcome
    08:00 | create 1                            | product_created 1                   | ok
          | issue 1 100                         | entitlement_issued 100#1            | ok
    09:00 | redeem 1 100 by=key:1 scanned=08:30 | entitlement_redeemed 100#1 at 08:30 | ok
          | undo 1 100                          | entitlement_use_undone 100#1        | ok
          | redeem 1 100 by=key:1 scanned=08:30 |                                     | ok spent=0 redeemed=none
          | redeem 1 100                        | entitlement_redeemed 100#1          | ok spent=1
  `);
});

test("a use is named by its number, or it is the latest that counts; what was refused for it may count then", () => {
  playTable(`
    at    | command                             | log                                             | outcome
    08:00 | create 1                            | product_created 1                               | ok
          | terms 1 uses=2                      |                                                 |
          | issue 1 100                         | entitlement_issued 100#1                        | ok
    09:00 | redeem 1 100                        | entitlement_redeemed 100#1                      | ok
    09:10 | redeem 1 100                        | entitlement_redeemed 100#1                      | ok
    09:30 | redeem 1 100 by=key:1 scanned=09:20 | entitlement_redeemed 100#1 at 09:20: uses_short | uses_short
          | undo 1 100 number=3                 |                                                 | use_not_found
          | undo 1 100 number=1                 | entitlement_use_undone 100#1                    | ok redeemed=09:10 spent=2
          | uses                                |                                                 | 1 entry 09:00 undone; 2 entry 09:10; 3 entry 09:20
          | undo 1 100                          | entitlement_use_undone 100#1                    | ok redeemed=09:10 spent=1
          | undo 1 100                          | entitlement_use_undone 100#1                    | ok redeemed=none spent=0
  `);
});

test("an exit that is taken back leaves its holder inside", () => {
  playTable(`
    at    | command          | log                                        | outcome
    08:00 | create 1         | product_created 1                          | ok
          | terms 1 uses=any exits=yes |                                  |
          | issue 1 100      | entitlement_issued 100#1                   | ok
    09:00 | redeem 1 100     | entitlement_redeemed 100#1                 | ok
    09:10 | redeem 1 100 out | entitlement_redeemed 100#1                 | ok inside=false
          | undo 1 100       | entitlement_use_undone 100#1               | ok inside=true
          | redeem 1 100     | entitlement_redeemed 100#1: already_inside | already_inside
  `);
});

test("today's use that is taken back is yesterday's again for the count of the day", () => {
  playTable(`
    at    | command        | log                                                | outcome
    08:00 | create 1       | product_created 1                                  | ok
          | terms 1 per=day zone=Europe/Helsinki |                              |
          | issue 1 100    | entitlement_issued 100#1                           | ok
    20:00 | redeem 1 100   | entitlement_redeemed 100#1                         | ok
    21:00 | redeem 1 100   | entitlement_redeemed 100#1                         | ok
    21:01 | undo 1 100     | entitlement_use_undone 100#1                       | ok spent=1
          | redeem 1 100   | entitlement_redeemed 100#1                         | ok spent=2
          | redeem 1 100   | entitlement_redeemed 100#1: already_redeemed_today | already_redeemed_today
  `);
});

test("it needs a reason, and neither a retired product nor a revoked entitlement gives a use back", () => {
  playTable(`
    at    | command              | log                       | outcome
    08:00 | create 1             | product_created 1         | ok
          | issue 1 100          | entitlement_issued 100#1  | ok
          | issue 1 200          | entitlement_issued 200#2  | ok
          | redeem 1 100         | entitlement_redeemed 100#1 | ok
          | redeem 1 200         | entitlement_redeemed 200#2 | ok
          | undo 1 100 reason='' |                           | text_invalid
          | undo 2 100           |                           | product_not_found
          | undo 1 999           |                           | entitlement_not_found
          | revoke 1 200         | entitlement_revoked 200#2 | ok
          | undo 1 200           |                           | entitlement_revoked
          | retire 1             | product_retired 1         | ok
          | undo 1 100           |                           | product_retired
  `);
});
