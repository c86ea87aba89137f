import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a suspended entitlement keeps its place and is honoured again once it is reinstated; both are idempotent", () => {
  playTable(`
    at    | command                | log                                                | outcome
    08:00 | create 1 capacity=1    | product_created 1                                  | ok
          | issue 1 100            | entitlement_issued 100#1                           | ok
    09:00 | suspend 1 100          | entitlement_suspended 100#1                        | ok suspended=09:00 issued=1
    09:30 | suspend 1 100          |                                                    | ok suspended=09:00
          | issue 1 200            |                                                    | capacity_reached
          | redeem 1 100 by=key:1  | entitlement_redeemed 100#1: entitlement_suspended  | entitlement_suspended
    10:00 | reinstate 1 100        | entitlement_reinstated 100#1                       | ok suspended=none
          | reinstate 1 100        |                                                    | ok suspended=none
          | redeem 1 100 by=key:1  | entitlement_redeemed 100#1                         | ok redeemed=10:00
  `);
});

test("a scan from offline of a suspended entitlement is a conflict, whenever it was made", () => {
  playTable(`
    at    | command                             | log                                                        | outcome
    08:00 | create 1                            | product_created 1                                          | ok
          | issue 1 100                         | entitlement_issued 100#1                                   | ok
    09:00 | suspend 1 100                       | entitlement_suspended 100#1                                | ok
    10:00 | redeem 1 100 scanned=08:30 ip=a     | entitlement_redeemed 100#1 at 08:30: entitlement_suspended | entitlement_suspended
          | conflicts                           |                                                            | 100 lost 08:30(a): entitlement_suspended
  `);
});

test("a suspended licence keeps its machines, gets no other, and a revoked one is neither suspended nor reinstated", () => {
  playTable(`
    at    | command                           | log                            | outcome
    08:00 | create 1 slots=2                  | product_created 1              | ok
          | issue 1 L to=ada@example.com      | entitlement_issued L#1         | ok
          | bind 1 L 08-00-27-AA-BB-01        | entitlement_bound L#1 on 1     | ok
    09:00 | suspend 1 L                       | entitlement_suspended L#1      | ok
          | bind 1 L 08-00-27-AA-BB-02        |                                | entitlement_suspended
          | unbind 1 L                        | entitlement_unbound L#1 on 1   | ok bindings=none
          | revoke 1 L                        | entitlement_revoked L#1        | ok suspended=09:00 revoked=09:00
          | suspend 1 L                       |                                | entitlement_revoked
          | reinstate 1 L                     |                                | entitlement_revoked
  `);
});

test("a suspended chart is not delivered: its deliveries end, and it keeps its system", () => {
  playTable(`
    at    | command                                     | log                              | outcome
    08:00 | create 1 slots=1 kind=chart                 | product_created 1                | ok
          | edition 1 2026-1 kind=chart                 | edition_added 1                  | ok
          | issue 1 C to=ada@example.com                | entitlement_issued C#1           | ok
          | register 1 boat print=a                     | device_registered on 1           | ok
          | bind 1 C boat as=system register=no slot=0  | entitlement_bound C#1 on 1       | ok
          | request 1 C boat                            | delivery_requested C#1 on 1      | ok
    09:00 | suspend 1 C                                 | entitlement_suspended C#1        | ok
          | deliveries                                  |                                  | 1 to 1 of 2026-1 ended
          | request 1 C boat                            |                                  | entitlement_suspended
          | finish 1 C                                  |                                  | delivery_ended
    10:00 | reinstate 1 C                               | entitlement_reinstated C#1       | ok
          | request 1 C boat                            | delivery_requested C#1 on 1      | ok
  `);
});

test("suspended stock is passed over by sales of a quantity, refused by number, and cannot be topped up once sold", () => {
  playTable(`
    at    | command                        | log                                                | outcome
    08:00 | create 1 price=10.00           | product_created 1                                  | ok
          | stock 1 0001,0002,0003         | product_stocked 1                                  | ok
          | suspend 1 0001                 | entitlement_suspended 0001#1                       | ok stocked=true
          | sell 1 0001                    |                                                    | entitlement_suspended
          | sell 1 quantity=1              | entitlement_sold 0002#2                            | ok sold=0002
          | sell 1 quantity=2              |                                                    | stock_short
          | suspend 1 0002                 | entitlement_suspended 0002#2                       | ok
          | top_up 1 0002 amount=5.00      |                                                    | entitlement_suspended
          | reinstate 1 0001               | entitlement_reinstated 0001#1                      | ok
          | sell 1 quantity=2              | entitlement_sold 0001#1; entitlement_sold 0003#3   | ok sold=0001,0003
  `);
});
