import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("places that are held are not issued to others, and the one who names the hold gets them", () => {
  playTable(`
    at    | command                       | log                                                | outcome
    09:00 | create 1 capacity=3           | product_created 1                                  | ok
          | hold 1 quantity=2             | product_held 1                                     | ok hold=1 quantity=2 until=09:15 issued=0 codes=none
          | issue 1 100                   | entitlement_issued 100#1                           | ok issued=1
          | issue 1 200                   |                                                    | capacity_reached
          | hold 1                        |                                                    | capacity_reached
    09:10 | issue 1 200,300 hold=1        | entitlement_issued 200#2; entitlement_issued 300#3 | ok issued=3
          | show hold 1                   |                                                    | ended=09:10 confirmed=true
          | issue 1 400 hold=1            |                                                    | hold_ended
          | issue 1 400                   |                                                    | capacity_reached
  `);
});

test("a hold lapses at the millisecond that it says, and whoever sees it lapsed ends it", () => {
  playTable(`
    at           | command                    | log                      | outcome
    09:00        | create 1 capacity=1        | product_created 1        | ok
          | hold 1 for=60000           | product_held 1           | ok until=09:01
    09:00:59.999 | issue 1 100                |                          | capacity_reached
    09:01        | issue 1 100 hold=1         |                          | hold_ended
          | show hold 1                |                          | ended=none
          | issue 1 100                | entitlement_issued 100#1 | ok
          | show hold 1                |                          | ended=09:01 confirmed=false
          | revoke 1 100               | entitlement_revoked 100#1 | ok
    09:02        | hold 1 for=1               | product_held 1           | ok hold=2 until=09:02:00.001
    09:02:00.001 | hold 1 for=86400000        | product_held 1           | ok hold=3
          | show hold 2                |                          | ended=09:02:00.001
          | give_back 1 3              | product_released 1       | ok ended=09:02:00.001 confirmed=false
  `);
});

test("a hold is confirmed up to its last millisecond", () => {
  playTable(`
    at           | command             | log                      | outcome
    09:00        | create 1 capacity=1 | product_created 1        | ok
          | hold 1 for=60000    | product_held 1           | ok
    09:00:59.999 | issue 1 100 hold=1  | entitlement_issued 100#1 | ok
  `);
});

test("of a hold that is confirmed for fewer, the rest is given back", () => {
  playTable(`
    at    | command                | log                                                | outcome
    09:00 | create 1 capacity=4    | product_created 1                                  | ok
          | hold 1 quantity=3      | product_held 1                                     | ok
          | issue 1 1,2,3,4 hold=1 |                                                    | quantity_invalid
          | issue 1 1 hold=1       | entitlement_issued 1#1                             | ok
          | hold 1 quantity=3      | product_held 1                                     | ok
  `);
});

test("a released hold gives its places back once", () => {
  playTable(`
    at    | command             | log                      | outcome
    09:00 | create 1 capacity=1 | product_created 1        | ok
          | create 2            | product_created 2        | ok
          | hold 1              | product_held 1           | ok
          | give_back 2 1       |                          | hold_not_found
          | give_back 1 2       |                          | hold_not_found
          | give_back 3 1       |                          | product_not_found
    09:01 | give_back 1 1       | product_released 1       | ok ended=09:01 confirmed=false
          | give_back 1 1       |                          | hold_ended
          | issue 1 100 hold=1  |                          | hold_ended
          | issue 1 100         | entitlement_issued 100#1 | ok
  `);
});

test("a hold of another product or category counts as not found", () => {
  playTable(`
    at    | command                                       | log                      | outcome
    09:00 | create 1 categories=adult,child               | product_created 1        | ok
          | create 2                                      | product_created 2        | ok
          | hold 1 category=adult                         | product_held 1           | ok hold=1 category=adult
          | issue 2 100 hold=1                            |                          | hold_not_found
          | hold 1                                        | product_held 1           | ok hold=2 category=none
          | issue 2 100 hold=2                            |                          | hold_not_found
          | issue 1 100 hold=1 category=child             |                          | hold_not_found
          | issue 1 100 hold=1                            | entitlement_issued 100#1 | ok category=adult
          | issue 1 200 hold=2 category=child             | entitlement_issued 200#2 | ok category=child
          | show 1                                        |                          | categories=adult:1/any,child:1/any
  `);
});

test("a category and its product each have a capacity, and what is held of either is kept", () => {
  playTable(`
    at    | command                                       | log                       | outcome
    09:00 | create 1 capacity=4 categories=adult:2,child  | product_created 1         | ok
          | hold 1 category=vip                           |                           | category_not_found
          | hold 1 category=adult quantity=3              |                           | capacity_reached
          | hold 1 category=adult                         | product_held 1            | ok hold=1
          | issue 1 1 category=adult                      | entitlement_issued 1#1    | ok
          | issue 1 2 category=adult                      |                           | capacity_reached
          | hold 1 category=child quantity=3              |                           | capacity_reached
          | hold 1 category=child quantity=2              | product_held 1            | ok hold=2
          | issue 1 2 category=child                      |                           | capacity_reached
          | issue 1 2                                     |                           | capacity_reached
          | issue 1 2 hold=1                              | entitlement_issued 2#2    | ok issued=2 categories=adult:2/2,child:0/any
          | give_back 1 2                                 | product_released 1        | ok
          | issue 1 3,4 category=child                    | entitlement_issued 3#3; entitlement_issued 4#4 | ok categories=adult:2/2,child:2/any
          | revoke 1 1                                    | entitlement_revoked 1#1   | ok categories=adult:1/2,child:2/any
          | hold 1 category=adult                         | product_held 1            | ok
  `);
});

test("places of the product that are held give no right to a category that is full", () => {
  playTable(`
    at    | command                                | log                    | outcome
    09:00 | create 1 capacity=4 categories=adult:1 | product_created 1      | ok
          | hold 1                                 | product_held 1         | ok hold=1
          | issue 1 1 category=adult               | entitlement_issued 1#1 | ok
          | issue 1 2 hold=1 category=adult        |                        | capacity_reached
          | issue 1 2 hold=1                       | entitlement_issued 2#2 | ok category=none
  `);
});

test("what cannot be held is refused", () => {
  playTable(`
    at    | command                         | log               | outcome
    09:00 | create 1                        | product_created 1 | ok
          | create 2 price=1 digits=4       | product_created 2 | ok
          | hold 3                          |                   | product_not_found
          | hold 1 stock=1                  |                   | product_not_found
          | hold 2                          |                   | product_not_found
          | hold 2 stock=1 owner=5          |                   | product_not_found
          | hold 1 quantity=0               |                   | quantity_invalid
          | hold 1 quantity=1.5             |                   | quantity_invalid
          | hold 1 quantity=101             |                   | quantity_invalid
          | hold 1 quantity=100             | product_held 1    | ok
          | hold 2 stock=1001               |                   | quantity_invalid
          | hold 1 reference=''             |                   | text_invalid
          | hold 1 for=0                    |                   | duration_invalid
          | hold 1 for=0.5                  |                   | duration_invalid
          | hold 1 for=86400001             |                   | duration_invalid
          | retire 1                        |                   | ok
          | hold 1                          |                   | product_not_found
  `);
});

test("of stock the lowest numbers are held, and sales and further holds take the next ones", () => {
  playTable(`
    at    | command                       | log                                              | outcome
    09:00 | create 1 price=1 digits=4     | product_created 1                                | ok
          | stock 1 0001,0002,0003,0004,0005 | product_stocked 1                             | ok
          | hold 1 stock=2                | product_held 1                                   | ok hold=1 codes=0001,0002 inStock=5
          | sell 1                        | entitlement_sold 0003#3                          | ok
          | hold 1 stock=1                | product_held 1                                   | ok hold=2 codes=0004
          | sell 1 quantity=2             |                                                  | stock_short
          | hold 1 stock=2                |                                                  | stock_short
          | sell 1 0001                   |                                                  | entitlement_held
          | sell 1 hold=1 quantity=3      |                                                  | quantity_invalid
    09:14 | sell 1 hold=1 quantity=2 reference=A1 | entitlement_sold 0001#1; entitlement_sold 0002#2 | ok inStock=2 issued=3 heldBy=none
          | sell 1 hold=1                 |                                                  | hold_ended
          | sell 1 hold=9                 |                                                  | hold_not_found
    09:15 | sell 1 0004                   | entitlement_sold 0004#4                          | ok
          | sell 1 hold=2                 |                                                  | hold_ended
          | sell 1                        | entitlement_sold 0005#5                          | ok inStock=0
  `);
});

test("stock of a hold that lapsed, that was released or that was not needed is sold again, the lowest number first", () => {
  playTable(`
    at           | command                       | log                     | outcome
    09:00        | create 1 price=1 digits=4     | product_created 1       | ok
          | stock 1 0001,0002,0003,0004   | product_stocked 1       | ok
          | hold 1 stock=1 for=1000       | product_held 1          | ok hold=1 codes=0001
          | hold 1 stock=1                | product_held 1          | ok hold=2 codes=0002
          | hold 1 stock=2                | product_held 1          | ok hold=3 codes=0003,0004
    09:00:00.999 | sell 1                        |                         | stock_short
    09:00:01     | sell 1                        | entitlement_sold 0001#1 | ok
          | give_back 1 2                 | product_released 1      | ok
          | show code 0002                |                         | heldBy=none stocked=true
          | sell 1 hold=3                 | entitlement_sold 0003#3 | ok
          | show code 0004                |                         | heldBy=none stocked=true
          | sell 1 quantity=2             | entitlement_sold 0002#2; entitlement_sold 0004#4 | ok inStock=0
  `);
});

test("stock of a lapsed hold can be held anew, and belongs to the later hold alone", () => {
  playTable(`
    at    | command                   | log                     | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1       | ok
          | stock 1 0001              | product_stocked 1       | ok
          | hold 1 stock=1 for=60000  | product_held 1          | ok hold=1 codes=0001
    09:01 | hold 1 stock=1            | product_held 1          | ok hold=2 codes=0001
          | show hold 1               |                         | ended=09:01 confirmed=false
          | give_back 1 1             |                         | hold_ended
          | sell 1 0001               |                         | entitlement_held
          | sell 1 hold=2             | entitlement_sold 0001#1 | ok
  `);
});

test("a piece of stock that is revoked while it is held is missing from its hold", () => {
  playTable(`
    at    | command                   | log                        | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1          | ok
          | stock 1 0001,0002         | product_stocked 1          | ok
          | hold 1 stock=2            | product_held 1             | ok
          | revoke 1 0001             | entitlement_revoked 0001#1 | ok inStock=1
          | sell 1 hold=1 quantity=2  |                            | stock_short
          | sell 1 hold=1             | entitlement_sold 0002#2    | ok inStock=0
  `);
});

test("a hold of stock is not confirmed by issuing", () => {
  playTable(`
    at    | command                   | log               | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1 | ok
          | stock 1 0001              | product_stocked 1 | ok
          | hold 1 stock=1            | product_held 1    | ok
          | issue 1 100 hold=1        |                   | hold_not_found
  `);
});
