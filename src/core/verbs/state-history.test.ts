import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a code that was used on another server is used here, by nobody whom this server knows", () => {
  playTable(`
    at    | command                             | log                                                  | outcome
    12:00 | create 1                            | product_created 1                                    | ok
          | issue 1 100                         | entitlement_issued 100#1                             | ok
          | history 1 100 redeemed=09:02        | entitlement_history_stated 100#1                     | ok redeemed=09:02 redeemedBy=anonymous issued=1
          | redeem 1 100 by=key:1               | entitlement_redeemed 100#1: already_redeemed         | already_redeemed
          | history 1 100 redeemed=09:03        |                                                      | already_redeemed
          | show code 100                       |                                                      | redeemed=09:02 ip=none
  `);
});

test("a code that was ended on another server gives its place back, unless it was used before", () => {
  playTable(`
    at    | command                                     | log                              | outcome
    12:00 | create 1 capacity=2                         | product_created 1                | ok
          | issue 1 100                                 | entitlement_issued 100#1         | ok
          | issue 1 200                                 | entitlement_issued 200#2         | ok issued=2
          | history 1 100 revoked=10:00                 | entitlement_history_stated 100#1 | ok revoked=10:00 issued=1
          | history 1 200 redeemed=09:00 revoked=10:00  | entitlement_history_stated 200#2 | ok redeemed=09:00 revoked=10:00 issued=1
          | redeem 1 100                                | entitlement_redeemed 100#1: entitlement_revoked | entitlement_revoked
          | history 1 100 redeemed=09:00                |                                  | entitlement_revoked
          | history 1 100 revoked=09:00                 |                                  | entitlement_revoked
  `);
});

test("a licence that was ended on another server leaves its machine", () => {
  playTable(`
    at    | command                                | log                                  | outcome
    12:00 | create 1 slots=1                       | product_created 1                    | ok
          | issue 1 KEY                            | entitlement_issued KEY#1             | ok
          | bind 1 KEY 08-00-27-AA-BB-01           | entitlement_bound KEY#1 on 1 | ok
          | history 1 KEY revoked=10:00            | entitlement_history_stated KEY#1     | ok
          | unbind 1 KEY 08-00-27-AA-BB-01         |                                      | not_bound
  `);
});

test("a card that was sold on another server leaves the stock, with a payment only if it is told", () => {
  playTable(`
    at    | command                                   | log                               | outcome
    12:00 | create 6 price=12.40 tax=24               | product_created 6                 | ok
          | stock 6 0001,0002,0003                    | product_stocked 6                 | ok
          | history 6 0002 sold=08:00                 | entitlement_history_stated 0002#2 | ok inStock=2 issued=1
          | payments                                  |                                   | none
          | history 6 0001 sold=08:00 paid=12.40      | entitlement_history_stated 0001#1 | ok inStock=1 issued=2
          | payments                                  |                                   | 1 for 0001 in 1: 12.40 EUR with 2.40 at 1
          | sales                                     |                                   | 1 of 6 at 08:00 history to nobody by nobody
          | history 6 0001 sold=08:00                 |                                   | already_sold
          | sell 6 0002                               |                                   | already_sold
          | sell 6                                    | entitlement_sold 0003#3           | ok
  `);
});

test("a card is used after it was sold, and what was never sold was not used", () => {
  playTable(`
    at    | command                                   | log                               | outcome
    12:00 | create 6 price=12.40                      | product_created 6                 | ok
          | stock 6 0001,0002                         | product_stocked 6                 | ok
          | history 6 0001 redeemed=09:00             |                                   | not_sold
          | history 6 0001 sold=10:00 redeemed=09:00  |                                   | occurred_at_impossible
          | history 6 0001 sold=08:00 redeemed=09:00  | entitlement_history_stated 0001#1 | ok redeemed=09:00 inStock=1 issued=1
          | history 6 0002 revoked=09:00              | entitlement_history_stated 0002#2 | ok revoked=09:00 stocked=false inStock=0 issued=1
  `);
});

test("what lies ahead has not happened, and nothing is paid but with a sale and in the currency of the card", () => {
  playTable(`
    at    | command                                       | log                       | outcome
    12:00 | create 6 price=12.40                          | product_created 6         | ok
          | stock 6 0001                                  | product_stocked 6         | ok
          | history 6 0001 sold=12:01                     |                           | occurred_at_impossible
          | history 6 0001 sold=09:00 revoked=08:00       |                           | occurred_at_impossible
          | history 6 0001 sold=09:00 paid=12.40 in=USD   |                           | amount_invalid
          | history 6 0001 paid=12.40                     |                           | amount_invalid
          | history 6 0009 sold=09:00                     |                           | entitlement_not_found
          | history 7 0001 sold=09:00                     |                           | product_not_found
          | history 6 0001 sold=12:00                     | entitlement_history_stated 0001#1 | ok
  `);
});

test("of a ticket with several uses those are left that were not spent on another server", () => {
  playTable(`
    at    | command                          | log                                    | outcome
    08:00 | create 1                         | product_created 1                      | ok
          | terms 1 uses=10                  |                                        |
          | issue 1 100                      | entitlement_issued 100#1               | ok
    12:00 | history 1 100 redeemed=09:00 uses=11 |                                    | quantity_invalid
          | history 1 100 redeemed=09:00 uses=7  | entitlement_history_stated 100#1   | ok spent=7 redeemed=09:00
          | history 1 100 redeemed=09:00     |                                        | already_redeemed
          | redeem 1 100 count=4             | entitlement_redeemed 100#1: uses_short | uses_short
          | redeem 1 100 count=3             | entitlement_redeemed 100#1             | ok spent=10
          | uses                             |                                        | 1 entry of 7 09:00; 2 entry of 3 12:00
  `);
});

test("who was in on another server comes in here, where exits are asked for", () => {
  playTable(`
    at    | command                          | log                                    | outcome
    08:00 | create 1                         | product_created 1                      | ok
          | terms 1 uses=any exits=yes       |                                        |
          | issue 1 100                      | entitlement_issued 100#1               | ok
    12:00 | history 1 100 redeemed=09:00     | entitlement_history_stated 100#1       | ok inside=false spent=1
          | redeem 1 100                     | entitlement_redeemed 100#1             | ok inside=true spent=2
  `);
});
