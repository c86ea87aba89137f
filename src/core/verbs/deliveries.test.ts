import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

/** Ada (customer 1) has two units of chart 1 with two slots each; her boat (device 1) holds the first of AAAA. */
const opening = `
    at    | command                                | log                           | outcome
    09:00 | create 1 kind=chart slots=2            | product_created 1             | ok
          | edition 1 2017-1 published=08:00       | edition_added 1               | ok
          | issue 1 AAAA to=ada@example.com        | entitlement_issued AAAA#1     | ok customer=1
          | issue 1 BBBB to=ada@example.com        | entitlement_issued BBBB#2     | ok customer=1
          | register 1 boat print=A                | device_registered on 1        | ok device=1
          | bind 1 AAAA boat as=system register=no | entitlement_bound AAAA#1 on 1 | ok bindings=0:boat#1
`;

function play(rows: string): void {
  playTable(opening + rows);
}

test("a request makes one delivery and one job; whoever asks again before it is over is told so", () => {
  play(`
    09:05 | request 1 AAAA boat          | delivery_requested AAAA#1 on 1 | ok product=1 edition=2017-1 delivery=1 device=1 requested=09:05 ready=none
          | request 1 AAAA boat          |                                | already_delivered
          | jobs                         |                                | make_packages 1; build_delivery 1
    09:10 | finish 1 AAAA expires=10:00  | delivery_ready AAAA#1 on 1     | ok ready=09:10 until=10:00 ended=none
          | jobs                         |                                | make_packages 1; build_delivery 1; mail_delivery 1
          | request 1 AAAA boat          |                                | already_delivered
    09:59 | request 1 AAAA boat          |                                | already_delivered
          | deliveries                   |                                | 1 to 1 of 2017-1 ready
  `);
});

test("once the time of a delivery is over the next one can be requested, and the old one is ended by that", () => {
  play(`
    09:05 | request 1 AAAA boat         | delivery_requested AAAA#1 on 1 | ok delivery=1
          | finish 1 AAAA expires=10:00 | delivery_ready AAAA#1 on 1     | ok
    10:00 | request 1 AAAA boat         | delivery_requested AAAA#1 on 1 | ok delivery=2
          | deliveries                  |                                | 1 to 1 of 2017-1 ended; 2 to 1 of 2017-1 building
  `);
});

test("a newer edition can be requested at once, and ends what was prepared of the older, built or not", () => {
  play(`
    09:05 | request 1 AAAA boat              | delivery_requested AAAA#1 on 1 | ok delivery=1 edition=2017-1
          | edition 1 2017-2 published=08:30 | edition_added 1                | ok
          | request 1 AAAA boat              | delivery_requested AAAA#1 on 1 | ok delivery=2 edition=2017-2
          | finish 1 AAAA                    |                                | delivery_ended
          | finish 2 AAAA                    | delivery_ready AAAA#1 on 1     | ok
          | edition 1 2017-3 published=08:40 | edition_added 1                | ok
          | request 1 AAAA boat              | delivery_requested AAAA#1 on 1 | ok delivery=3 edition=2017-3
          | deliveries                       |                                | 1 to 1 of 2017-1 ended; 2 to 1 of 2017-2 ended; 3 to 1 of 2017-3 building
  `);
});

test("the current edition is the one that was published last, whenever it was added", () => {
  play(`
    09:05 | edition 1 2016-9 published=07:00 | edition_added 1                | ok
          | request 1 AAAA boat              | delivery_requested AAAA#1 on 1 | ok edition=2017-1
  `);
});

test("each device and each entitlement has deliveries of its own", () => {
  play(`
    09:05 | register 1 desk print=B                | device_registered on 2         | ok
          | bind 1 AAAA desk as=system register=no | entitlement_bound AAAA#1 on 2  | ok bindings=0:boat#1,1:desk#2
          | bind 1 BBBB boat as=system register=no | entitlement_bound BBBB#2 on 1  | ok
          | request 1 AAAA boat                    | delivery_requested AAAA#1 on 1 | ok delivery=1
          | request 1 AAAA desk                    | delivery_requested AAAA#1 on 2 | ok delivery=2
          | request 1 BBBB boat                    | delivery_requested BBBB#2 on 1 | ok delivery=3
          | end 2 AAAA                             | delivery_ended AAAA#1 on 2     | ok ended=09:05
          | deliveries                             |                                | 1 to 1 of 2017-1 building; 2 to 2 of 2017-1 ended; 3 to 1 of 2017-1 building
  `);
});

test("only the device that holds the entitlement, in the slot that is named, gets a delivery", () => {
  play(`
    09:05 | request 1 AAAA desk        |                                | device_not_found
          | register 1 desk print=B    | device_registered on 2         | ok
          | request 1 AAAA desk        |                                | not_bound
          | request 1 BBBB boat        |                                | not_bound
          | request 1 AAAA boat slot=1 |                                | not_bound
          | request 1 AAAA boat slot=0 | delivery_requested AAAA#1 on 1 | ok
  `);
});

test("what another customer holds, or what is of another product, is not there", () => {
  play(`
    09:05 | create 2 kind=chart slots=2     | product_created 2         | ok
          | issue 1 CCCC to=ben@example.com | entitlement_issued CCCC#3 | ok customer=2
          | request 1 CCCC boat             |                           | entitlement_not_found
          | request 1 AAAA boat of=2        |                           | entitlement_not_found
          | request 2 AAAA boat             |                           | entitlement_not_found
          | request 3 AAAA boat             |                           | product_not_found
          | request 1 DDDD boat             |                           | entitlement_not_found
          | issue 1 EEEE                    | entitlement_issued EEEE#4 | ok customer=none
          | request 1 EEEE boat             |                           | entitlement_not_found
  `);
});

test("without an edition there is nothing to deliver", () => {
  playTable(`
    at    | command                         | log                           | outcome
    09:00 | create 1 kind=chart slots=2     | product_created 1             | ok
          | issue 1 AAAA to=ada@example.com | entitlement_issued AAAA#1     | ok
          | bind 1 AAAA boat as=system      | entitlement_bound AAAA#1 on 1 | ok
          | request 1 AAAA boat             |                               | edition_not_found
  `);
});

test("nothing is delivered of an expired entitlement, nor to a barred device; its last moment still counts", () => {
  play(`
    09:05 | issue 1 CCCC to=ada@example.com expires=10:00 | entitlement_issued CCCC#3      | ok expires=10:00
          | bind 1 CCCC boat as=system                    | entitlement_bound CCCC#3 on 1  | ok
    10:00 | request 1 CCCC boat                           | delivery_requested CCCC#3 on 1 | ok delivery=1
          | end 1 CCCC                                    | delivery_ended CCCC#3 on 1     | ok
    10:01 | request 1 CCCC boat                           |                                | no_longer_valid
          | disable 1 boat                                | device_disabled on 1           | ok
          | request 1 CCCC boat                           |                                | device_disabled
          | request 1 AAAA boat                           |                                | device_disabled
  `);
});

test("when another machine takes the name of a released one, what was delivered for the old machine is ended", () => {
  play(`
    09:05 | bind 1 BBBB boat as=system | entitlement_bound BBBB#2 on 1  | ok
          | request 1 AAAA boat        | delivery_requested AAAA#1 on 1 | ok delivery=1
          | finish 1 AAAA              | delivery_ready AAAA#1 on 1     | ok
          | request 1 BBBB boat        | delivery_requested BBBB#2 on 1 | ok delivery=2
          | release 1 boat             | device_released on 1           | ok
          | register 1 boat print=B    | device_registered on 1         | ok
          | deliveries                 |                                | 1 to 1 of 2017-1 ended; 2 to 1 of 2017-1 ended
          | finish 2 BBBB              |                                | delivery_ended
          | end 1 AAAA                 |                                | delivery_ended
          | request 1 AAAA boat        | delivery_requested AAAA#1 on 1 | ok delivery=3
  `);
});

test("what the same machine registers again keeps its deliveries", () => {
  play(`
    09:05 | request 1 AAAA boat     | delivery_requested AAAA#1 on 1 | ok
          | register 1 boat print=A |                                | ok changed=false
          | request 1 AAAA boat     |                                | already_delivered
  `);
});

test("taking an entitlement from a device ends what was delivered there, and nothing else", () => {
  play(`
    09:05 | register 1 desk print=B      | device_registered on 2          | ok
          | bind 1 AAAA desk as=system   | entitlement_bound AAAA#1 on 2   | ok
          | request 1 AAAA boat          | delivery_requested AAAA#1 on 1  | ok delivery=1
          | request 1 AAAA desk          | delivery_requested AAAA#1 on 2  | ok delivery=2
          | unbind 1 AAAA boat as=system | entitlement_unbound AAAA#1 on 1 | ok bindings=1:desk#2
          | deliveries                   |                                 | 1 to 1 of 2017-1 ended; 2 to 2 of 2017-1 building
          | finish 1 AAAA                |                                 | delivery_ended
          | bind 1 AAAA boat as=system   | entitlement_bound AAAA#1 on 1   | ok
          | request 1 AAAA boat          | delivery_requested AAAA#1 on 1  | ok delivery=3
          | unbind 1 AAAA                | entitlement_unbound AAAA#1      | ok bindings=none
          | deliveries                   |                                 | 1 to 1 of 2017-1 ended; 2 to 2 of 2017-1 ended; 3 to 1 of 2017-1 ended
  `);
});

test("revoking an entitlement ends what was delivered of it, and no build of it is offered any more", () => {
  play(`
    09:05 | request 1 AAAA boat | delivery_requested AAAA#1 on 1 | ok delivery=1
          | revoke 1 AAAA       | entitlement_revoked AAAA#1     | ok
          | deliveries          |                                | 1 to 1 of 2017-1 ended
          | finish 1 AAAA       |                                | delivery_ended
          | jobs                |                                | make_packages 1; build_delivery 1
          | request 1 AAAA boat |                                | entitlement_revoked
  `);
});

test("a delivery is finished once: the first file counts, and one mail is sent", () => {
  play(`
    09:05 | request 1 AAAA boat         | delivery_requested AAAA#1 on 1 | ok
    09:10 | finish 1 AAAA expires=10:00 | delivery_ready AAAA#1 on 1     | ok ready=09:10 until=10:00
    09:20 | finish 1 AAAA expires=11:00 |                                | ok ready=09:10 until=10:00
          | jobs                        |                                | make_packages 1; build_delivery 1; mail_delivery 1
  `);
});

test("a delivery that ended stays so, and is found by its own entitlement only", () => {
  play(`
    09:05 | request 1 AAAA boat | delivery_requested AAAA#1 on 1 | ok
          | finish 1 BBBB       |                                | delivery_ended
          | finish 1 CCCC       |                                | entitlement_not_found
          | end 1 BBBB          |                                | delivery_ended
          | end 1 CCCC          |                                | entitlement_not_found
          | end 1 AAAA          | delivery_ended AAAA#1 on 1     | ok ended=09:05
          | end 1 AAAA          |                                | delivery_ended
          | finish 1 AAAA       |                                | delivery_ended
  `);
});
