/**
 * Fault: a test said that cards are listed with the lowest number first, and made them in that order; they were listed
 * in the order in which they were made. And a number or a pin that was searched for was compared with every card.
 *
 * Guarantee: cards are listed group by group, the lowest number first, each once, also while they are sold; a page
 * costs the same wherever it lies, and a number or a pin is looked up.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { everyPage } from "../../src/queries/pages.ts";
import { createQueries } from "../../src/storage/queries/index.ts";
import { collect, openTestEngine, successOf } from "../support/engine.ts";
import { watchPool } from "../support/watched-pool.ts";

const cards = 3_000;
const atOnce = 1_000;

test("cards are listed by number, each once, at the price of a page, also while some are sold", async (t) => {
  const engine = await openTestEngine(t);
  const { execute, organizationId, secrets } = engine;
  const balance = { minor: 1000n, currency: "EUR" };
  const terms = { name: "Cards", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const stock = {
    kind: "card_group",
    ownerId: null,
    price: balance,
    taxPpm: 0,
    numberDigits: 8,
    secretDigits: 8,
    imageUrl: "",
  };
  const numbers = Array.from({ length: cards }, (_, index) => String(10_000_001 + index));
  const groups: number[] = [];
  for (let made = 0; made < 2; made++) {
    const command = { verb: "create_product", kind: "card_group", terms, stock } as const;
    groups.push(successOf(await execute(command)).product.id);
  }
  const [first = 0, second = 0] = groups;
  const make = async (productId: number, some: readonly string[]) =>
    successOf(
      await execute({ verb: "add_stock", productId, numbers: some, secretDigits: 8, balance, batch: "", details: {} }),
    );
  await make(second, ["00000007"]);
  // The last ones are made first.
  for (let end = cards; end > 0; end -= atOnce) await make(first, numbers.slice(end - atOnce, end).reverse());
  const sell = async (number: string) =>
    successOf(
      await execute({
        verb: "sell",
        productId: first,
        ownerId: null,
        what: { number },
        email: null,
        currency: null,
        channel: "test",
      }),
    );
  for (const number of numbers.filter((_, index) => index % 100 === 0)) await sell(number);

  const { pool, statements, buffersOf } = watchPool(t, engine.database.address);
  await pool.query({ name: "", text: "analyze entitlement" });
  const queries = createQueries(pool, secrets);
  const listed: string[] = [];
  for await (const page of everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null })) {
    // One behind and one before what was read.
    for (const number of [numbers[listed.length + 1], numbers[listed.length + 1_502]]) {
      if (number !== undefined) await sell(number);
    }
    listed.push(...page.map(({ entitlement }) => entitlement.code));
  }
  assert.deepEqual(listed, [...numbers, "00000007"]);
  const pages = statements.filter(({ name }) => name.startsWith("page_cards"));
  const costs = await Promise.all(pages.slice(0, 6).map(buffersOf));
  assert.ok(Math.max(...costs) < 3_000, `a page of 500 cards costs ${costs.join(", ")} pages of the database`);

  const sold = (
    await collect(everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null, sold: true }))
  ).map((one) => one.entitlement);
  const unsold = (
    await collect(everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null, sold: false }))
  ).map((one) => one.entitlement);
  assert.deepEqual([...sold, ...unsold].map(({ code }) => code).sort(), [...numbers, "00000007"].sort());
  for (const list of [sold, unsold.slice(0, -1)]) {
    const codes = list.map(({ code }) => code);
    assert.deepEqual(codes, [...codes].sort());
  }

  const [one] = await collect(
    everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null, number: "10000123" }),
  );
  assert.equal(one?.entitlement.code, "10000123");
  const pin = one?.card.pin ?? "";
  const byPin = await collect(
    everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null, pin }),
  );
  assert.deepEqual(
    byPin.map(({ entitlement }) => entitlement.code),
    ["10000123"],
  );
  const lookUps = statements.filter(({ name }) => name.startsWith("read_fitting_cards"));
  assert.equal(lookUps.length, 2);
  for (const lookUp of lookUps) assert.ok((await buffersOf(lookUp)) < 50, `${lookUp.name}`);
});
