import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { playTable } from "../../../tests/support/rule-table.ts";
import type { Command } from "../command.ts";
import { codeLengthMax, entitlements, isCode, replacedCodes } from "../entitlement.ts";
import { products } from "../product.ts";
import { put } from "../state.ts";

test("an entitlement is issued unspent, with the code that is asked for and its leading zeros", () => {
  playTable(`
    at    | command         | log                        | outcome
    09:00 | create 1        | product_created 1          | ok
    09:05 | issue 1 00042   | entitlement_issued 00042#1 | ok code=00042 id=1 product=1 issued=1 issuedAt=09:05
          | show code 00042 |                            | redeemed=none revoked=none customer=none
          | issue 1 42      | entitlement_issued 42#2    | ok code=42 id=2 issued=2
  `);
});

test("of the codes that were drawn the first free one is taken", () => {
  playTable(`
    at    | command                     | log                         | outcome
    09:00 | create 1                    | product_created 1           | ok
          | issue 1 drawn=111111,222222 | entitlement_issued 111111#1 | ok code=111111
          | issue 1 drawn=111111,222222 | entitlement_issued 222222#2 | ok code=222222
          | issue 1 drawn=111111,222222 |                             | code_taken
          | issue 1 111111              |                             | code_taken
  `);
});

test("a code belongs to one entitlement of the organization, whatever became of it", () => {
  playTable(`
    at    | command      | log                        | outcome
    09:00 | create 1     | product_created 1          | ok
          | create 2     | product_created 2          | ok
          | issue 1 100  | entitlement_issued 100#1   | ok
          | issue 2 100  |                            | code_taken
          | redeem 1 100 | entitlement_redeemed 100#1 | ok
          | issue 1 100  |                            | code_taken
          | revoke 1 100 | entitlement_revoked 100#1  | ok
          | issue 1 100  |                            | code_taken
          | issue 2 100  |                            | code_taken
  `);
});

test("no more than the capacity is out at once, and a revoked one gives its place back", () => {
  playTable(`
    at    | command             | log                        | outcome
    09:00 | create 1 capacity=2 | product_created 1          | ok
          | issue 1 100         | entitlement_issued 100#1   | ok issued=1
          | issue 1 200         | entitlement_issued 200#2   | ok issued=2
          | issue 1 300         |                            | capacity_reached
          | redeem 1 100        | entitlement_redeemed 100#1 | ok issued=2
          | issue 1 300         |                            | capacity_reached
          | revoke 1 200        | entitlement_revoked 200#2  | ok issued=1
          | issue 1 300         | entitlement_issued 300#3   | ok issued=2
          | issue 1 400         |                            | capacity_reached
          | create 2 capacity=0 | product_created 2          | ok
          | issue 2 500         |                            | capacity_reached
          | create 3            | product_created 3          | ok capacity=none
          | issue 3 600         | entitlement_issued 600#4   | ok
  `);
});

test("one customer is one, however its e-mail address is written", () => {
  playTable(`
    at    | command                           | log                      | outcome
    09:00 | create 1                          | product_created 1        | ok
          | issue 1 100 to=Anna@Example.com   | entitlement_issued 100#1 | ok customer=1 customerName=Anna@Example.com
          | issue 1 200 to=anna@example.COM   | entitlement_issued 200#2 | ok customer=1 customerName=Anna@Example.com
          | issue 1 300 to=_anna@example.com_ | entitlement_issued 300#3 | ok customer=1
          | issue 1 400 to=_ANNA_             | entitlement_issued 400#4 | ok customer=2 customerName=ANNA
          | issue 1 500 to=anna               | entitlement_issued 500#5 | ok customer=3
          | issue 1 600 to=ANNA               | entitlement_issued 600#6 | ok customer=2
          | issue 1 700                       | entitlement_issued 700#7 | ok customer=none
  `);
});

test("a refused issue makes no customer", () => {
  playTable(`
    at    | command                         | log                      | outcome
    09:00 | create 1 capacity=1             | product_created 1        | ok
          | issue 1 100                     | entitlement_issued 100#1 | ok
          | issue 1 200 to=anna@example.com |                          | capacity_reached
          | change 1 capacity=2             | product_changed 1        | ok
          | issue 1 200 to=ben@example.com  | entitlement_issued 200#2 | ok customer=1
  `);
});

test("nothing is issued of an unknown product", () => {
  playTable(`
    at    | command     | log | outcome
    09:00 | issue 1 100 |     | product_not_found
  `);
});

test("what is issued before the product's time or after it is only honoured within it", () => {
  playTable(`
    at    | command                          | log                                         | outcome
    09:00 | create 1 starts=18:00 ends=23:00 | product_created 1                           | ok
          | issue 1 100                      | entitlement_issued 100#1                    | ok
          | redeem 1 100                     | entitlement_redeemed 100#1: not_yet_valid   | not_yet_valid
    23:30 | issue 1 200                      | entitlement_issued 200#2                    | ok
          | redeem 1 200                     | entitlement_redeemed 200#2: no_longer_valid | no_longer_valid
  `);
});

test("several are issued at once, all or none, each with a code of its own", () => {
  playTable(`
    at    | command                                | log                                                  | outcome
    09:00 | create 1 capacity=3                    | product_created 1                                    | ok
          | issue 1 quantity=2 drawn=111,111,222   | entitlement_issued 111#1; entitlement_issued 222#2   | ok codes=111,222 issued=2
          | issue 1 quantity=2 drawn=333,444       |                                                      | capacity_reached
          | issue 1 quantity=2 drawn=111,333       |                                                      | code_taken
          | issue 1 quantity=0 drawn=333           |                                                      | quantity_invalid
          | issue 1 quantity=101 drawn=333         |                                                      | quantity_invalid
          | show 1                                 |                                                      | issued=2
  `);
});

test("codes of the caller's choice are issued all together, or none when one of them is taken", () => {
  playTable(`
    at    | command                | log                                                  | outcome
    09:00 | create 1 capacity=3    | product_created 1                                    | ok
          | issue 1 A1,A2          | entitlement_issued A1#1; entitlement_issued A2#2     | ok code=A1 issued=2
          | issue 1 A3,A2          |                                                      | code_taken
          | issue 1 A3,A3          |                                                      | code_taken
          | issue 1 A3,A4          |                                                      | capacity_reached
          | issue 1 A3 quantity=2  |                                                      | code_taken
          | show 1                 |                                                      | issued=2
  `);
});

test("a later name of a customer replaces an earlier one, and an empty one does not", () => {
  playTable(`
    at    | command                                     | log                     | outcome
    09:00 | create 1                                    | product_created 1       | ok
          | issue 1 1 to=ada@example.com called=Ada     | entitlement_issued 1#1  | ok customer=1 called=Ada
          | issue 1 2 to=ada@example.com called=''      | entitlement_issued 2#2  | ok customer=1 called=Ada
          | issue 1 3 to=ada@example.com called=Ada_L   | entitlement_issued 3#3  | ok customer=1 called=Ada_L
  `);
});

test("what is issued to a holder is mailed in one message if the command says so, and nothing else is", () => {
  playTable(`
    at    | command                                            | log                                                  | outcome
    09:00 | create 1                                           | product_created 1                                    | ok
          | issue 1 100 to=ada@example.com                     | entitlement_issued 100#1                             | ok
          | issue 1 200 mail=yes                               | entitlement_issued 200#2                             | ok
          | issue 1 100 to=ada@example.com mail=yes            |                                                      | code_taken
          | jobs                                               |                                                      | none
          | issue 1 quantity=2 drawn=3,4 to=ada@example.com mail=yes | entitlement_issued 3#3; entitlement_issued 4#4 | ok
          | issue 1 500 to=ada@example.com mail=mail_passes    | entitlement_issued 500#5                             | ok
          | jobs                                               |                                                      | mail_licenses 3,4; mail_passes 5
  `);
});

test("what is moved over from another server keeps when it was sold, and may have an end of its own", () => {
  playTable(`
    at    | command                               | log                      | outcome
    09:00 | create 1                              | product_created 1        | ok
          | issue 1 100 issued=07:00              | entitlement_issued 100#1 | ok issuedAt=07:00 expires=none
          | issue 1 200 expires=12:00             | entitlement_issued 200#2 | ok issuedAt=09:00 expires=12:00
          | issue 1 300 issued=07:00 expires=08:00 | entitlement_issued 300#3 | ok issuedAt=07:00 expires=08:00
          | issue 1 400 expires=09:00             | entitlement_issued 400#4 | ok expires=09:00
  `);
});

test("nothing is issued that ends before it was sold", () => {
  playTable(`
    at    | command                                | log               | outcome
    09:00 | create 1                               | product_created 1 | ok
          | issue 1 100 expires=08:59              |                   | period_reversed
          | issue 1 100 issued=08:00 expires=07:59 |                   | period_reversed
          | show 1                                 |                   | issued=0
  `);
});

test("what is issued has its own time, number of uses, category, reference and texts", () => {
  playTable(`
    at    | command                                                                                           | log                      | outcome
    09:00 | create 1 categories=adult                                                                         | product_created 1        | ok
          | issue 1 100                                                                                       | entitlement_issued 100#1 | ok begins=none usesMax=none category=none orderReference=none note=none meta=none
          | issue 1 200 starts=10:00 expires=12:00 uses=3 category=adult reference=A1 attention=Guest meta=T4 | entitlement_issued 200#2 | ok begins=10:00 expires=12:00 usesMax=3 category=adult orderReference=A1 note=Guest meta=table:T4
          | issue 1 300 starts=12:00 expires=11:00                                                            |                          | period_reversed
          | issue 1 300 uses=0                                                                                |                          | uses_invalid
          | issue 1 300 category=child                                                                        |                          | category_not_found
          | issue 1 300 reference=${"x".repeat(256)}                                                          |                          | text_invalid
          | issue 1 300 attention=${"x".repeat(501)}                                                          |                          | text_invalid
          | issue 1 300 meta=${"x".repeat(501)}                                                               |                          | text_invalid
  `);
});

test("a code that was replaced is not given to another entitlement", () => {
  const state = new MemoryState();
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const circumstances = { nowMs: 0, principal: anybody, address: null };
  state.apply(decideStrictly(state, { verb: "create_product", kind: "event", id: 1, terms }, circumstances).effects);
  state.apply([put(replacedCodes, { code: "100", productId: 1, entitlementId: 7, replacedAtMs: 0 })]);
  const issued = (code: string) =>
    decideStrictly(state, { verb: "issue", productId: 1, holder: null, code }, circumstances).outcome;
  assert.deepEqual(issued("100"), { ok: false, refusal: "code_taken" });
  assert.ok(issued("200").ok);
});

test("a code is a text that can be shown and typed: not blank, no blanks around it, not too long", () => {
  for (const code of ["1", "00042", "GBLAQPDMG-15-1", "Row 7 Seat 12", "é", "x".repeat(codeLengthMax)]) {
    assert.ok(isCode(code), code);
  }
  for (const code of ["", " ", " 1", "1 ", "1  2", "1\t2", "1\n", "\0", "x".repeat(codeLengthMax + 1)]) {
    assert.ok(!isCode(code), JSON.stringify(code));
  }
});

test("empty metadata are none", () => {
  const state = new MemoryState();
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const decided = (command: Command) => {
    const { outcome, effects } = decideStrictly(state, command, { nowMs: 0, principal: anybody, address: null });
    assert.ok(outcome.ok);
    state.apply(effects);
  };
  const kept = () => [state.get(products, 1)?.metadata, state.get(entitlements, "100")?.metadata];
  const about = { productId: 1, code: "100" };
  decided({ verb: "create_product", kind: "event", id: 1, terms: { ...terms, metadata: {} } });
  decided({ verb: "issue", ...about, holder: null, metadata: {} });
  assert.deepEqual(kept(), [null, null]);
  for (const metadata of [{ a: "b" }, {}]) {
    decided({ verb: "change_product", productId: 1, terms: { metadata } });
    decided({ verb: "change_entitlement", ...about, metadata });
  }
  assert.deepEqual(kept(), [null, null]);
});
