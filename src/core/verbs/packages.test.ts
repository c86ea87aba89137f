import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("an edition has its packages made when it is added, and again when it is asked for", () => {
  playTable(`
    at    | command                          | log               | outcome
    09:00 | create 1 kind=chart slots=2      | product_created 1 | ok
          | edition 1 2026/1-0               | edition_added 1   | ok
          | jobs                             |                   | make_packages 1
          | pack 1 1                         |                   | ok editionId=1
          | pack 1 2                         |                   | edition_not_found
          | pack 2 1                         |                   | product_not_found
          | jobs                             |                   | make_packages 1; make_packages 1
  `);
});

test("a package is offered once for the users of one edition; the second builder changes nothing", () => {
  playTable(`
    at    | command                          | log               | outcome
    09:00 | create 1 kind=chart slots=2      | product_created 1 | ok
          | create 2 kind=chart slots=2      | product_created 2 | ok
          | edition 1 2026/1-0               | edition_added 1   | ok
          | edition 1 2026/1-1               | edition_added 1   | ok
          | offer 1 1                        | package_offered 1 | ok package=1 editionId=1 from=none ready=09:00
          | offer 1 2                        | package_offered 1 | ok package=2 editionId=2 from=none
    09:05 | offer 1 2 from=1                 | package_offered 1 | ok package=3 editionId=2 from=1 ready=09:05
    09:06 | offer 1 2 from=1                 |                   | ok package=3 ready=09:05
          | offer 1 1                        |                   | ok package=1 ready=09:00
          | offer 2 1                        |                   | edition_not_found
          | offer 3 1                        |                   | product_not_found
  `);
});

/** Ada's boat holds AAAA, which ends at 12:00; of its editions the third was published after that. */
const opening = `
    at    | command                                      | log                           | outcome
    09:00 | create 1 kind=chart slots=2                  | product_created 1             | ok
          | edition 1 2026/1-0 published=08:00           | edition_added 1               | ok
          | edition 1 2026/1-1 published=11:00           | edition_added 1               | ok
          | edition 1 2026/1-2 published=13:00           | edition_added 1               | ok
          | issue 1 AAAA to=ada@example.com expires=12:00 | entitlement_issued AAAA#1    | ok customer=1
          | register 1 boat print=A                      | device_registered on 1        | ok device=1
          | bind 1 AAAA boat as=system register=no       | entitlement_bound AAAA#1 on 1 | ok bindings=0:boat#1
`;

test("an edition is granted while the entitlement is valid, and the one of that time ever after", () => {
  playTable(`${opening}
    09:05 | fetch 1 AAAA boat edition=1 | edition_requested AAAA#1 on 1 | ok request=1 edition=2026/1-0 requested=09:05
    09:06 | fetch 1 AAAA boat edition=1 |                               | ok request=1 requested=09:05
          | fetch 1 AAAA boat edition=2 | edition_requested AAAA#1 on 1 | ok request=1 edition=2026/1-1 requested=09:06
    12:01 | fetch 1 AAAA boat edition=1 | edition_requested AAAA#1 on 1 | ok request=1 edition=2026/1-0
          | fetch 1 AAAA boat edition=2 | edition_requested AAAA#1 on 1 | ok request=1 edition=2026/1-1
          | fetch 1 AAAA boat edition=3 |                               | no_longer_valid
  `);
});

test("only the device that holds the entitlement in the slot is granted an edition, and each has a request of its own", () => {
  playTable(`${opening}
    09:05 | fetch 1 AAAA boat edition=1 slot=1             |                               | not_bound
          | fetch 1 AAAA desk edition=1                    |                               | device_not_found
          | register 1 desk print=B                        | device_registered on 2        | ok device=2
          | fetch 1 AAAA desk edition=1                    |                               | not_bound
          | bind 1 AAAA desk as=system register=no         | entitlement_bound AAAA#1 on 2 | ok
          | fetch 1 AAAA desk edition=1 slot=1             | edition_requested AAAA#1 on 2 | ok request=1
          | fetch 1 AAAA boat edition=2                    | edition_requested AAAA#1 on 1 | ok request=2
          | fetch 1 AAAA boat edition=1 of=2               |                               | entitlement_not_found
          | fetch 1 AAAA boat edition=9                    |                               | edition_not_found
          | disable 1 boat                                 | device_disabled on 1          | ok
          | fetch 1 AAAA boat edition=1                    |                               | device_disabled
  `);
});
