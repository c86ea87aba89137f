import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("an entitlement is honoured once, and the log tells of every attempt", () => {
  playTable(`
    at    | command                            | log                                          | outcome
    08:00 | create 1                           | product_created 1                            | ok
          | issue 1 100                        | entitlement_issued 100#1                     | ok
    09:00 | redeem 1 100 by=key:3 ip=192.0.2.1 | entitlement_redeemed 100#1                   | ok code=100 product=1 redeemed=09:00
          | show code 100                      |                                              | redeemedBy=key:3 ip=192.0.2.1
    09:01 | redeem 1 100 by=operator:7         | entitlement_redeemed 100#1: already_redeemed | already_redeemed
    09:02 | redeem 1 100                       | entitlement_redeemed 100#1: already_redeemed | already_redeemed
          | show code 100                      |                                              | redeemed=09:00 redeemedBy=key:3 ip=192.0.2.1
  `);
});

test("a redemption names the operator who made it", () => {
  playTable(`
    at    | command                    | log                        | outcome
    08:00 | create 1                   | product_created 1          | ok
          | issue 1 100                | entitlement_issued 100#1   | ok
    09:00 | redeem 1 100 by=operator:7 | entitlement_redeemed 100#1 | ok redeemedBy=operator:7 ip=none
  `);
});

test("both bounds of the product's time belong to it, the last second to its end", () => {
  playTable(`
    at           | command                          | log                                         | outcome
    08:00        | create 1 starts=18:00 ends=23:00 | product_created 1                           | ok
                 | issue 1 100                      | entitlement_issued 100#1                    | ok
                 | issue 1 200                      | entitlement_issued 200#2                    | ok
    17:59:59.999 | redeem 1 100                     | entitlement_redeemed 100#1: not_yet_valid   | not_yet_valid
    18:00        | redeem 1 100                     | entitlement_redeemed 100#1                  | ok
    23:00:01     | redeem 1 200                     | entitlement_redeemed 200#2: no_longer_valid | no_longer_valid
    23:00:00.999 | redeem 1 200                     | entitlement_redeemed 200#2                  | ok
  `);
});

test("a code that is unknown or of another product is refused, logged, and not spent", () => {
  playTable(`
    at    | command      | log                                             | outcome
    08:00 | redeem 1 100 |                                                 | product_not_found
          | create 1     | product_created 1                               | ok
          | create 2     | product_created 2                               | ok
          | issue 2 100  | entitlement_issued 100#1                        | ok
          | redeem 1 100 | entitlement_redeemed 100: entitlement_not_found | entitlement_not_found
          | redeem 1 999 | entitlement_redeemed 999: entitlement_not_found | entitlement_not_found
          | redeem 2 100 | entitlement_redeemed 100#1                      | ok
  `);
});

test("a revoked entitlement is never honoured, spent or not", () => {
  playTable(`
    at    | command                    | log                                                      | outcome
    08:00 | create 1                   | product_created 1                                        | ok
          | issue 1 100                | entitlement_issued 100#1                                 | ok
          | issue 1 200                | entitlement_issued 200#2                                 | ok
    09:00 | redeem 1 100               | entitlement_redeemed 100#1                               | ok
          | revoke 1 100               | entitlement_revoked 100#1                                | ok redeemed=09:00 revoked=09:00
          | revoke 1 200               | entitlement_revoked 200#2                                | ok
    10:00 | redeem 1 100               | entitlement_redeemed 100#1: entitlement_revoked          | entitlement_revoked
          | redeem 1 200               | entitlement_redeemed 200#2: entitlement_revoked          | entitlement_revoked
          | show code 200              |                                                          | redeemed=none
          | conflicts                  |                                                          | none
  `);
});

test("a scan made offline counts from the time at which it was made", () => {
  playTable(`
    at    | command                          | log                                                  | outcome
    08:00 | create 1 starts=18:00 ends=23:00 | product_created 1                                    | ok
          | issue 1 100                      | entitlement_issued 100#1                             | ok
          | issue 1 200                      | entitlement_issued 200#2                             | ok
    23:30 | redeem 1 100 scanned=22:30       | entitlement_redeemed 100#1 at 22:30                  | ok redeemed=22:30
          | redeem 1 200 scanned=17:00       | entitlement_redeemed 200#2 at 17:00: not_yet_valid   | not_yet_valid
          | redeem 1 200 scanned=23:15       | entitlement_redeemed 200#2 at 23:15: no_longer_valid | no_longer_valid
  `);
});

test("a scanner's clock may run two minutes ahead, and such a scan counts as made now", () => {
  playTable(`
    at    | command                           | log                                                | outcome
    08:00 | create 1                          | product_created 1                                  | ok
          | issue 1 100                       | entitlement_issued 100#1                           | ok
    09:00 | redeem 1 100 scanned=09:02:00.001 | entitlement_redeemed 100#1: occurred_at_impossible | occurred_at_impossible
          | redeem 1 100 scanned=09:02        | entitlement_redeemed 100#1                         | ok redeemed=09:00
  `);
});

test("a scan that is told to be older than its product or its code is refused", () => {
  playTable(`
    at    | command                           | log                                                                | outcome
    08:00 | create 1                          | product_created 1                                                  | ok
          | issue 1 100                       | entitlement_issued 100#1                                           | ok
    08:30 | issue 1 200                       | entitlement_issued 200#2                                           | ok
    09:00 | redeem 1 200 scanned=08:29:59     | entitlement_redeemed 200#2 at 08:29:59: occurred_at_impossible     | occurred_at_impossible
          | redeem 1 200 scanned=08:30        | entitlement_redeemed 200#2 at 08:30                                | ok redeemed=08:30
          | redeem 1 100 scanned=07:59:59.999 | entitlement_redeemed 100#1 at 07:59:59.999: occurred_at_impossible | occurred_at_impossible
          | redeem 1 100 scanned=08:00        | entitlement_redeemed 100#1 at 08:00                                | ok redeemed=08:00
  `);
});

test("an earlier offline scan takes the place of the one that was accepted, which is kept as lost, and is in the log", () => {
  playTable(`
    at    | command                                  | log                                                   | outcome
    08:00 | create 1                                 | product_created 1                                     | ok
          | issue 1 100                              | entitlement_issued 100#1                              | ok
    09:00 | redeem 1 100 by=key:1                    | entitlement_redeemed 100#1                            | ok
    10:00 | redeem 1 100 by=key:2 scanned=08:30      | entitlement_redeemed 100#1 at 08:30                   | already_redeemed
          | show code 100                            |                                                       | redeemed=08:30 redeemedBy=key:2
          | conflicts                                |                                                       | 100 kept 08:30(key:2) lost 09:00(key:1)
    11:00 | redeem 1 100 by=operator:3 scanned=08:15 | entitlement_redeemed 100#1 at 08:15                   | already_redeemed
          | show code 100                            |                                                       | redeemed=08:15 redeemedBy=operator:3
          | conflicts                                |                                                       | 100 kept 08:30(key:2) lost 09:00(key:1); 100 kept 08:15(operator:3) lost 08:30(key:2)
  `);
});

test("a later scan is kept as lost and changes nothing, and so is one of the same moment", () => {
  playTable(`
    at    | command                             | log                                                   | outcome
    08:00 | create 1                            | product_created 1                                     | ok
          | issue 1 100                         | entitlement_issued 100#1                              | ok
    09:00 | redeem 1 100 by=key:1               | entitlement_redeemed 100#1                            | ok
    10:00 | redeem 1 100 by=key:2 scanned=09:30 | entitlement_redeemed 100#1 at 09:30: already_redeemed | already_redeemed
          | show code 100                       |                                                       | redeemed=09:00 redeemedBy=key:1
          | redeem 1 100 by=key:3 scanned=09:00 | entitlement_redeemed 100#1 at 09:00: already_redeemed | already_redeemed
          | show code 100                       |                                                       | redeemed=09:00 redeemedBy=key:1
          | conflicts                           |                                                       | 100 kept 09:00(key:1) lost 09:30(key:2); 100 kept 09:00(key:1) lost 09:00(key:3)
  `);
});

test("an earlier scan that lies outside of the product's time displaces nothing", () => {
  playTable(`
    at    | command                             | log                                                   | outcome
    08:00 | create 1 starts=09:00 ends=12:00    | product_created 1                                     | ok
          | issue 1 100                         | entitlement_issued 100#1                              | ok
    09:30 | redeem 1 100 by=key:1               | entitlement_redeemed 100#1                            | ok
    10:00 | redeem 1 100 by=key:2 scanned=08:30 | entitlement_redeemed 100#1 at 08:30: already_redeemed | already_redeemed
          | show code 100                       |                                                       | redeemed=09:30 redeemedBy=key:1
          | conflicts                           |                                                       | 100 kept 09:30(key:1) lost 08:30(key:2)
  `);
});

test("a scan with an impossible time displaces nothing, and is kept", () => {
  playTable(`
    at    | command                             | log                                                         | outcome
    08:00 | create 1                            | product_created 1                                           | ok
          | issue 1 100                         | entitlement_issued 100#1                                    | ok
    09:00 | redeem 1 100 by=key:1               | entitlement_redeemed 100#1                                  | ok
    10:00 | redeem 1 100 by=key:2 scanned=07:00 | entitlement_redeemed 100#1 at 07:00: occurred_at_impossible | occurred_at_impossible
          | redeem 1 100 by=key:2 scanned=11:00 | entitlement_redeemed 100#1: occurred_at_impossible          | occurred_at_impossible
          | show code 100                       |                                                             | redeemed=09:00
          | conflicts                           |                                                             | 100 kept 09:00(key:1) lost 07:00(key:2): occurred_at_impossible; 100 kept 09:00(key:1) lost 10:00(key:2): occurred_at_impossible
  `);
});

test("a scan that was made offline is kept, whatever it is refused with; one that was made online is not", () => {
  playTable(`
    at    | command                             | log                                                      | outcome
    08:00 | create 1 starts=09:00 ends=12:00    | product_created 1                                        | ok
          | create 2                            | product_created 2                                        | ok
          | issue 1 100                         | entitlement_issued 100#1                                 | ok
          | issue 2 200                         | entitlement_issued 200#2                                 | ok
    08:30 | redeem 1 100                        | entitlement_redeemed 100#1: not_yet_valid                | not_yet_valid
          | conflicts                           |                                                          | none
          | redeem 1 100 by=key:1 scanned=08:10 | entitlement_redeemed 100#1 at 08:10: not_yet_valid       | not_yet_valid
    13:00 | redeem 1 100 by=key:1 scanned=12:10 | entitlement_redeemed 100#1 at 12:10: no_longer_valid     | no_longer_valid
          | revoke 1 100                        | entitlement_revoked 100#1                                | ok
          | redeem 1 100 by=key:1 scanned=10:00 | entitlement_redeemed 100#1 at 10:00: entitlement_revoked | entitlement_revoked
          | retire 2                            | product_retired 2                                        | ok
          | redeem 2 200 ip=192.0.2.1 scanned=09:00 | entitlement_redeemed 200#2 at 09:00: product_retired     | product_retired
          | conflicts                           |                                                          | 100 lost 08:10(key:1): not_yet_valid; 100 lost 12:10(key:1): no_longer_valid; 100 lost 10:00(key:1): entitlement_revoked; 200 lost 09:00(192.0.2.1): product_retired
  `);
});

test("a scan that is reported again is answered as the first time, and nothing is written", () => {
  playTable(`
    at    | command                             | log                                                      | outcome
    08:00 | create 1                            | product_created 1                                        | ok
          | issue 1 100                         | entitlement_issued 100#1                                 | ok
    10:00 | redeem 1 100 by=key:1 scanned=09:00 | entitlement_redeemed 100#1 at 09:00                      | ok redeemed=09:00
    10:01 | redeem 1 100 by=key:1 scanned=09:00 |                                                          | ok redeemed=09:00
          | redeem 1 100 by=key:2 scanned=09:30 | entitlement_redeemed 100#1 at 09:30: already_redeemed    | already_redeemed
          | redeem 1 100 by=key:2 scanned=09:30 |                                                          | already_redeemed
          | redeem 1 100 by=key:3 scanned=08:30 | entitlement_redeemed 100#1 at 08:30                      | already_redeemed
          | redeem 1 100 by=key:3 scanned=08:30 |                                                          | already_redeemed
          | redeem 1 100 by=key:1 scanned=09:00 |                                                          | ok redeemed=08:30
          | revoke 1 100                        | entitlement_revoked 100#1                                | ok
          | redeem 1 100 by=key:1 scanned=09:00 |                                                          | ok redeemed=08:30
          | redeem 1 100 by=key:2 scanned=09:30 |                                                          | already_redeemed
          | redeem 1 100 by=key:3 scanned=08:30 |                                                          | already_redeemed
          | redeem 1 100 by=key:2 scanned=09:40 | entitlement_redeemed 100#1 at 09:40: entitlement_revoked | entitlement_revoked
          | redeem 1 100 by=key:2 scanned=09:40 |                                                          | entitlement_revoked
          | conflicts                           |                                                          | 100 kept 09:00(key:1) lost 09:30(key:2); 100 kept 08:30(key:3) lost 09:00(key:1); 100 kept 08:30(key:3) lost 09:40(key:2): entitlement_revoked
  `);
});

test("a scan of a clock that runs ahead is known again by the time that was reported", () => {
  playTable(`
    at       | command                                | log                                                   | outcome
    08:00    | create 1                               | product_created 1                                     | ok
             | issue 1 100                            | entitlement_issued 100#1                              | ok
    09:00    | redeem 1 100 by=key:1 scanned=09:01:00 | entitlement_redeemed 100#1                            | ok redeemed=09:00
    09:00:05 | redeem 1 100 by=key:1 scanned=09:01:00 |                                                       | ok redeemed=09:00
             | redeem 1 100 by=key:1 scanned=09:01:01 | entitlement_redeemed 100#1: already_redeemed          | already_redeemed
             | conflicts                              |                                                       | 100 kept 09:00(key:1) lost 09:00:05(key:1)
  `);
});

test("a gate that lost the answer to a scan may report it with the second in which it was made", () => {
  playTable(`
    at           | command                                | log                                                   | outcome
    08:00        | create 1                               | product_created 1                                     | ok
                 | issue 1 100                            | entitlement_issued 100#1                              | ok
    09:00:00.700 | redeem 1 100 by=key:1                  | entitlement_redeemed 100#1                            | ok
    09:10        | redeem 1 100 by=key:1 scanned=09:00:00 |                                                       | ok redeemed=09:00:00.700
                 | redeem 1 100 by=key:1                  | entitlement_redeemed 100#1: already_redeemed          | already_redeemed
  `);
});

test("gates that show nothing are the same if their address is", () => {
  playTable(`
    at    | command                                 | log                                                   | outcome
    08:00 | create 1                                | product_created 1                                     | ok
          | issue 1 100                             | entitlement_issued 100#1                              | ok
    10:00 | redeem 1 100 ip=192.0.2.1 scanned=09:00 | entitlement_redeemed 100#1 at 09:00                   | ok
          | redeem 1 100 ip=192.0.2.1 scanned=09:00 |                                                       | ok
          | redeem 1 100 ip=192.0.2.2 scanned=09:00 | entitlement_redeemed 100#1 at 09:00: already_redeemed | already_redeemed
          | conflicts                               |                                                       | 100 kept 09:00(192.0.2.1) lost 09:00(192.0.2.2)
  `);
});

test("what was refused because of the clock is judged anew, and is then no conflict of its own", () => {
  playTable(`
    at    | command                             | log                                                | outcome
    08:00 | create 1 starts=12:00               | product_created 1                                  | ok
          | issue 1 100                         | entitlement_issued 100#1                           | ok
    10:00 | redeem 1 100 by=key:1 scanned=09:00 | entitlement_redeemed 100#1 at 09:00: not_yet_valid | not_yet_valid
          | redeem 1 100 by=key:1 scanned=09:00 |                                                    | not_yet_valid
          | change 1 starts=09:00               | product_changed 1                                  | ok
          | redeem 1 100 by=key:1 scanned=09:00 | entitlement_redeemed 100#1 at 09:00                | ok redeemed=09:00
          | redeem 1 100 by=key:1 scanned=09:00 |                                                    | ok redeemed=09:00
          | conflicts                           |                                                    | 100 lost 09:00(key:1): not_yet_valid
  `);
});

test("a scan reported to the whole second is neither before its product nor before another in that second", () => {
  playTable(`
    at           | command                       | log                                                   | outcome
    08:00:00.700 | create 1                      | product_created 1                                     | ok
                 | issue 1 100                   | entitlement_issued 100#1                              | ok
    08:00:00.900 | redeem 1 100 scanned=08:00:00 | entitlement_redeemed 100#1 at 08:00                                | ok redeemed=08:00
    09:00:00.500 | issue 1 200                   | entitlement_issued 200#2                              | ok
                 | redeem 1 200                  | entitlement_redeemed 200#2                            | ok
    09:00:00.800 | redeem 1 200 by=key:1 scanned=09:00:00 | entitlement_redeemed 200#2 at 09:00: already_redeemed | already_redeemed
                 | show code 200                 |                                                       | redeemed=09:00:00.500
  `);
});

test("an entitlement with an end of its own is honoured to the end of its last second, however long its product lasts", () => {
  playTable(`
    at           | command                              | log                                            | outcome
    09:00        | create 1 ends=20:00                  | product_created 1                              | ok
                 | issue 1 100 expires=10:00            | entitlement_issued 100#1                       | ok
                 | issue 1 200 expires=10:00            | entitlement_issued 200#2                       | ok
                 | issue 1 300 expires=22:00            | entitlement_issued 300#3                       | ok
    10:00        | redeem 1 100                         | entitlement_redeemed 100#1                     | ok redeemed=10:00
    10:00:01     | redeem 1 200                         | entitlement_redeemed 200#2: no_longer_valid    | no_longer_valid
    21:00        | redeem 1 300                         | entitlement_redeemed 300#3: no_longer_valid    | no_longer_valid
  `);
});

test("a scan made offline before the end counts, though it is reported after it", () => {
  playTable(`
    at    | command                    | log                                                  | outcome
    09:00 | create 1                   | product_created 1                                    | ok
          | issue 1 100 expires=10:00  | entitlement_issued 100#1                             | ok
    11:00 | redeem 1 100 scanned=10:30 | entitlement_redeemed 100#1 at 10:30: no_longer_valid | no_longer_valid
          | redeem 1 100 scanned=09:30 | entitlement_redeemed 100#1 at 09:30                  | ok redeemed=09:30
  `);
});
