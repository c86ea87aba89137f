import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a new code takes the place of the old one, which is refused and taken for ever", () => {
  playTable(`
    at    | command                 | log                          | outcome
    08:00 | create 1                | product_created 1            | ok
          | issue 1 100             | entitlement_issued 100#1     | ok
          | issue 1 200             | entitlement_issued 200#2     | ok
          | reissue 1 100 as=200    |                              | code_taken
          | reissue 1 100 as=100    |                              | code_taken
          | reissue 1 100 as=101    | entitlement_reissued 101#1   | ok code=101
          | reissue 1 100 as=102    |                              | code_replaced
          | revoke 1 100            |                              | code_replaced
          | suspend 1 100           |                              | code_replaced
          | reinstate 1 100         |                              | code_replaced
          | extend 1 100            |                              | code_replaced
          | note 1 100              |                              | code_replaced
          | bind 1 100 a            |                              | code_replaced
          | unbind 1 100            |                              | code_replaced
          | request 1 100 a         |                              | code_replaced
          | finish 1 100            |                              | code_replaced
          | end 1 100               |                              | code_replaced
          | reissue 1 200 as=100    |                              | code_taken
          | reissue 1 101 drawn=100,101,103 | entitlement_reissued 103#1 | ok code=103
          | reissue 1 101 as=104    |                              | code_replaced
          | reissue 1 200 drawn=100,101 |                          | code_taken
          | redeem 1 103            | entitlement_redeemed 103#1   | ok
  `);
});

test("machines and deliveries stay with the entitlement, and so does a use", () => {
  playTable(`
    at    | command                                     | log                              | outcome
    08:00 | create 1 slots=1 kind=chart                 | product_created 1                | ok
          | edition 1 2026-1 kind=chart                 | edition_added 1                  | ok
          | issue 1 C to=ada@example.com                | entitlement_issued C#1           | ok
          | register 1 boat print=a                     | device_registered on 1           | ok
          | bind 1 C boat as=system register=no slot=0  | entitlement_bound C#1 on 1       | ok
          | request 1 C boat                            | delivery_requested C#1 on 1      | ok
          | reissue 1 C as=D                            | entitlement_reissued D#1         | ok customer=1
          | request 1 D boat                            |                                  | already_delivered
          | finish 1 D                                  | delivery_ready D#1 on 1          | ok
          | unbind 1 D                                  | entitlement_unbound D#1 on 1     | ok
          | redeem 1 D                                  | entitlement_redeemed D#1         | ok
          | reissue 1 D as=E                            | entitlement_reissued E#1         | ok redeemed=08:00
          | redeem 1 E                                  | entitlement_redeemed E#1: already_redeemed | already_redeemed
  `);
});

test("a card keeps its pin and its money under a new number of the same length", () => {
  playTable(`
    at    | command                           | log                                  | outcome
    08:00 | create 1 price=10.00 pins=4       | product_created 1                    | ok
          | stock 1 0001,0002 pins=4 drawn=1111,2222 | product_stocked 1             | ok
          | reissue 1 0001 as=0009            |                                      | not_sold
          | sell 1 0001                       | entitlement_sold 0001#1              | ok
          | top_up 1 0001 amount=5.00         | entitlement_topped_up 0001#1         | ok
          | reissue 1 0001 as=00009           |                                      | code_invalid
          | reissue 1 0001 as=000A            |                                      | code_invalid
          | reissue 1 0001 as=0009            | entitlement_reissued 0009#1          | ok
          | show card 0009                    |                                      | pin=1111 balance=15.00
          | show card 0001                    |                                      | missing
          | top_up 1 0001 amount=5.00         |                                      | code_replaced
          | sell 1 0001                       |                                      | code_replaced
          | top_up 1 0009 amount=5.00         | entitlement_topped_up 0009#1         | ok balance=20.00
  `);
});

test("a suspended entitlement stays suspended under its new code; a revoked one and one of a retired product get none", () => {
  playTable(`
    at    | command               | log                          | outcome
    08:00 | create 1              | product_created 1            | ok
          | issue 1 100           | entitlement_issued 100#1     | ok
          | suspend 1 100         | entitlement_suspended 100#1  | ok
          | reissue 1 100 as=101  | entitlement_reissued 101#1   | ok suspended=08:00
          | redeem 1 101          | entitlement_redeemed 101#1: entitlement_suspended | entitlement_suspended
          | revoke 1 101          | entitlement_revoked 101#1    | ok
          | reissue 1 101 as=102  |                              | entitlement_revoked
          | issue 1 200           | entitlement_issued 200#2     | ok
          | retire 1              | product_retired 1            | ok
          | reissue 1 200 as=201  |                              | product_retired
  `);
});

test("another product does not learn that a code was replaced", () => {
  playTable(`
    at    | command              | log                                           | outcome
    08:00 | create 1             | product_created 1                             | ok
          | create 2             | product_created 2                             | ok
          | issue 1 100          | entitlement_issued 100#1                      | ok
          | reissue 1 100 as=101 | entitlement_reissued 101#1                    | ok
          | redeem 2 100         | entitlement_redeemed 100: entitlement_not_found | entitlement_not_found
          | redeem 2 101         | entitlement_redeemed 101: entitlement_not_found | entitlement_not_found
          | revoke 2 100         |                                               | entitlement_not_found
          | redeem 1 100         | entitlement_redeemed 100: code_replaced       | code_replaced
  `);
});
