import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a new machine under a new name is registered, and doing it again changes nothing", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok device=1 deviceName=boat changed=true registered=09:00
    09:05 | register 1 boat print=A |                        | ok device=1 changed=false registered=09:00
          | show device 1 boat      |                        | device=1 print=A disabled=none
  `);
});

test("a name stays with its machine and a machine with its name; of both faults the name's is told", () => {
  playTable(`
    at    | command                  | log                    | outcome
    09:00 | register 1 boat print=A  | device_registered on 1 | ok
          | register 1 desk print=B  | device_registered on 2 | ok
          | register 1 boat print=C  |                        | fingerprint_differs
          | register 1 third print=A |                        | fingerprint_taken
          | register 1 boat print=B  |                        | fingerprint_differs
          | register 1 boat print=A  |                        | ok changed=false
          | show device 1 third      |                        | missing
  `);
});

test("names and machines of one customer are nothing to another", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok device=1
          | register 2 boat print=A | device_registered on 2 | ok device=2
          | register 2 boat print=B |                        | fingerprint_differs
          | release 2 boat          | device_released on 2   | ok device=2
          | show device 1 boat      |                        | print=A
  `);
});

test("only a name in its canonical form is registered", () => {
  playTable(`
    at    | command                        | log                    | outcome
    09:00 | register 1 ab print=A          |                        | device_invalid
          | register 1 my-boat print=A     |                        | device_invalid
          | register 1 SGL0123ABCD print=A |                        | device_invalid
          | register 1 sgl0123abCD print=A |                        | device_invalid
          | register 1 sgl0123abcd! print=A |                       | device_invalid
          | register 1 sgl0123ABCD print=A | device_registered on 1 | ok deviceName=sgl0123ABCD
          | register 1 MyTablet print=B    | device_registered on 2 | ok deviceName=MyTablet
  `);
});

test("names that differ in the case of letters alone are one name, in the spelling that came first", () => {
  playTable(`
    at    | command                     | log                    | outcome
    09:00 | register 1 MyTablet print=A | device_registered on 1 | ok deviceName=MyTablet
          | register 1 mytablet print=A |                        | fingerprint_taken
          | register 1 mytablet print=B |                        | fingerprint_differs
          | release 1 MYTABLET          | device_released on 1   | ok deviceName=MyTablet
          | register 1 mytablet print=B |                        | fingerprint_differs
          | register 1 MyTablet print=B | device_registered on 1 | ok deviceName=MyTablet
  `);
});

test("a machine that holds nothing under its name leaves it for one that was released", () => {
  playTable(`
    at    | command                            | log                                            | outcome
    09:00 | create 1 slots=2                   | product_created 1                              | ok
          | issue 1 AAAA to=ada@example.com    | entitlement_issued AAAA#1                      | ok customer=1
          | register 1 mylaptop print=A        | device_registered on 1                         | ok
          | bind 1 AAAA mylaptop as=system     | entitlement_bound AAAA#1 on 1                  | ok
    10:00 | register 1 mylaptop print=B        |                                                | fingerprint_differs
          | register 1 newlaptop print=B       | device_registered on 2                         | ok device=2
          | release 1 mylaptop                 | device_released on 1                           | ok
          | disable 1 newlaptop                | device_disabled on 2                           | ok
          | register 1 mylaptop print=B        |                                                | fingerprint_taken
          | enable 1 newlaptop                 | device_enabled on 2                            | ok
          | register 1 mylaptop print=B        | device_released on 2; device_registered on 1   | ok device=1
          | show device 1 newlaptop            |                                                | print=none
          | register 1 newlaptop print=B       |                                                | fingerprint_taken
          | register 1 newlaptop print=C       | device_registered on 2                         | ok device=2
  `);
});

test("a released name becomes the next machine's, and a released machine can take another name", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok
    09:10 | release 1 boat          | device_released on 1   | ok print=none changed=true
          | release 1 boat          |                        | ok changed=false
    09:20 | register 1 desk print=A | device_registered on 2 | ok device=2
          | register 1 boat print=B | device_registered on 1 | ok device=1 changed=true registered=09:00
          | show device 1 boat      |                        | device=1 print=B
  `);
});

test("a released machine that comes back under its own name is taken", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok
          | release 1 boat          | device_released on 1   | ok
          | register 1 boat print=A | device_registered on 1 | ok device=1 changed=true
          | register 1 boat print=A |                        | ok changed=false
  `);
});

test("a barred device is told so when it registers, until it is let in again, and stays the same machine", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok
    09:10 | disable 1 boat          | device_disabled on 1   | ok disabled=09:10 changed=true
    09:20 | disable 1 boat          |                        | ok disabled=09:10 changed=false
          | register 1 boat print=A |                        | device_disabled
          | register 1 boat print=B |                        | fingerprint_differs
          | register 1 desk print=A |                        | fingerprint_taken
          | enable 1 boat           | device_enabled on 1    | ok disabled=none changed=true
          | enable 1 boat           |                        | ok changed=false
          | register 1 boat print=A |                        | ok changed=false
  `);
});

test("a barred device that was released stays barred for the next machine", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok
          | disable 1 boat          | device_disabled on 1   | ok
          | release 1 boat          | device_released on 1   | ok disabled=09:00
          | register 1 boat print=B |                        | device_disabled
  `);
});

test("there is nothing to change about a device that the customer has not", () => {
  playTable(`
    at    | command                 | log                    | outcome
    09:00 | register 1 boat print=A | device_registered on 1 | ok
          | release 2 boat          |                        | device_not_found
          | disable 1 desk          |                        | device_not_found
          | enable 1 Ship           |                        | device_not_found
  `);
});

test("a name that was only held by a binding so far becomes the machine's that registers first", () => {
  playTable(`
    at    | command                         | log                           | outcome
    09:00 | create 1 slots=2                | product_created 1             | ok
          | issue 1 AAAA to=ada@example.com | entitlement_issued AAAA#1     | ok customer=1
          | bind 1 AAAA boat as=system      | entitlement_bound AAAA#1 on 1 | ok bindings=0:boat#1
          | show device 1 boat              |                               | print=none
          | register 1 boat print=A         | device_registered on 1        | ok device=1 changed=true
          | bind 1 AAAA boat as=system      |                               | ok bindings=0:boat#1 changed=false
  `);
});
