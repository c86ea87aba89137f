import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { playTable } from "../../../tests/support/rule-table.ts";
import type { CommandOf } from "../command.ts";
import { accessKeys, newProduct, type ProductAccessKeys, type ProductTerms, products } from "../product.ts";
import { put } from "../state.ts";

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

test("a term that is absent keeps its value, and access keys replace the whole list", () => {
  playTable(`
    at    | command                                                                            | log               | outcome
    09:00 | create 1 name=Gala description=Dance starts=18:00 ends=23:00 capacity=3 keys=A1,B2 | product_created 1 | ok
    10:00 | change 1                                                                           | product_changed 1 | ok name=Gala keys=A1,B2
          | show 1                                                                             |                   | starts=18:00 ends=23:00 capacity=3
    10:01 | change 1 name=Ball                                                                 | product_changed 1 | ok name=Ball description=Dance keys=A1,B2
    10:02 | change 1 keys=C3,A1,C3                                                             | product_changed 1 | ok name=Ball keys=C3,A1
    10:03 | change 1 keys=none starts=none ends=none capacity=none                             | product_changed 1 | ok keys=none capacity=none
          | show 1                                                                             |                   | starts=none ends=none created=09:00
  `);
});

test("a change is checked together with the terms that stay", () => {
  playTable(`
    at    | command                                  | log               | outcome
    09:00 | create 1 starts=18:00 ends=23:00 keys=A1 | product_created 1 | ok
          | change 1 starts=23:01                    |                   | period_reversed
          | change 1 ends=17:59                      |                   | period_reversed
          | change 1 name=''                         |                   | name_invalid
          | change 1 keys=A1,!                       |                   | access_key_invalid
          | show 1                                   |                   | name=Gala starts=18:00 ends=23:00 keys=A1
          | change 1 starts=23:00                    | product_changed 1 | ok starts=23:00 ends=23:00
  `);
});

test("a capacity may shrink to what is issued and no further, and a revoked place is free again", () => {
  playTable(`
    at    | command             | log                       | outcome
    09:00 | create 1 capacity=5 | product_created 1         | ok
          | issue 1 100         | entitlement_issued 100#1  | ok issued=1
          | issue 1 200         | entitlement_issued 200#2  | ok issued=2
          | change 1 capacity=1 |                           | capacity_below_issued
          | change 1 capacity=2 | product_changed 1         | ok capacity=2 issued=2
          | revoke 1 100        | entitlement_revoked 100#1 | ok issued=1
          | change 1 capacity=1 | product_changed 1         | ok capacity=1
          | show code 100       |                           | revoked=09:00
          | change 1 capacity=0 |                           | capacity_below_issued
          | revoke 1 200        | entitlement_revoked 200#2 | ok issued=0
          | change 1 capacity=0 | product_changed 1         | ok capacity=0
          | issue 1 300         |                           | capacity_reached
  `);
});

test("what was redeemed or revoked stays so, whatever changes of its product", () => {
  playTable(`
    at    | command                                    | log                        | outcome
    09:00 | create 1                                   | product_created 1          | ok
          | issue 1 100                                | entitlement_issued 100#1   | ok
          | issue 1 200                                | entitlement_issued 200#2   | ok
    09:30 | redeem 1 100                               | entitlement_redeemed 100#1 | ok
          | revoke 1 200                               | entitlement_revoked 200#2  | ok
    10:00 | change 1 starts=11:00 capacity=9 name=Ball | product_changed 1          | ok issued=1
          | show code 100                              |                            | redeemed=09:30
          | show code 200                              |                            | revoked=09:30
  `);
});

test("a product that is retired or unknown cannot be changed", () => {
  playTable(`
    at    | command     | log                      | outcome
    09:00 | change 1    |                          | product_not_found
          | create 1    | product_created 1        | ok
          | issue 1 100 | entitlement_issued 100#1 | ok
          | retire 1    | product_retired 1        | ok
          | change 1    |                          | product_not_found
  `);
});

test("the line of the log has the old and new value of every term that changed, and never an access key", () => {
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: 5, accessKeys: ["A1"] };
  const state = new MemoryState();
  const circumstances = { nowMs: 0, principal: anybody, address: null };
  state.apply(decideStrictly(state, { verb: "create_product", kind: "event", id: 1, terms }, circumstances).effects);
  const detailOf = (changed: Partial<typeof terms>) =>
    decideStrictly(state, { verb: "change_product", productId: 1, terms: changed }, circumstances).entries[0]?.detail;
  assert.deepEqual(detailOf({ name: "Ball", capacity: 6, description: "" }), {
    name: { from: "Gala", to: "Ball" },
    capacity: { from: 5, to: 6 },
  });
  assert.deepEqual(detailOf({ accessKeys: ["A1", "B2"] }), { accessKeys: { from: 1, to: 2 } });
  assert.deepEqual(detailOf({ accessKeys: ["B2"] }), { accessKeys: { from: 1, to: 1 } });
  assert.equal(detailOf({ name: "Gala", accessKeys: ["A1"] }), undefined);
});

test("an access key is limited to categories that the product has, and to one that the product lists", () => {
  const terms = {
    name: "Gala",
    description: "",
    startsAtMs: null,
    endsAtMs: null,
    capacity: 5,
    accessKeys: ["A1", "B2"],
  };
  const state = new MemoryState();
  const [adult, child] = ["adult", "child"].map((key) => {
    return { key, name: key, capacity: null, price: null, colour: null, issued: 0 };
  });
  assert.ok(adult !== undefined && child !== undefined);
  state.apply([
    put(products, newProduct({ id: 1, kind: "event", createdAtMs: 0, ...terms, categories: [adult, child] })),
    put(accessKeys, { productId: 1, keys: ["A1", "B2"], limits: [{ key: "B2", categories: ["child"] }] }),
  ]);
  const limit = (keyLimits: CommandOf<"change_product">["keyLimits"], keys?: readonly string[]) => {
    const changed = keys === undefined ? {} : { accessKeys: keys };
    const command = { verb: "change_product", productId: 1, terms: changed, ...(keyLimits && { keyLimits }) } as const;
    const { outcome, effects, entries } = decideStrictly(state, command, {
      nowMs: 0,
      principal: anybody,
      address: null,
    });
    if (!outcome.ok) return outcome.refusal;
    const written = effects.find(({ noun }) => noun === accessKeys);
    assert.ok(written !== undefined && "put" in written);
    return [(written.put as ProductAccessKeys).limits, entries[0]?.detail];
  };
  const b2 = { key: "B2", categories: ["child"] };
  assert.deepEqual(limit(undefined), [[b2], undefined]);
  assert.deepEqual(limit([b2]), [[b2], undefined]);
  assert.deepEqual(limit([{ key: "A1", categories: ["adult", "child"] }]), [
    [{ key: "A1", categories: ["adult", "child"] }, b2],
    { limitedAccessKeys: { from: 1, to: 2 } },
  ]);
  assert.deepEqual(limit([{ key: "B2", categories: null }]), [[], { limitedAccessKeys: { from: 1, to: 0 } }]);
  assert.deepEqual(limit([{ key: "B2", categories: ["adult"] }]), [
    [{ key: "B2", categories: ["adult"] }],
    { limitedAccessKeys: { from: 1, to: 1 } },
  ]);
  assert.deepEqual(limit(undefined, ["A1"]), [
    [],
    { accessKeys: { from: 2, to: 1 }, limitedAccessKeys: { from: 1, to: 0 } },
  ]);
  assert.equal(limit([{ key: "B2", categories: ["helper"] }]), "category_not_found");
  assert.equal(limit([{ key: "C3", categories: ["adult"] }]), "access_key_invalid");
  assert.equal(limit([b2], ["A1"]), "access_key_invalid");
});

test("a product of which nothing was ever issued is deleted without a line of the log", () => {
  playTable(`
    at    | command  | log               | outcome
    09:00 | create 1 | product_created 1 | ok
          | retire 1 |                   | ok deleted=true
          | show 1   |                   | missing
          | retire 1 |                   | product_not_found
  `);
});

test("a product of which something was issued is kept, also when all of it was revoked", () => {
  playTable(`
    at    | command      | log                       | outcome
    09:00 | create 1     | product_created 1         | ok
          | issue 1 100  | entitlement_issued 100#1  | ok everIssued=true
          | revoke 1 100 | entitlement_revoked 100#1 | ok issued=0 everIssued=true
    10:00 | retire 1     | product_retired 1         | ok deleted=false
          | show 1       |                           | retired=10:00 issued=0
    11:00 | retire 1     |                           | product_not_found
          | show 1       |                           | retired=10:00
  `);
});

test("a retired product neither sells nor admits, but its entitlements can still be revoked", () => {
  playTable(`
    at    | command       | log                                         | outcome
    09:00 | create 1      | product_created 1                           | ok
          | issue 1 100   | entitlement_issued 100#1                    | ok
          | retire 1      | product_retired 1                           | ok
          | issue 1 200   |                                             | product_retired
          | redeem 1 100  | entitlement_redeemed 100#1: product_retired | product_retired
          | show code 100 |                                             | redeemed=none
          | revoke 1 100  | entitlement_revoked 100#1                   | ok issued=0
  `);
});

test("an unknown product cannot be retired", () => {
  playTable(`
    at    | command  | log | outcome
    09:00 | retire 1 |     | product_not_found
  `);
});

test("a product has its terms of use, categories, time zone and texts, and defaults for those that are absent", () => {
  playTable(`
    at    | command                                                                                                              | log               | outcome
    09:00 | create                                                                                                               | product_created 1 | ok uses=1 reentry=none zone=UTC attention=none meta=none categories=
          | create uses=10 reentry=yes zone=Europe/Helsinki attention=Badge meta=A1 categories=adult:20:12.50,child              | product_created 2 | ok uses=10 reentry=after_exit zone=Europe/Helsinki attention=Badge meta=A1 categories=adult:0/20,child:0/any
    09:01 | change 2 name=Ball                                                                                                   | product_changed 2 | ok uses=10 reentry=after_exit zone=Europe/Helsinki attention=Badge meta=A1 categories=adult:0/20,child:0/any
    09:02 | change 2 uses=unlimited reentry=no zone=UTC attention=none meta=none categories=none                                 | product_changed 2 | ok uses=unlimited reentry=none zone=UTC attention=none meta=none categories=
  `);
});

test("terms of use, categories, time zones and texts that cannot stand are refused", () => {
  playTable(`
    at    | command                                  | log               | outcome
    09:00 | create uses=0                            |                   | uses_invalid
          | create uses=1000001                      |                   | uses_invalid
          | create zone=Europe/Atlantis              |                   | time_zone_invalid
          | create zone=+02:00                       |                   | time_zone_invalid
          | create categories=Adult                  |                   | category_invalid
          | create categories=adult,adult            |                   | category_invalid
          | create categories=adult:-1               |                   | category_invalid
          | create attention=${"x".repeat(501)}      |                   | text_invalid
          | create meta=${"x".repeat(501)}           |                   | text_invalid
          | create 1                                 | product_created 1 | ok
          | change 1 uses=1.5                        |                   | uses_invalid
          | change 1 zone=nowhere                    |                   | time_zone_invalid
          | change 1 categories=a_b,''               |                   | category_invalid
          | change 1 meta=${"x".repeat(501)}         |                   | text_invalid
  `);
});

test("a category that entitlements or live holds have stays, and keeps what is issued of it", () => {
  playTable(`
    at    | command                                   | log                     | outcome
    09:00 | create 1 categories=adult:5,child:5,group | product_created 1       | ok
          | issue 1 1 category=adult                  | entitlement_issued 1#1  | ok
          | hold 1 category=child for=60000           | product_held 1          | ok
          | change 1 categories=child,group           |                         | category_in_use
          | change 1 categories=adult,group           |                         | category_in_use
          | change 1 categories=child:1,adult:1       | product_changed 1       | ok categories=child:0/1,adult:1/1
          | change 1 categories=child:1,adult:0       |                         | capacity_below_issued
          | change 1 categories=child:0,adult:1       |                         | capacity_below_issued
          | change 1 capacity=1                       |                         | capacity_below_issued
          | change 1 capacity=2                       | product_changed 1       | ok
    09:01 | change 1 capacity=1 categories=adult      | product_changed 1       | ok categories=adult:1/any
          | revoke 1 1                                | entitlement_revoked 1#1 | ok
          | change 1 categories=none                  | product_changed 1       | ok
          | issue 1 2 category=adult                  |                         | category_not_found
  `);
});

test("the line of the log tells of categories, metadata and uses what changed, from what and to what", () => {
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const adult = { key: "adult", name: "Adult", capacity: 5, price: { minor: 1250n, currency: "EUR" }, colour: null };
  const child = { ...adult, key: "child", name: "Child", price: null };
  const state = new MemoryState();
  const circumstances = { nowMs: 0, principal: anybody, address: null };
  const more = { categories: [adult, child], metadata: { season: "26", hall: "A" } };
  const created = { verb: "create_product", kind: "event", id: 1, terms: { ...terms, ...more } } as const;
  state.apply(decideStrictly(state, created, circumstances).effects);
  const detailOf = (changed: Partial<ProductTerms>) =>
    decideStrictly(state, { verb: "change_product", productId: 1, terms: changed }, circumstances).entries[0]?.detail;
  assert.deepEqual(detailOf({ categories: [{ ...adult, capacity: 6 }, child] }), {
    categories: {
      from: { adult: { position: 1, name: "Adult", capacity: 5, price: "12.50 EUR", colour: null } },
      to: { adult: { position: 1, name: "Adult", capacity: 6, price: "12.50 EUR", colour: null } },
    },
  });
  assert.deepEqual(detailOf({ metadata: { hall: "A" }, uses: { max: null, per: "day" }, timeZone: "Europe/Rome" }), {
    timeZone: { from: "UTC", to: "Europe/Rome" },
    uses: { from: { max: 1, per: "entitlement" }, to: { max: null, per: "day" } },
    metadata: { from: { season: "26" }, to: {} },
  });
  assert.equal(detailOf({ ...more, metadata: { hall: "A", season: "26" } }), undefined);
});
