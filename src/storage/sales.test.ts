/** What selling from stock leaves in the database, and what it never leaves there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEngine, tally } from "../../tests/support/engine.ts";
import { fullScan } from "../../tests/support/full-scan.ts";
import { strayReferences } from "../../tests/support/references.ts";
import { secretsMax } from "../core/card.ts";
import type { Command } from "../core/command.ts";

const euro = (minor: bigint) => ({ minor, currency: "EUR" });

/** A command that makes group 1, its pins of so many digits. */
function createGroup(secretDigits: number) {
  return {
    verb: "create_product",
    kind: "card_group",
    id: 1,
    terms: { name: "Group", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
    stock: { ownerId: null, price: euro(1240n), taxPpm: 240_000, numberDigits: 6, secretDigits, imageUrl: "" },
  } as const satisfies Command;
}

function addCards(first: number, count: number, secretDigits: number) {
  const numbers = Array.from({ length: count }, (_, index) => String(first + index).padStart(6, "0"));
  const balance = euro(1000n);
  return { verb: "add_stock", productId: 1, numbers, secretDigits, balance, batch: "", details: {} } as const;
}

function sell(quantity: number, email: string | null = null) {
  const what = { quantity };
  return { verb: "sell", productId: 1, ownerId: null, what, email, currency: null, channel: "test" } as const;
}

test("a sale is a row, with a payment for each card and a job for the mail, all of it or nothing", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, sql, count } = opened;
  await execute(createGroup(8));
  await execute(addCards(1, 3, 8));
  const refused = await execute(sell(4, "buyer@example.com"));
  assert.deepEqual(refused, { ok: false, refusal: "stock_short" });
  for (const table of ["sale", "payment", "customer"]) assert.equal(await count(table), 0, table);
  const sold = await execute(sell(2, "buyer@example.com"));
  assert.ok(sold.ok);
  assert.deepEqual(await sql("select email, channel, mailed_at from sale where organization_id = $1"), [
    { email: "buyer@example.com", channel: "test", mailed_at: null },
  ]);
  assert.deepEqual(
    await sql(
      `select e.code, y.amount_minor::text, y.tax_minor::text, y.currency
       from payment y join entitlement e on e.organization_id = y.organization_id and e.id = y.entitlement_id
       where y.organization_id = $1 order by e.code`,
    ),
    ["000001", "000002"].map((code) => ({ code, amount_minor: "1240", tax_minor: "240", currency: "EUR" })),
  );
  assert.equal(await count("entitlement", "in_stock"), 1);
  const [group] = await sql("select in_stock::int, issued::int from product where organization_id = $1");
  assert.deepEqual(group, { in_stock: 1, issued: 2 });
  const jobs = await sql<{ payload: unknown }>(
    "select j.payload from graphile_worker._private_jobs j where (j.payload ->> 'organizationId')::bigint = $1",
  );
  const { organizationId } = opened;
  assert.deepEqual(jobs, [{ payload: { organizationId, saleId: sold.value.sale.id } }]);
  assert.deepEqual(await sql(strayReferences), []);
  await sql("update payment set sale_id = -1 where organization_id = $1");
  assert.equal((await sql(strayReferences)).length, 2, "a reference that leads nowhere would be found");
});

test("a sale lists no card that was taken back, whose next buyer may have its pin", async (t) => {
  const { execute, queries, organizationId, sql } = await openTestEngine(t);
  await execute(createGroup(8));
  await execute(addCards(1, 2, 8));
  const sold = await execute(sell(2, "first@example.com"));
  assert.ok(sold.ok);
  assert.ok((await execute({ verb: "void_sale", productId: 1, number: "000001", description: "" })).ok);
  const again = await execute(sell(1, "second@example.com"));
  assert.ok(again.ok);
  const numbersOf = async (saleId: number) =>
    (await queries.sales.byId(organizationId, saleId))?.cards.map(({ number }) => number);
  assert.deepEqual(await numbersOf(sold.value.sale.id), ["000002"]);
  assert.deepEqual(await numbersOf(again.value.sale.id), ["000001"]);
  assert.deepEqual(
    (await queries.sales.paymentsOf(organizationId, "000001")).map(({ amount, tax }) => [amount.minor, tax]),
    [1240n, -1240n, 1240n].map((minor) => [minor, euro(minor < 0n ? -240n : 240n)]),
  );
  assert.deepEqual(await sql(strayReferences), []);
});

test("no pin lies readable in any column of any table, in stock, sold, or in a kept answer", async (t) => {
  const opened = await openTestEngine(t);
  const { execute } = opened;
  await execute(createGroup(20));
  await execute(addCards(1, 3, 20));
  const sold = await execute(sell(3), { idempotencyKey: "pins" });
  assert.ok(sold.ok);
  const pins = sold.value.cards.map(({ card }) => card.pin);
  assert.equal(new Set(pins).size, 3);
  for (const pin of pins) assert.match(pin, /^\d{20}$/);
  const found = await fullScan(opened);
  assert.ok(found.includes("000003"), "the numbers are found");
  for (const pin of pins) {
    assert.ok(!found.includes(pin));
    assert.ok(!found.includes(Buffer.from(pin).toString("base64").slice(0, 24)), "nor in Base64");
  }
});

test("a repeated sale is answered from the kept answer, its money exact to the unit", async (t) => {
  const { execute, count } = await openTestEngine(t);
  await execute(createGroup(8));
  await execute(addCards(1, 5, 8));
  const first = await execute(sell(2), { idempotencyKey: "once" });
  const again = await execute(sell(2), { idempotencyKey: "once" });
  assert.ok(again.ok);
  assert.deepEqual(again, first);
  assert.equal(typeof again.value.cards[0]?.card.balance.minor, "bigint");
  assert.equal(await count("sale"), 1);
  assert.deepEqual(await execute(sell(3), { idempotencyKey: "once" }), {
    ok: false,
    refusal: "idempotency_key_reused",
  });
});

test("processes that make cards at once never use more than a fifth of the pins, and count each once", async (t) => {
  const one = await openTestEngine(t);
  const two = await openTestEngine(t, { beside: one });
  await one.execute(createGroup(3));
  const perCommand = 20;
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      [one, two][index % 2]?.execute(addCards(1 + index * perCommand, perCommand, 3)),
    ),
  );
  const results = outcomes.map((outcome) => (outcome?.ok === true ? "ok" : (outcome?.refusal ?? "none")));
  const fitting = Number(secretsMax(3)) / perCommand;
  assert.deepEqual(tally(results), { ok: fitting, secret_space_short: 16 - fitting });
  assert.deepEqual(await one.sql("select digits, used::int from secret_space where organization_id = $1"), [
    { digits: 3, used: fitting * perCommand },
  ]);
  const [pins] = await one.sql(
    "select count(distinct secret_hash)::int as count from entitlement where organization_id = $1",
  );
  assert.deepEqual(pins, { count: fitting * perCommand });
});
