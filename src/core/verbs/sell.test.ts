import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { playTable } from "../../../tests/support/rule-table.ts";
import { cards } from "../card.ts";
import type { CommandOf } from "../command.ts";
import { entitlements, newEntitlement } from "../entitlement.ts";
import { newProduct, products, type StockTerms } from "../product.ts";
import { put } from "../state.ts";

const terms: StockTerms = {
  ownerId: null,
  price: { minor: 1000n, currency: "EUR" },
  taxPpm: 0,
  numberDigits: 4,
  secretDigits: 0,
  imageUrl: "",
};

test("the lowest numbers are sold first, whatever the order in which they were made", () => {
  playTable(`
    at    | command                             | log                                                  | outcome
    09:00 | create 1 price=12.40 digits=4       | product_created 1                                    | ok
          | stock 1 0030,0004,0100              | product_stocked 1                                    | ok
    10:00 | sell 1 quantity=2                   | entitlement_sold 0004#2; entitlement_sold 0030#1     | ok sold=0004,0030 sale=1 inStock=1 issued=2
          | show code 0004                      |                                                      | stocked=false redeemed=none
          | sell 1                              | entitlement_sold 0100#3                              | ok sold=0100 sale=2 inStock=0 issued=3
          | sell 1                              |                                                      | stock_short
  `);
});

test("a sale that asks for more than there are sells nothing", () => {
  playTable(`
    at    | command                       | log                     | outcome
    09:00 | create 1 price=12.40 digits=4 | product_created 1       | ok
          | stock 1 0001,0002             | product_stocked 1       | ok
          | sell 1 quantity=3             |                         | stock_short
          | show 1                        |                         | inStock=2 issued=0
          | sales                         |                         | none
          | payments                      |                         | none
          | sell 1 0002                   | entitlement_sold 0002#2 | ok sold=0002
          | sell 1 quantity=2             |                         | stock_short
          | sell 1 quantity=1             | entitlement_sold 0001#1 | ok sold=0001
  `);
});

test("a card is sold by its number once, and only as one of its own group", () => {
  playTable(`
    at    | command                   | log                         | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1           | ok
          | create 2 price=1 digits=4 | product_created 2           | ok
          | stock 1 0001,0002,0003    | product_stocked 1           | ok
          | sell 1 9999               |                             | entitlement_not_found
          | sell 2 0002               |                             | entitlement_not_found
          | sell 1 0002               | entitlement_sold 0002#2     | ok sold=0002 inStock=2
          | sell 1 0002               |                             | already_sold
          | redeem 1 0002             | entitlement_redeemed 0002#2 | ok
          | sell 1 0002               |                             | already_redeemed
          | revoke 1 0002             | entitlement_revoked 0002#2  | ok issued=1
          | sell 1 0002               |                             | entitlement_revoked
          | redeem 1 0003             | entitlement_redeemed 0003#3: not_sold | not_sold
          | revoke 1 0003             | entitlement_revoked 0003#3  | ok inStock=1 issued=1
          | sell 1 quantity=1         | entitlement_sold 0001#1     | ok sold=0001 inStock=0
  `);
});

test("a quantity is a whole number from 1 to 1000", () => {
  playTable(`
    at    | command                   | log               | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1 | ok
          | stock 1 0001,0002         | product_stocked 1 | ok
          | sell 1 quantity=0         |                   | quantity_invalid
          | sell 1 quantity=-1        |                   | quantity_invalid
          | sell 1 quantity=1.5       |                   | quantity_invalid
          | sell 1 quantity=x         |                   | quantity_invalid
          | sell 1 quantity=1001      |                   | quantity_invalid
          | sell 1 quantity=1000      |                   | stock_short
  `);
});

test("only its owner sells from a stock, its buyer is the house's, and what is not sold from stock is not found", () => {
  playTable(`
    at    | command                           | log                     | outcome
    09:00 | create 1 price=1 digits=4 owner=7 | product_created 1       | ok
          | create 2 price=1 digits=4         | product_created 2       | ok
          | create 3                          | product_created 3       | ok
          | stock 1 0001                      | product_stocked 1       | ok
          | stock 2 0002                      | product_stocked 2       | ok
          | sell 1                            |                         | product_not_found
          | sell 1 owner=8                    |                         | product_not_found
          | sell 2 owner=7                    |                         | product_not_found
          | sell 3                            |                         | product_not_found
          | sell 9                            |                         | product_not_found
          | sell 1 owner=7 email=a@example.com | entitlement_sold 0001#1 | ok owner=none
          | sell 2                            | entitlement_sold 0002#2 | ok
  `);
});

test("nothing is sold before the product's time, after it, or once it is retired", () => {
  playTable(`
    at    | command                                            | log                     | outcome
    08:00 | create 1 price=1 digits=4 starts=09:00 ends=10:00 | product_created 1       | ok
          | stock 1 0001,0002,0003                             | product_stocked 1       | ok
          | sell 1                                             |                         | not_yet_valid
          | sell 1 0001                                        |                         | not_yet_valid
    09:00 | sell 1                                             | entitlement_sold 0001#1 | ok
    10:00 | sell 1 0002                                        | entitlement_sold 0002#2 | ok
    10:01 | sell 1                                             |                         | no_longer_valid
          | sell 1 quantity=2                                  |                         | stock_short
          | retire 1                                           | product_retired 1       | ok
          | sell 1                                             |                         | product_retired
          | sell 1 0003                                        |                         | product_retired
  `);
});

test("every card of a sale has a payment with the tax that its price includes", () => {
  playTable(`
    at    | command                                  | log                                              | outcome
    09:00 | create 1 price=12.40 tax=24 digits=4     | product_created 1                                | ok
          | stock 1 0001,0002,0003 balance=10.00     | product_stocked 1                                | ok
    10:00 | sell 1 quantity=2 by=operator:5          | entitlement_sold 0001#1; entitlement_sold 0002#2 | ok balances=10.00,10.00
          | sales                                    |                                                  | 1 of 1 at 10:00 test to nobody by 5
          | payments                                 |                                                  | 1 for 0001 in 1: 12.40 EUR with 2.40 at 1; 2 for 0002 in 1: 12.40 EUR with 2.40 at 1
  `);
});

test("a payment is in the currency that is asked for, or in the default one when that is unknown", () => {
  playTable(`
    at    | command                              | log                     | outcome
    09:00 | rates EUR=1 USD=1.5 JPY=150          |                         |
          | create 1 price=12.40 tax=24 digits=4 | product_created 1       | ok
          | stock 1 0001,0002,0003,0004          | product_stocked 1       | ok
          | sell 1 in=USD                        | entitlement_sold 0001#1 | ok
          | sell 1 in=JPY                        | entitlement_sold 0002#2 | ok
          | sell 1 in=GBP                        | entitlement_sold 0003#3 | ok
          | sell 1                               | entitlement_sold 0004#4 | ok
          | payments                             |                         | 1 for 0001 in 1: 18.60 USD with 3.60 at 1.5; 2 for 0002 in 2: 1860 JPY with 360 at 150; 3 for 0003 in 3: 12.40 EUR with 2.40 at 1; 4 for 0004 in 4: 12.40 EUR with 2.40 at 1
  `);
});

test("the default currency counts when the price is in another", () => {
  playTable(`
    at    | command                         | log                     | outcome
    09:00 | rates EUR=1 USD=2               |                         |
          | create 1 price=10 in=USD digits=4 | product_created 1     | ok
          | stock 1 0001,0002 in=USD        | product_stocked 1       | ok
          | sell 1                          | entitlement_sold 0001#1 | ok
          | payments                        |                         | 1 for 0001 in 1: 5.00 EUR with 0.00 at 0.5
  `);
});

test("a mail is queued for a sale with an e-mail address, which is the holder, and for no other", () => {
  playTable(`
    at    | command                             | log                     | outcome
    09:00 | create 1 price=1 digits=4           | product_created 1       | ok
          | stock 1 0001,0002,0003              | product_stocked 1       | ok
          | sell 1                              | entitlement_sold 0001#1 | ok customer=none
          | jobs                                |                         | none
          | sell 1 email=Buyer@example.com      | entitlement_sold 0002#2 | ok customer=1 customerName=Buyer@example.com
          | jobs                                |                         | mail_sale 2
          | sell 1 email=buyer@EXAMPLE.com      | entitlement_sold 0003#3 | ok customer=1 customerName=Buyer@example.com
          | jobs                                |                         | mail_sale 2; mail_sale 3
          | sell 1 email=other@example.com      |                         | stock_short
          | jobs                                |                         | mail_sale 2; mail_sale 3
  `);
});

test("a suspended card is passed over, and is refused by its number", () => {
  const state = new MemoryState();
  const circumstances = { nowMs: 0, principal: anybody, address: null };
  const product = newProduct({ id: 1, kind: "card_group", name: "Ten", stock: terms, inStock: 2, createdAtMs: 0 });
  const card = { pin: "", balance: terms.price, batch: "", details: {} };
  const piece = { productId: 1, customer: null, inStock: true, issuedAtMs: 0 };
  state.apply([
    put(products, product),
    put(entitlements, newEntitlement({ ...piece, id: 1, code: "0001", suspendedAtMs: 0 })),
    put(entitlements, newEntitlement({ ...piece, id: 2, code: "0002" })),
    put(cards, { code: "0001", entitlementId: 1, card }),
    put(cards, { code: "0002", entitlementId: 2, card }),
  ]);
  const sold = (what: CommandOf<"sell">["what"]) => {
    const sale = { productId: 1, ownerId: null, email: null, currency: null, channel: "test" };
    const { outcome } = decideStrictly(state, { verb: "sell", ...sale, what }, circumstances);
    return outcome.ok ? "ok" : outcome.refusal;
  };
  assert.equal(sold({ number: "0001" }), "entitlement_suspended");
  assert.equal(sold({ quantity: 2 }), "stock_short");
  assert.equal(sold({ quantity: 1 }), "ok");
  assert.equal(sold({ number: "0002" }), "ok");
});

test("a sale keeps the reference of the order", () => {
  playTable(`
    at    | command                   | log                     | outcome
    09:00 | create 1 price=1 digits=4 | product_created 1       | ok
          | stock 1 0001,0002         | product_stocked 1       | ok
          | sell 1 reference=A-17     | entitlement_sold 0001#1 | ok orderReference=A-17
          | sell 1                    | entitlement_sold 0002#2 | ok orderReference=none
          | sell 1 reference=''       |                         | text_invalid
  `);
});
