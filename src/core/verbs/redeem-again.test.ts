import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a ticket of ten rides is honoured ten times, and a count is honoured whole or not at all", () => {
  playTable(`
    at    | command              | log                                    | outcome
    08:00 | create 1             | product_created 1                      | ok
          | terms 1 uses=10      |                                        |
          | issue 1 100          | entitlement_issued 100#1               | ok
    09:00 | redeem 1 100 by=key:3 ip=192.0.2.1 | entitlement_redeemed 100#1 | ok spent=1 redeemed=09:00 redeemedBy=key:3
    09:01 | redeem 1 100 count=7 | entitlement_redeemed 100#1             | ok spent=8 redeemed=09:00
    09:02 | redeem 1 100 count=3 | entitlement_redeemed 100#1: uses_short | uses_short
          | redeem 1 100 count=2 | entitlement_redeemed 100#1             | ok spent=10
          | redeem 1 100         | entitlement_redeemed 100#1: uses_short | uses_short
          | uses                 |                                        | 1 entry 09:00; 2 entry of 7 09:01; 3 entry of 2 09:02
          | conflicts            |                                        | none
  `);
});

test("an entitlement with its own number of uses has no use for that of its product", () => {
  playTable(`
    at    | command      | log                                          | outcome
    08:00 | create 1     | product_created 1                            | ok
          | issue 1 100  | entitlement_issued 100#1                     | ok
          | issue 1 200  | entitlement_issued 200#2                     | ok
          | own 100 uses=2 |                                            |
          | redeem 1 100 | entitlement_redeemed 100#1                   | ok
          | redeem 1 100 | entitlement_redeemed 100#1                   | ok
          | redeem 1 100 | entitlement_redeemed 100#1: uses_short       | uses_short
          | redeem 1 200 count=2 | entitlement_redeemed 200#2: uses_short | uses_short
          | redeem 1 200 | entitlement_redeemed 200#2                   | ok
          | redeem 1 200 | entitlement_redeemed 200#2: already_redeemed | already_redeemed
  `);
});

test("once a day begins anew at midnight in the product's time zone, not in UTC", () => {
  playTable(`
    at    | command        | log                                                | outcome
    08:00 | create 1       | product_created 1                                  | ok
          | terms 1 per=day zone=Europe/Helsinki |                              |
          | issue 1 100    | entitlement_issued 100#1                           | ok
          | redeem 1 100   | entitlement_redeemed 100#1                         | ok
    20:59:59.999 | redeem 1 100 | entitlement_redeemed 100#1: already_redeemed_today | already_redeemed_today
    21:00 | redeem 1 100   | entitlement_redeemed 100#1                         | ok spent=2
    21:01 | redeem 1 100   | entitlement_redeemed 100#1: already_redeemed_today | already_redeemed_today
  `);
});

test("of three uses a day the last two cannot be taken as three", () => {
  playTable(`
    at    | command              | log                                                | outcome
    08:00 | create 1             | product_created 1                                  | ok
          | terms 1 uses=3 per=day |                                                  |
          | issue 1 100          | entitlement_issued 100#1                           | ok
          | redeem 1 100         | entitlement_redeemed 100#1                         | ok
          | redeem 1 100 count=3 | entitlement_redeemed 100#1: uses_short             | uses_short
          | redeem 1 100 count=2 | entitlement_redeemed 100#1                         | ok
          | redeem 1 100         | entitlement_redeemed 100#1: already_redeemed_today | already_redeemed_today
  `);
});

test("where a product asks for exits, entries and exits alternate, as often as one likes", () => {
  playTable(`
    at    | command                | log                                        | outcome
    08:00 | create 1               | product_created 1                          | ok
          | terms 1 uses=any exits=yes |                                        |
          | issue 1 100            | entitlement_issued 100#1                   | ok
          | redeem 1 100 out       | entitlement_redeemed 100#1: not_inside     | not_inside
    09:00 | redeem 1 100           | entitlement_redeemed 100#1                 | ok inside=true
    09:01 | redeem 1 100           | entitlement_redeemed 100#1: already_inside | already_inside
    09:02 | redeem 1 100 out       | entitlement_redeemed 100#1                 | ok inside=false spent=1
    09:03 | redeem 1 100 out       | entitlement_redeemed 100#1: not_inside     | not_inside
          | redeem 1 100           | entitlement_redeemed 100#1                 | ok inside=true spent=2 redeemed=09:00
          | uses                   |                                            | 1 entry 09:00; 2 exit 09:02; 3 entry 09:03
  `);
});

test("the holder of two entries that are spent may still leave", () => {
  playTable(`
    at    | command                   | log                                    | outcome
    08:00 | create 1                  | product_created 1                      | ok
          | terms 1 uses=1 exits=yes  |                                        |
          | issue 1 100               | entitlement_issued 100#1               | ok
          | redeem 1 100              | entitlement_redeemed 100#1             | ok
          | redeem 1 100 out          | entitlement_redeemed 100#1             | ok
          | redeem 1 100              | entitlement_redeemed 100#1: already_redeemed | already_redeemed
  `);
});

test("an exit of a product that asks for none is refused, and so is a count that is no number", () => {
  playTable(`
    at    | command              | log                                           | outcome
    08:00 | create 1             | product_created 1                             | ok
          | issue 1 100          | entitlement_issued 100#1                      | ok
          | redeem 1 100 out     | entitlement_redeemed 100#1: direction_invalid | direction_invalid
          | redeem 1 100 count=0 | entitlement_redeemed 100#1: quantity_invalid  | quantity_invalid
          | redeem 1 100 count=1.5 | entitlement_redeemed 100#1: quantity_invalid | quantity_invalid
  `);
});

test("a suspended entitlement and one of a category that the gate does not admit are refused until that is over", () => {
  playTable(`
    at    | command                         | log                                               | outcome
    08:00 | create 1                        | product_created 1                                 | ok
          | issue 1 100                     | entitlement_issued 100#1                          | ok
          | redeem 1 100 admits=adult       | entitlement_redeemed 100#1: category_elsewhere    | category_elsewhere
          | own 100 category=child suspended=08:00 |                                            |
          | redeem 1 100 admits=adult       | entitlement_redeemed 100#1: entitlement_suspended | entitlement_suspended
          | own 100                         |                                                   |
          | redeem 1 100 admits=adult       | entitlement_redeemed 100#1: category_elsewhere    | category_elsewhere
          | redeem 1 100 admits=adult,child | entitlement_redeemed 100#1                        | ok
  `);
});

test("a late scan takes its place by its time, and the last use loses the place that it had", () => {
  playTable(`
    at    | command                             | log                                             | outcome
    08:00 | create 1                            | product_created 1                               | ok
          | terms 1 uses=2                      |                                                 |
          | issue 1 100                         | entitlement_issued 100#1                        | ok
    09:00 | redeem 1 100                        | entitlement_redeemed 100#1                      | ok
    10:00 | redeem 1 100                        | entitlement_redeemed 100#1                      | ok
    11:00 | redeem 1 100 by=key:2 scanned=08:30 | entitlement_redeemed 100#1 at 08:30             | ok spent=2 redeemed=08:30
          | uses                                |                                                 | 3 entry 08:30; 1 entry 09:00; 2 entry 10:00 uses_short
          | redeem 1 100 by=key:2 scanned=10:30 | entitlement_redeemed 100#1 at 10:30: uses_short | uses_short
          | uses                                |                                                 | 3 entry 08:30; 1 entry 09:00; 2 entry 10:00 uses_short; 4 entry 10:30 uses_short
  `);
});

test("an exit that becomes known late mends the conflict of the entry after it", () => {
  playTable(`
    at    | command                                 | log                                                 | outcome
    08:00 | create 1                                | product_created 1                                   | ok
          | terms 1 uses=any exits=yes              |                                                     |
          | issue 1 100                             | entitlement_issued 100#1                            | ok
    09:00 | redeem 1 100                            | entitlement_redeemed 100#1                          | ok
    11:00 | redeem 1 100 by=key:2 scanned=10:00     | entitlement_redeemed 100#1 at 10:00: already_inside | already_inside
          | uses                                    |                                                     | 1 entry 09:00; 2 entry 10:00 already_inside
          | redeem 1 100 out by=key:1 scanned=09:30 | entitlement_redeemed 100#1 at 09:30                 | ok inside=true spent=2
          | uses                                    |                                                     | 1 entry 09:00; 3 exit 09:30; 2 entry 10:00
          | redeem 1 100 by=key:2 scanned=10:00     |                                                     | already_inside
  `);
});

test("a scan that is reported again is answered as the first time, and nothing is written", () => {
  playTable(`
    at    | command                             | log                                                | outcome
    08:00 | create 1                            | product_created 1                                  | ok
          | terms 1 uses=1 per=day              |                                                    |
          | issue 1 100                         | entitlement_issued 100#1                           | ok
    10:00 | redeem 1 100 by=key:1 scanned=09:00 | entitlement_redeemed 100#1 at 09:00                | ok
          | redeem 1 100 by=key:2 scanned=08:30 | entitlement_redeemed 100#1 at 08:30                | ok
          | redeem 1 100 by=key:1 scanned=09:00 |                                                    | ok
          | redeem 1 100 by=key:3 scanned=09:10 | entitlement_redeemed 100#1 at 09:10: already_redeemed_today | already_redeemed_today
          | redeem 1 100 by=key:3 scanned=09:10 |                                                    | already_redeemed_today
          | uses                                |                                                    | 2 entry 08:30; 1 entry 09:00 already_redeemed_today; 3 entry 09:10 already_redeemed_today
  `);
});

test("a late scan outside of the time, or of another reason than uses, is kept and takes no use", () => {
  playTable(`
    at    | command                             | log                                                         | outcome
    08:00 | create 1 starts=09:00               | product_created 1                                           | ok
          | terms 1 uses=2                      |                                                             |
          | issue 1 100                         | entitlement_issued 100#1                                    | ok
    10:00 | redeem 1 100 by=key:1 scanned=08:30 | entitlement_redeemed 100#1 at 08:30: not_yet_valid          | not_yet_valid
          | redeem 1 100 by=key:1 scanned=11:00 | entitlement_redeemed 100#1: occurred_at_impossible          | occurred_at_impossible
          | redeem 1 100 by=key:1 scanned=11:00 |                                                             | occurred_at_impossible
          | show code 100                       |                                                             | spent=0 redeemed=none
          | change 1 starts=08:00               | product_changed 1                                           | ok
          | redeem 1 100 by=key:1 scanned=08:30 | entitlement_redeemed 100#1 at 08:30                         | ok spent=1 redeemed=08:30
          | uses                                |                                                             | 1 entry 08:30; 2 entry 10:00 occurred_at_impossible
  `);
});

test("a ticket that was honoured once becomes one of many uses with its product, and its use is the first of them", () => {
  playTable(`
    at    | command                             | log                                          | outcome
    08:00 | create 1                            | product_created 1                            | ok
          | issue 1 100                         | entitlement_issued 100#1                     | ok
    09:00 | redeem 1 100 by=key:1               | entitlement_redeemed 100#1                   | ok
    09:10 | redeem 1 100 by=key:2 scanned=09:05 | entitlement_redeemed 100#1 at 09:05: already_redeemed | already_redeemed
          | terms 1 uses=2                      |                                              |
          | redeem 1 100 by=key:1 scanned=09:00 |                                              | ok
          | redeem 1 100 by=key:2 scanned=09:05 |                                              | already_redeemed
    09:20 | redeem 1 100                        | entitlement_redeemed 100#1                   | ok spent=2 redeemed=09:00
          | uses                                |                                              | 1 entry 09:00; 2 entry 09:20
          | redeem 1 100                        | entitlement_redeemed 100#1: uses_short       | uses_short
  `);
});

test("an online scan comes after the uses that are known, also when the clock went back", () => {
  playTable(`
    at    | command          | log                        | outcome
    08:00 | create 1         | product_created 1          | ok
          | terms 1 uses=any exits=yes |                  |
          | issue 1 100      | entitlement_issued 100#1   | ok
    10:00 | redeem 1 100     | entitlement_redeemed 100#1 | ok
    09:00 | redeem 1 100 out | entitlement_redeemed 100#1 | ok
          | uses             |                            | 1 entry 10:00; 2 exit 10:00
  `);
});
