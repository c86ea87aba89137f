import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a price changes from its moment on, and sold cards keep theirs", () => {
  playTable(`
    at    | command                   | log                     | outcome
    09:00 | create 1 price=5 digits=4 | product_created 1       | ok
          | stock 1 0001,0002,0003,0004 | product_stocked 1     | ok
          | price 1 7 from=11:00      | product_priced 1        | ok
          | price 1 6 from=10:00      | product_priced 1        | ok
    09:59:59.999 | sell 1             | entitlement_sold 0001#1 | ok
    10:00 | sell 1                    | entitlement_sold 0002#2 | ok
    11:00 | sell 1                    | entitlement_sold 0003#3 | ok
          | void 1 0001               | entitlement_voided 0001#1 | ok
          | price 1 8                 | product_priced 1        | ok
          | sell 1 0004               | entitlement_sold 0004#4 | ok
          | payments                  |                         | 1 for 0001 in 1: 5.00 EUR with 0.00 at 1; 2 for 0002 in 2: 6.00 EUR with 0.00 at 1; 3 for 0003 in 3: 7.00 EUR with 0.00 at 1; 4 for 0001 in 1: -5.00 EUR with 0.00 at 1 reverses 1; 5 for 0004 in 4: 8.00 EUR with 0.00 at 1
  `);
});

test("a price for the same moment replaces the one before, and one for a moment that has passed holds at once", () => {
  playTable(`
    at    | command                   | log                     | outcome
    09:00 | create 1 price=5 digits=4 | product_created 1       | ok
          | stock 1 0001,0002         | product_stocked 1       | ok
          | price 1 9 from=10:00      | product_priced 1        | ok
          | price 1 6 from=10:00      | product_priced 1        | ok
          | price 1 4 from=08:00      | product_priced 1        | ok
          | sell 1                    | entitlement_sold 0001#1 | ok
    10:00 | sell 1                    | entitlement_sold 0002#2 | ok
          | payments                  |                         | 1 for 0001 in 1: 4.00 EUR with 0.00 at 1; 2 for 0002 in 2: 6.00 EUR with 0.00 at 1
          | price 1 6 in=USD          |                         | amount_invalid
          | price 1 -1                |                         | amount_invalid
          | price 2 6                 |                         | product_not_found
          | retire 1                  | product_retired 1       | ok
          | price 1 6                 |                         | product_retired
  `);
});

test("a price ahead is withdrawn until its moment comes, once, and sales go on at the price before it", () => {
  playTable(`
    at    | command                   | log                        | outcome
    09:00 | create 1 price=5 digits=4 | product_created 1          | ok
          | stock 1 0001,0002,0003    | product_stocked 1          | ok
          | price 1 6 from=10:00      | product_priced 1           | ok
          | price 1 7 from=11:00      | product_priced 1           | ok
          | withdraw 1 10:30          |                            | price_not_found
          | withdraw 1 10:00          | product_price_withdrawn 1  | ok
          | withdraw 1 10:00          |                            | price_not_found
          | withdraw 2 11:00          |                            | product_not_found
    10:30 | sell 1                    | entitlement_sold 0001#1    | ok
    11:00 | withdraw 1 11:00          |                            | price_not_found
          | sell 1                    | entitlement_sold 0002#2    | ok
          | payments                  |                            | 1 for 0001 in 1: 5.00 EUR with 0.00 at 1; 2 for 0002 in 2: 7.00 EUR with 0.00 at 1
          | retire 1                  | product_retired 1          | ok
  `);
});

test("a reseller sells cards of the house at its own price or the house's, and no others", () => {
  playTable(`
    at    | command                           | log                              | outcome
    09:00 | rates EUR=1 USD=2                 |                                  |
          | create 1 price=10 tax=25 digits=4 | product_created 1                | ok
          | create 2 price=10 digits=4        | product_created 2                | ok
          | create 3 price=10 digits=4 owner=6 | product_created 3               | ok
          | stock 1 0001,0002,0003            | product_stocked 1                | ok
          | stock 2 0011                      | product_stocked 2                | ok
          | reseller 1 5 price=12.50 commission=10 | product_reseller_terms_changed 1 | ok sold=0 quota=none
          | reseller 1 6                      | product_reseller_terms_changed 1 | ok
          | price 1 11 from=10:00             | product_priced 1                 | ok
    10:00 | sell 1 owner=5 in=USD             | entitlement_sold 0001#1          | ok
          | sell 1 owner=6                    | entitlement_sold 0002#2          | ok
          | sell 1                            | entitlement_sold 0003#3          | ok
          | sell 2 owner=5                    |                                  | product_not_found
          | sell 2 0011 owner=5               |                                  | product_not_found
          | sell 3 owner=5                    |                                  | product_not_found
          | payments                          |                                  | 1 for 0001 in 1: 25.00 USD with 5.00 at 2 of 5 who keeps 2.50; 2 for 0002 in 2: 11.00 EUR with 2.20 at 1 of 6; 3 for 0003 in 3: 11.00 EUR with 2.20 at 1
          | sellers                           |                                  | 5 sells 1 at 12.50 for 10: 1 of any; 6 sells 1: 1 of any
          | top_up 1 0001 amount=5 owner=5    |                                  | product_not_found
  `);
});

test("a quota holds for one sale and for all, also when it is changed, and of 0 the product is not found", () => {
  playTable(`
    at    | command                      | log                              | outcome
    09:00 | create 1 price=10 digits=4   | product_created 1                | ok
          | stock 1 0001,0002,0003,0004  | product_stocked 1                | ok
          | reseller 1 5 quota=2         | product_reseller_terms_changed 1 | ok quota=2
          | sell 1 owner=5 quantity=3    |                                  | quota_reached
          | sell 1 owner=5 quantity=5    |                                  | stock_short
          | sell 1 owner=5 quantity=2    | entitlement_sold 0001#1; entitlement_sold 0002#2 | ok
          | sell 1 owner=5 0003          |                                  | quota_reached
          | reseller 1 5 quota=1         | product_reseller_terms_changed 1 | ok sold=2
          | sell 1 owner=5               |                                  | quota_reached
          | reseller 1 5 quota=3         | product_reseller_terms_changed 1 | ok
          | sell 1 owner=5               | entitlement_sold 0003#3          | ok
          | reseller 1 5 quota=0         | product_reseller_terms_changed 1 | ok
          | sell 1 owner=5               |                                  | product_not_found
          | reseller 1 5 quota=none      | product_reseller_terms_changed 1 | ok
          | sell 1 owner=5               | entitlement_sold 0004#4          | ok
  `);
});

test("only resellers sell cards of the house, and only what the house sells from stock", () => {
  playTable(`
    at    | command                           | log               | outcome
    09:00 | create 1 price=10 digits=4        | product_created 1 | ok
          | create 2 price=10 digits=4 owner=6 | product_created 2 | ok
          | create 3                          | product_created 3 | ok
          | reseller 1 9                      |                   | operator_not_found
          | reseller 2 5                      |                   | product_not_found
          | reseller 3 5                      |                   | product_not_found
          | reseller 4 5                      |                   | product_not_found
          | reseller 1 5 quota=1.5            |                   | quantity_invalid
          | reseller 1 5 commission=101       |                   | amount_invalid
          | reseller 1 5 price=1 in=USD       |                   | amount_invalid
          | sellers                           |                   | none
  `);
});
