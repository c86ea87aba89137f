import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("an entitlement passes to another holder, who becomes a customer if nobody of this name is one", () => {
  playTable(`
    at    | command                                         | log                             | outcome
    08:00 | create 1                                        | product_created 1               | ok
          | issue 1 100 to=ada@example.com                  | entitlement_issued 100#1        | ok customer=1
          | issue 1 200 to=ben@example.com                  | entitlement_issued 200#2        | ok customer=2
          | transfer 1 100 to=Ben@example.com               | entitlement_transferred 100#1   | ok customer=2 code=100
          | transfer 1 100 to=ben@example.com               |                                 | ok customer=2
          | transfer 1 100 to=cleo@example.com called=Cleo  | entitlement_transferred 100#1   | ok customer=3 called=Cleo
          | transfer 1 100 to=''                            |                                 | name_invalid
          | redeem 1 100                                    | entitlement_redeemed 100#1      | ok customer=3
  `);
});

test("a transfer with a new code makes the former holder's copy worthless in the same act", () => {
  playTable(`
    at    | command                                    | log                                                          | outcome
    08:00 | create 1                                   | product_created 1                                            | ok
          | issue 1 100 to=ada@example.com             | entitlement_issued 100#1                                     | ok
          | issue 1 300                                | entitlement_issued 300#2                                     | ok
          | transfer 1 100 to=ben@example.com as=300   |                                                              | code_taken
          | transfer 1 100 to=ben@example.com as=200   | entitlement_transferred 200#1; entitlement_reissued 200#1    | ok code=200 customer=2
          | transfer 1 100 to=ben@example.com          |                                                              | code_replaced
          | transfer 1 200 to=ben@example.com drawn=300,400 | entitlement_reissued 400#1                              | ok code=400 customer=2
          | show code 200                              |                                                              | missing
          | redeem 1 400                               | entitlement_redeemed 400#1                                   | ok
  `);
});

test("a transfer takes the entitlement from the devices of the former holder and ends its deliveries, as revoking does", () => {
  playTable(`
    at    | command                                     | log                                | outcome
    08:00 | create 1 slots=1 kind=chart                 | product_created 1                  | ok
          | edition 1 2026-1 kind=chart                 | edition_added 1                    | ok
          | issue 1 C to=ada@example.com                | entitlement_issued C#1             | ok
          | register 1 boat print=a                     | device_registered on 1             | ok
          | bind 1 C boat as=system register=no slot=0  | entitlement_bound C#1 on 1         | ok
          | request 1 C boat                            | delivery_requested C#1 on 1        | ok
          | transfer 1 C to=ada@example.com             |                                    | ok
          | deliveries                                  |                                    | 1 to 1 of 2026-1 building
          | transfer 1 C to=ben@example.com             | entitlement_transferred C#1        | ok customer=2
          | deliveries                                  |                                    | 1 to 1 of 2026-1 ended
          | unbind 1 C                                  |                                    | ok bindings=none
          | request 1 C boat                            |                                    | entitlement_not_found
  `);
});

test("entitlements that are spent, suspended, revoked, in stock or of a retired product stay with their holders", () => {
  playTable(`
    at    | command                             | log                          | outcome
    08:00 | create 1                            | product_created 1            | ok
          | issue 1 100                         | entitlement_issued 100#1     | ok
          | issue 1 200                         | entitlement_issued 200#2     | ok
          | issue 1 300                         | entitlement_issued 300#3     | ok
          | redeem 1 100                        | entitlement_redeemed 100#1   | ok
          | transfer 1 100 to=ben@example.com   |                              | already_redeemed
          | note 1 100 uses=2                   | entitlement_changed 100#1    | ok
          | transfer 1 100 to=ben@example.com   | entitlement_transferred 100#1 | ok
          | suspend 1 200                       | entitlement_suspended 200#2  | ok
          | transfer 1 200 to=ben@example.com   |                              | entitlement_suspended
          | revoke 1 200                        | entitlement_revoked 200#2    | ok
          | transfer 1 200 to=ben@example.com   |                              | entitlement_revoked
          | create 2 price=10.00                | product_created 2            | ok
          | stock 2 0001                        | product_stocked 2            | ok
          | transfer 2 0001 to=ben@example.com  |                              | not_sold
          | retire 1                            | product_retired 1            | ok
          | transfer 1 300 to=ben@example.com   |                              | product_retired
  `);
});

test("who is inside keeps the ticket until going out", () => {
  playTable(`
    at    | command                            | log                                | outcome
    08:00 | create 1                           | product_created 1                  | ok
          | terms 1 uses=any exits=yes         |                                    |
          | issue 1 100 to=ada@example.com     | entitlement_issued 100#1           | ok
    09:00 | redeem 1 100                       | entitlement_redeemed 100#1         | ok inside=true
          | transfer 1 100 to=ben@example.com  |                                    | already_inside
    10:00 | redeem 1 100 out                   | entitlement_redeemed 100#1         | ok inside=false
          | transfer 1 100 to=ben@example.com  | entitlement_transferred 100#1      | ok customer=2
    11:00 | redeem 1 100                       | entitlement_redeemed 100#1         | ok inside=true
          | reissue 1 100 as=101               | entitlement_reissued 101#1         | ok inside=true
          | redeem 1 101                       | entitlement_redeemed 101#1: already_inside | already_inside
          | redeem 1 100                       | entitlement_redeemed 100: code_replaced | code_replaced
  `);
});
