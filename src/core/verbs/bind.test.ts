import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("devices take the lowest free slots, one each, and holding again changes nothing", () => {
  playTable(`
    at    | command                         | log                             | outcome
    09:00 | create 1 slots=2                | product_created 1               | ok slots=2
          | issue 1 AAAA                    | entitlement_issued AAAA#1       | ok
          | bind 1 AAAA 08-00-27-00-00-01   | entitlement_bound AAAA#1 on 1   | ok bindings=0:08-00-27-00-00-01#1
          | bind 1 AAAA 08-00-27-00-00-02   | entitlement_bound AAAA#1 on 2   | ok bindings=0:08-00-27-00-00-01#1,1:08-00-27-00-00-02#2
          | bind 1 AAAA 08-00-27-00-00-01   |                                 | ok bindings=0:08-00-27-00-00-01#1,1:08-00-27-00-00-02#2
          | bind 1 AAAA 08-00-27-00-00-03   |                                 | slots_taken
          | unbind 1 AAAA 08-00-27-00-00-01 | entitlement_unbound AAAA#1 on 1 | ok bindings=1:08-00-27-00-00-02#2
          | bind 1 AAAA 08-00-27-00-00-03   | entitlement_bound AAAA#1 on 3   | ok bindings=0:08-00-27-00-00-03#3,1:08-00-27-00-00-02#2
  `);
});

test("a slot that is named is taken, unless another device has it or the device has another", () => {
  playTable(`
    at    | command                              | log                           | outcome
    09:00 | create 1 slots=3                     | product_created 1             | ok
          | issue 1 AAAA                         | entitlement_issued AAAA#1     | ok
          | bind 1 AAAA 08-00-27-00-00-01 slot=2 | entitlement_bound AAAA#1 on 1 | ok bindings=2:08-00-27-00-00-01#1
          | bind 1 AAAA 08-00-27-00-00-01 slot=2 |                               | ok bindings=2:08-00-27-00-00-01#1
          | bind 1 AAAA 08-00-27-00-00-02 slot=2 |                               | slot_taken
          | bind 1 AAAA 08-00-27-00-00-01 slot=0 |                               | already_bound
          | bind 1 AAAA 08-00-27-00-00-02 slot=3 |                               | slot_not_found
          | bind 1 AAAA 08-00-27-00-00-02 slot=x |                               | slot_not_found
  `);
});

test("one device of a customer may hold many entitlements, and is known by its name from the second on", () => {
  playTable(`
    at    | command                                   | log                           | outcome
    09:00 | create 1 slots=1                          | product_created 1             | ok
          | issue 1 AAAA to=ada@example.com           | entitlement_issued AAAA#1     | ok
          | issue 1 BBBB to=ada@example.com           | entitlement_issued BBBB#2     | ok
          | issue 1 CCCC to=bob@example.com           | entitlement_issued CCCC#3     | ok
          | bind 1 AAAA 08-00-27-00-00-01 register=no |                               | device_not_found
          | bind 1 AAAA 08-00-27-00-00-01             | entitlement_bound AAAA#1 on 1 | ok bindings=0:08-00-27-00-00-01#1
          | bind 1 BBBB 08-00-27-00-00-01 register=no | entitlement_bound BBBB#2 on 1 | ok bindings=0:08-00-27-00-00-01#1
          | bind 1 CCCC 08-00-27-00-00-01 register=no |                               | device_not_found
          | bind 1 CCCC 08:00:27:00:00:01             |                               | device_invalid
  `);
});

test("revoking takes an entitlement from every device, and nothing is bound to it after that", () => {
  playTable(`
    at    | command                         | log                           | outcome
    09:00 | create 1 slots=1                | product_created 1             | ok
          | issue 1 AAAA                    | entitlement_issued AAAA#1     | ok
          | bind 1 AAAA 08-00-27-00-00-01   | entitlement_bound AAAA#1 on 1 | ok
          | revoke 1 AAAA                   | entitlement_revoked AAAA#1    | ok
          | unbind 1 AAAA 08-00-27-00-00-01 |                               | not_bound
          | unbind 1 AAAA                   |                               | ok bindings=none
          | bind 1 AAAA 08-00-27-00-00-01   |                               | entitlement_revoked
          | unbind 1 BBBB                   |                               | entitlement_not_found
          | unbind 2 AAAA                   |                               | product_not_found
  `);
});

test("only what its holder has is revoked when a holder is named", () => {
  playTable(`
    at    | command                         | log                        | outcome
    09:00 | create 1 slots=1                | product_created 1          | ok
          | issue 1 AAAA to=ada@example.com | entitlement_issued AAAA#1  | ok
          | revoke 1 AAAA of=bob@example.com |                           | entitlement_not_found
          | revoke 1 AAAA of=ADA@example.com | entitlement_revoked AAAA#1 | ok
  `);
});

test("binding tells whether anything changed", () => {
  playTable(`
    at    | command                       | log                           | outcome
    09:00 | create 1 slots=2              | product_created 1             | ok
          | issue 1 AAAA                  | entitlement_issued AAAA#1     | ok
          | bind 1 AAAA 08-00-27-00-00-01 | entitlement_bound AAAA#1 on 1 | ok changed=true
          | bind 1 AAAA 08-00-27-00-00-01 |                               | ok changed=false
  `);
});

test("systems hold entitlements by their names; a machine of the same letters is another device", () => {
  playTable(`
    at    | command                                | log                             | outcome
    09:00 | create 1 slots=2                       | product_created 1               | ok
          | issue 1 AAAA to=ada@example.com        | entitlement_issued AAAA#1       | ok
          | bind 1 AAAA boat as=system register=no |                                 | device_not_found
          | register 1 boat print=A                | device_registered on 1          | ok
          | bind 1 AAAA boat as=system register=no | entitlement_bound AAAA#1 on 1   | ok bindings=0:boat#1
          | bind 1 AAAA a-boat as=system           |                                 | device_invalid
          | bind 1 AAAA Boat as=system register=no |                                 | ok bindings=0:boat#1 changed=false
          | bind 1 AAAA 080027aabbcc as=system     | entitlement_bound AAAA#1 on 2   | ok bindings=0:boat#1,1:080027aabbcc#2
          | unbind 1 AAAA 080027aabbcc             |                                 | not_bound
          | unbind 1 AAAA 080027aabbcc as=system   | entitlement_unbound AAAA#1 on 2 | ok bindings=0:boat#1
  `);
});

test("a barred device is bound to nothing, keeps what it holds, and can be taken from it", () => {
  playTable(`
    at    | command                         | log                             | outcome
    09:00 | create 1 slots=2                | product_created 1               | ok
          | issue 1 AAAA to=ada@example.com | entitlement_issued AAAA#1       | ok
          | issue 1 BBBB to=ada@example.com | entitlement_issued BBBB#2       | ok
          | bind 1 AAAA boat as=system      | entitlement_bound AAAA#1 on 1   | ok
          | disable 1 boat                  | device_disabled on 1            | ok
          | bind 1 BBBB boat as=system      |                                 | device_disabled
          | bind 1 AAAA boat as=system      |                                 | device_disabled
          | unbind 1 AAAA boat as=system    | entitlement_unbound AAAA#1 on 1 | ok
          | enable 1 boat                   | device_enabled on 1             | ok
          | bind 1 BBBB boat as=system      | entitlement_bound BBBB#2 on 1   | ok
  `);
});

test("an expired entitlement is bound to nothing more; its last second still counts", () => {
  playTable(`
    at           | command                       | log                           | outcome
    09:00        | create 1 slots=2              | product_created 1             | ok
                 | issue 1 AAAA expires=10:00    | entitlement_issued AAAA#1     | ok expires=10:00
    10:00:00.999 | bind 1 AAAA 08-00-27-00-00-01 | entitlement_bound AAAA#1 on 1 | ok
    10:00:01     | bind 1 AAAA 08-00-27-00-00-02 |                               | no_longer_valid
                 | bind 1 AAAA 08-00-27-00-00-01 |                               | no_longer_valid
  `);
});
