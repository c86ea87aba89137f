import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a sold card gets the amount without its tax, and a payment tells of all of it", () => {
  playTable(`
    at    | command                                         | log                          | outcome
    09:00 | create 1 price=12.40 tax=24 digits=4            | product_created 1            | ok
          | stock 1 0001 balance=10.00                      | product_stocked 1            | ok
          | sell 1                                          | entitlement_sold 0001#1      | ok
    10:00 | top_up 1 0001 amount=6.20 description=kiosk     | entitlement_topped_up 0001#1 | ok before=10.00 balance=15.00
          | top_up 1 0001 amount=0.01                       | entitlement_topped_up 0001#1 | ok before=15.00 balance=15.01
          | show card 0001                                  |                              | balance=15.01
          | payments                                        |                              | 1 for 0001 in 1: 12.40 EUR with 2.40 at 1; 2 for 0001 in no sale: 6.20 EUR with 1.20 at 1 kiosk; 3 for 0001 in no sale: 0.01 EUR with 0.00 at 1
  `);
});

test("what is paid in another currency of the organization arrives in the card's", () => {
  playTable(`
    at    | command                         | log                          | outcome
    09:00 | rates EUR=1 USD=2               |                              |
          | create 1 price=1 digits=4       | product_created 1            | ok
          | stock 1 0001 balance=10.00      | product_stocked 1            | ok
          | sell 1                          | entitlement_sold 0001#1      | ok
          | top_up 1 0001 amount=3 in=USD   | entitlement_topped_up 0001#1 | ok balance=11.50 currency=EUR
          | top_up 1 0001 amount=3 in=GBP   |                              | amount_invalid
          | show card 0001                  |                              | balance=11.50
  `);
});

test("an amount that is not positive changes nothing", () => {
  playTable(`
    at    | command                    | log                     | outcome
    09:00 | create 1 price=1 digits=4  | product_created 1       | ok
          | stock 1 0001 balance=10.00 | product_stocked 1       | ok
          | sell 1                     | entitlement_sold 0001#1 | ok
          | top_up 1 0001 amount=0     |                         | amount_invalid
          | top_up 1 0001 amount=-1    |                         | amount_invalid
          | show card 0001             |                         | balance=10.00
  `);
});

test("only a sold card of a live product of the caller's own is topped up", () => {
  playTable(`
    at    | command                           | log                        | outcome
    09:00 | create 1 price=1 digits=4 owner=7 | product_created 1          | ok
          | create 2                          | product_created 2          | ok
          | stock 1 0001,0002                 | product_stocked 1          | ok
          | issue 2 0100                      | entitlement_issued 0100#3  | ok
          | sell 1 0001 owner=7               | entitlement_sold 0001#1    | ok
          | top_up 1 0001 amount=1            |                            | product_not_found
          | top_up 1 0001 amount=1 owner=8    |                            | product_not_found
          | top_up 2 0100 amount=1            |                            | product_not_found
          | top_up 9 0001 amount=1            |                            | product_not_found
          | top_up 1 0100 amount=1 owner=7    |                            | entitlement_not_found
          | top_up 1 9999 amount=1 owner=7    |                            | entitlement_not_found
          | top_up 1 0002 amount=1 owner=7    |                            | not_sold
          | revoke 1 0001                     | entitlement_revoked 0001#1 | ok
          | top_up 1 0001 amount=1 owner=7    |                            | entitlement_revoked
          | retire 1                          | product_retired 1          | ok
          | top_up 1 0002 amount=1 owner=7    |                            | product_retired
  `);
});
