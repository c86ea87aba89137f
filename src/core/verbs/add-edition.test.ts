import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("an edition is added once under its name, and each product has names of its own", () => {
  playTable(`
    at    | command                            | log               | outcome
    09:00 | create 1 kind=chart                | product_created 1 | ok
          | create 2 kind=chart                | product_created 2 | ok
    09:05 | edition 1 2017-1 published=08:00   | edition_added 1   | ok product=1 edition=2017-1 editionId=1 published=08:00 added=09:05
          | edition 1 2017-1 published=09:00   |                   | edition_taken
          | edition 1 2017-2 published=09:00   | edition_added 1   | ok editionId=2
          | edition 2 2017-1 published=08:00   | edition_added 2   | ok product=2 editionId=3
  `);
});

test("the name of an edition is one or two words of letters, digits, dots, hyphens and underscores", () => {
  playTable(`
    at    | command                                       | log               | outcome
    09:00 | create 1 kind=chart                           | product_created 1 | ok
          | edition 1                                     |                   | edition_invalid
          | edition 1 ../2017                             |                   | edition_invalid
          | edition 1 2017/2/1                            |                   | edition_invalid
          | edition 1 2017/                               |                   | edition_invalid
          | edition 1 2017/..                             |                   | edition_invalid
          | edition 1 2017/2-1                            | edition_added 1   | ok edition=2017/2-1
          | edition 1 .2017                               |                   | edition_invalid
          | edition 1 12345678901234567890123456789012    | edition_added 1   | ok
          | edition 1 123456789012345678901234567890123   |                   | edition_invalid
  `);
});

test("nothing is added to a product that is unknown, of another kind than is asked for, or retired", () => {
  playTable(`
    at    | command                    | log                      | outcome
    09:00 | create 1                   | product_created 1        | ok
          | edition 1 2017-1 kind=chart |                         | product_not_found
          | edition 2 2017-1           |                          | product_not_found
          | issue 1 100                | entitlement_issued 100#1 | ok
          | retire 1                   | product_retired 1        | ok
          | edition 1 2017-1           |                          | product_retired
  `);
});

test("editions go with a product of which nothing was ever issued, and a new one of its number has none", () => {
  playTable(`
    at    | command             | log               | outcome
    09:00 | create 1 kind=chart | product_created 1 | ok
          | edition 1 2017-1    | edition_added 1   | ok
          | retire 1            |                   | ok deleted=true
          | create 1 kind=chart | product_created 1 | ok
          | edition 1 2017-1    | edition_added 1   | ok
  `);
});
