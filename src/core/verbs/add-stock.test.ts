import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { playTable } from "../../../tests/support/rule-table.ts";
import { stockNumbersMax } from "./add-stock.ts";

test("cards are made in stock, each with the pin that was drawn for it, and nobody holds them", () => {
  playTable(`
    at    | command                                                    | log               | outcome
    09:00 | create 1 price=12.40 digits=4 pins=3                       | product_created 1 | ok inStock=0
    09:05 | stock 1 0001,0002 pins=3 balance=10.00 batch=b drawn=111,022 | product_stocked 1 | ok made=2 skipped=0
          | show 1                                                     |                   | inStock=2 issued=0 everIssued=true
          | show code 0002                                             |                   | id=2 stocked=true customer=none issuedAt=09:05
          | show card 0001                                             |                   | pin=111 balance=10.00 currency=EUR batch=b
          | show card 0002                                             |                   | pin=022
  `);
});

test("numbers that exist already, here or elsewhere, and numbers given twice are passed over and counted", () => {
  playTable(`
    at    | command                              | log                       | outcome
    09:00 | create 1 price=1 digits=4            | product_created 1         | ok
          | create 2                             | product_created 2         | ok
          | issue 2 0003                         | entitlement_issued 0003#1 | ok
          | stock 1 0001,0002                    | product_stocked 1         | ok made=2 skipped=0
          | stock 1 0001,0002,0003,0004,0004     | product_stocked 1         | ok made=1 skipped=4
          | stock 1 0001,0002,0003,0004          |                           | ok made=0 skipped=4
          | show 1                               |                           | inStock=3
  `);
});

test("a pin is used once in the organization, and once among those that were drawn", () => {
  playTable(`
    at    | command                                      | log               | outcome
    09:00 | create 1 price=1 digits=4 pins=3             | product_created 1 | ok
          | create 2 price=1 digits=4 pins=3             | product_created 2 | ok
          | stock 1 0001 pins=3 drawn=111                | product_stocked 1 | ok
          | stock 2 0002,0003 pins=3 drawn=111,222,222,333 | product_stocked 2 | ok made=2
          | show card 0002                               |                   | pin=222
          | show card 0003                               |                   | pin=333
          | stock 2 0004 pins=3 drawn=111,222,333        |                   | secret_space_short
          | show code 0004                               |                   | missing
  `);
});

test("a fifth of all pins of a length may be in use, and no more", () => {
  playTable(`
    at    | command                                  | log               | outcome
    09:00 | create 1 price=1 digits=4 pins=3         | product_created 1 | ok
          | pins 3 used=198                          |                   |
          | stock 1 0001,0002,0003 pins=3 drawn=1,2,3 |                  | secret_space_short
          | stock 1 0001,0002 pins=3 drawn=001,002   | product_stocked 1 | ok made=2
          | stock 1 0003 pins=3 drawn=003            |                   | secret_space_short
          | create 2 price=1 digits=4 pins=4         | product_created 2 | ok
          | stock 2 0004 pins=4 drawn=0004           | product_stocked 2 | ok made=1
  `);
});

test("what is not sold from stock, is unknown or retired gets no cards", () => {
  playTable(`
    at    | command                   | log               | outcome
    09:00 | create 1                  | product_created 1 | ok
          | stock 1 0001              |                   | product_not_found
          | stock 9 0001              |                   | product_not_found
          | create 2 price=1 digits=4 | product_created 2 | ok
          | stock 2 0001              | product_stocked 2 | ok
          | retire 2                  | product_retired 2 | ok deleted=false
          | stock 2 0002              |                   | product_retired
  `);
});

test("no more are in stock than may be; what exists already and what was sold does not count", () => {
  playTable(`
    at    | command                         | log                     | outcome
    09:00 | create 1 price=1 digits=4       | product_created 1       | ok
          | stock 1 0001,0002,0003 max=2    |                         | capacity_reached
          | stock 1 0001,0002 max=2         | product_stocked 1       | ok
          | stock 1 0003 max=2              |                         | capacity_reached
          | stock 1 0001,0002 max=1         |                         | ok
          | stock 1 0001,0002,0003 max=3    | product_stocked 1       | ok
          | sell 1                          | entitlement_sold 0001#1 | ok
          | stock 1 0004 max=3              | product_stocked 1       | ok
          | stock 1 0005                    | product_stocked 1       | ok
  `);
});

test("one number of another length, or a pin of another, and nothing is made", () => {
  playTable(`
    at    | command                               | log               | outcome
    09:00 | create 1 price=1 digits=4 pins=3      | product_created 1 | ok
          | stock 1 pins=3                        |                   | quantity_invalid
          | stock 1 0001,002 pins=3 drawn=111,222 |                   | code_invalid
          | stock 1 0001,00002 pins=3 drawn=1,2   |                   | code_invalid
          | stock 1 0001,000x pins=3 drawn=1,2    |                   | code_invalid
          | stock 1 0001 pins=4 drawn=1111        |                   | code_invalid
          | show 1                                |                   | inStock=0 everIssued=false
  `);
});

test("more than the limit at once are refused, before any of their rows is looked at", () => {
  const state = new MemoryState();
  const command = {
    verb: "add_stock",
    productId: 1,
    numbers: Array.from({ length: stockNumbersMax + 1 }, (_, index) => String(index).padStart(4, "0")),
    secretDigits: 0,
    balance: { minor: 0n, currency: "EUR" },
    batch: "",
    details: {},
  } as const;
  const price = { minor: 1n, currency: "EUR" };
  const stock = { ownerId: null, price, taxPpm: 0, numberDigits: 4, secretDigits: 0, imageUrl: "" };
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const circumstances = { nowMs: 0, principal: anybody, address: null } as const;
  const made = decideStrictly(
    state,
    { verb: "create_product", kind: "card_group", id: 1, terms, stock },
    circumstances,
  );
  state.apply(made.effects);
  assert.deepEqual(decideStrictly(state, command, circumstances).outcome, { ok: false, refusal: "quantity_invalid" });
});

test("cards that come from another server keep their pins", () => {
  playTable(`
    at    | command                                          | log               | outcome
    12:00 | create 6 price=12.40 pins=4                      | product_created 6 | ok
          | stock 6 0001,0002 pins=4 own=1111,2222           | product_stocked 6 | ok made=2 skipped=0
          | show card 0001                                   |                   | pin=1111
          | stock 6 0003 pins=4 drawn=1111,3333              | product_stocked 6 | ok made=1 skipped=0
          | show card 0003                                   |                   | pin=3333
          | stock 6 0001,0002,0004 pins=4 own=1111,2222,4444 | product_stocked 6 | ok made=1 skipped=2
          | show card 0004                                   |                   | pin=4444
          | stock 6 0005 pins=4 own=1111                     |                   | secret_taken
          | stock 6 0005,0006 pins=4 own=5555,5555           |                   | secret_taken
          | stock 6 0005,0006 pins=4 own=5555                |                   | code_invalid
          | stock 6 0005 pins=4 own=555                      |                   | code_invalid
          | stock 6 0005 pins=4 own=555a                     |                   | code_invalid
  `);
});
