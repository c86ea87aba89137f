import { test } from "node:test";
import { playTable } from "../../../tests/support/rule-table.ts";

test("a product is created with its terms, live and with nothing issued", () => {
  playTable(`
    at    | command                                       | log               | outcome
    09:00 | create name=Gala description=Dance capacity=3 | product_created 1 | ok product=1 name=Gala capacity=3 issued=0
          | show 1                                        |                   | description=Dance starts=none ends=none
          | show 1                                        |                   | created=09:00 retired=none everIssued=false
          | create starts=18:00 ends=23:00 keys=B2,A1     | product_created 2 | ok product=2 starts=18:00 ends=23:00 keys=B2,A1
          | show 1                                        |                   | keys=none
  `);
});

test("a product takes the number that is asked for, unless another product has it", () => {
  playTable(`
    at    | command          | log                      | outcome
    09:00 | create 41        | product_created 41       | ok product=41
          | create 41        |                          | product_id_taken
          | create           | product_created 42       | ok product=42
          | create 42        |                          | product_id_taken
          | issue 41 100     | entitlement_issued 100#1 | ok
          | retire 41        | product_retired 41       | ok deleted=false
          | create 41        |                          | product_id_taken
          | retire 42        |                          | ok deleted=true
          | create 42 name=B | product_created 42       | ok product=42 name=B
  `);
});

test("terms that cannot stand are refused, and nothing is created", () => {
  playTable(`
    at    | command                               | log               | outcome
    09:00 | create name=''                        |                   | name_invalid
          | create starts=18:00 ends=17:59:59.999 |                   | period_reversed
          | create keys=A1,B-2                    |                   | access_key_invalid
          | show 1                                |                   | missing
          | create starts=18:00 ends=18:00        | product_created 1 | ok
  `);
});

test("an access key that is given twice counts once, in the first place", () => {
  playTable(`
    at    | command                    | log               | outcome
    09:00 | create keys=B2,A1,B2,a1,A1 | product_created 1 | ok keys=B2,A1,a1
  `);
});
