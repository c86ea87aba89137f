import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a voided sale is undone: its payment is paid back once, and the card is sold again under the same number and pin", () => {
  playTable(`
    at    | command                                   | log                          | outcome
    09:00 | create 1 price=12.40 tax=24 digits=4 pins=4 | product_created 1          | ok
          | stock 1 0001 pins=4 drawn=1234            | product_stocked 1            | ok
          | sell 1 email=a@example.com                | entitlement_sold 0001#1      | ok pins=1234 customer=1 inStock=0 issued=1
    10:00 | void 1 0001 why=mistaken                  | entitlement_voided 0001#1    | ok inStock=1 issued=0 pin=1234 balance=10.00
          | show code 0001                            |                              | stocked=true customer=none
          | void 1 0001                               |                              | not_sold
          | payments                                  |                              | 1 for 0001 in 1: 12.40 EUR with 2.40 at 1; 2 for 0001 in 1: -12.40 EUR with -2.40 at 1 mistaken reverses 1
          | sell 1                                    | entitlement_sold 0001#1      | ok sold=0001 pins=1234
          | sell 1 0001                               |                              | already_sold
          | void 1 0001                               | entitlement_voided 0001#1    | ok inStock=1
          | payments                                  |                              | 1 for 0001 in 1: 12.40 EUR with 2.40 at 1; 2 for 0001 in 1: -12.40 EUR with -2.40 at 1 mistaken reverses 1; 3 for 0001 in 2: 12.40 EUR with 2.40 at 1; 4 for 0001 in 2: -12.40 EUR with -2.40 at 1 reverses 3
  `);
});

test("a returned card gets a new pin where the product says so, and keeps its pin elsewhere", () => {
  playTable(`
    at    | command                                       | log                         | outcome
    09:00 | create 1 price=5 digits=4 pins=4              | product_created 1           | ok
          | stock 1 0001 pins=4 drawn=1234                | product_stocked 1           | ok
          | sell 1                                        | entitlement_sold 0001#1     | ok
          | return 1 0001 pins=4 drawn=5678               |                             | code_invalid
          | return 1 0001                                 | entitlement_returned 0001#1 | ok inStock=1 pin=1234
          | renew 1                                       | product_changed 1           | ok
          | sell 1                                        | entitlement_sold 0001#1     | ok pins=1234
          | return 1 0001                                 |                             | code_invalid
          | return 1 0001 pins=4 drawn=1234               |                             | secret_space_short
          | return 1 0001 pins=4 drawn=1234,5678          | entitlement_returned 0001#1 | ok inStock=1 pin=5678
          | sell 1                                        | entitlement_sold 0001#1     | ok sold=0001 pins=5678
          | sell 1                                        |                             | stock_short
  `);
});

test("a card that is returned or refunded for good ends, and one that is kept stays sold", () => {
  playTable(`
    at    | command                   | log                                                        | outcome
    09:00 | create 1 price=5 digits=4 | product_created 1                                          | ok
          | stock 1 0001,0002,0003    | product_stocked 1                                          | ok
          | sell 1 quantity=3         | entitlement_sold 0001#1; entitlement_sold 0002#2; entitlement_sold 0003#3 | ok
    10:00 | return 1 0001 end         | entitlement_returned 0001#1; entitlement_revoked 0001#1    | ok inStock=0 issued=2
          | refund 1 0002             | entitlement_refunded 0002#2; entitlement_revoked 0002#2    | ok inStock=0 issued=1
          | refund 1 0003 keep        | entitlement_refunded 0003#3                                | ok inStock=0 issued=1
          | show code 0001            |                                                            | revoked=10:00 stocked=false
          | show code 0002            |                                                            | revoked=10:00
          | show code 0003            |                                                            | revoked=none
          | return 1 0001 end         |                                                            | entitlement_revoked
          | refund 1 0003             |                                                            | not_paid
          | void 1 0003               |                                                            | not_paid
          | top_up 1 0003 amount=3    | entitlement_topped_up 0003#3                               | ok balance=13.00
  `);
});

test("a card that was topped up or used is not sold again, and a top-up is undone by its number, once", () => {
  playTable(`
    at    | command                          | log                               | outcome
    09:00 | create 1 price=5 tax=25 digits=4 | product_created 1                 | ok
          | stock 1 0001,0002                | product_stocked 1                 | ok
          | sell 1 quantity=2                | entitlement_sold 0001#1; entitlement_sold 0002#2 | ok
          | top_up 1 0001 amount=2.50        | entitlement_topped_up 0001#1      | ok balance=12.00
          | top_up 1 0001 amount=5           | entitlement_topped_up 0001#1      | ok balance=16.00
          | void 1 0001                      |                                   | topped_up
          | return 1 0001                    |                                   | topped_up
          | undo_top_up 1 0001 payment=1     |                                   | not_paid
          | undo_top_up 1 0002 payment=3     |                                   | not_paid
          | undo_top_up 1 0001 payment=3     | entitlement_top_up_undone 0001#1  | ok balance=14.00 before=16.00
          | undo_top_up 1 0001 payment=3     |                                   | not_paid
          | undo_top_up 1 0001 payment=5     |                                   | not_paid
          | undo_top_up 1 0001 payment=4     | entitlement_top_up_undone 0001#1  | ok balance=10.00
          | void 1 0001                      | entitlement_voided 0001#1         | ok inStock=1
          | redeem 1 0002                    | entitlement_redeemed 0002#2       | ok
          | void 1 0002                      |                                   | already_redeemed
          | return 1 0002                    |                                   | already_redeemed
          | refund 1 0002                    | entitlement_refunded 0002#2; entitlement_revoked 0002#2 | ok issued=1
  `);
});

test("a reseller reverses what is paid for its own cards, and the house for all", () => {
  playTable(`
    at    | command                           | log                          | outcome
    09:00 | create 1 price=1 digits=4 owner=5 | product_created 1            | ok
          | create 2 price=1 digits=4         | product_created 2            | ok
          | stock 1 0001,0002                 | product_stocked 1            | ok
          | stock 2 0003                      | product_stocked 2            | ok
          | reseller 2 5                      | product_reseller_terms_changed 2 | ok
          | sell 1 owner=5 quantity=2         | entitlement_sold 0001#1; entitlement_sold 0002#2 | ok
          | sell 2 owner=5                    | entitlement_sold 0003#3      | ok
          | void 1 0001 by=reseller:6         |                              | product_not_found
          | refund 1 0001 by=reseller:6       |                              | product_not_found
          | undo_top_up 1 0001 payment=1 by=reseller:6 |                            | product_not_found
          | void 2 0003 by=reseller:5         |                              | product_not_found
          | return 2 0003 end by=reseller:5   |                              | product_not_found
          | void 1 0001 by=reseller:5         | entitlement_voided 0001#1    | ok
          | void 1 0002 by=operator:1         | entitlement_voided 0002#2    | ok
          | void 2 0003 by=operator:1         | entitlement_voided 0003#3    | ok
          | void 2 0001                       |                              | entitlement_not_found
          | void 9 0001                       |                              | product_not_found
  `);
});

test("what a reseller sold of the house's and was paid back counts no more in its quota, and its commission is taken back", () => {
  playTable(`
    at    | command                         | log                              | outcome
    09:00 | create 1 price=10 digits=4      | product_created 1                | ok
          | stock 1 0001,0002               | product_stocked 1                | ok
          | reseller 1 5 commission=15 quota=1 | product_reseller_terms_changed 1 | ok
          | sell 1 owner=5                  | entitlement_sold 0001#1          | ok
          | sell 1 owner=5                  |                                  | quota_reached
          | void 1 0001                     | entitlement_voided 0001#1        | ok
          | sellers                         |                                  | 5 sells 1 for 15: 0 of 1
          | sell 1 owner=5 0002             | entitlement_sold 0002#2          | ok
          | refund 1 0002 keep              | entitlement_refunded 0002#2      | ok
          | sellers                         |                                  | 5 sells 1 for 15: 0 of 1
          | payments                        |                                  | 1 for 0001 in 1: 10.00 EUR with 0.00 at 1 of 5 who keeps 1.50; 2 for 0001 in 1: -10.00 EUR with 0.00 at 1 of 5 who keeps -1.50 reverses 1; 3 for 0002 in 2: 10.00 EUR with 0.00 at 1 of 5 who keeps 1.50; 4 for 0002 in 2: -10.00 EUR with 0.00 at 1 of 5 who keeps -1.50 reverses 3
  `);
});
