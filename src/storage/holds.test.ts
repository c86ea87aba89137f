/** What holds leave in the database, and the questions about them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  collect,
  createEvent,
  openTestEngine,
  resultOf,
  startMs,
  successOf,
  type TestEngine,
} from "../../tests/support/engine.ts";
import type { CommandOf } from "../core/command.ts";
import { holdDefaultMs } from "../core/hold.ts";
import type { LiveHold } from "../queries/holds.ts";
import { everyPage, type PageRequest } from "../queries/pages.ts";

const price = { minor: 1240n, currency: "EUR" };
const adult = { key: "adult", name: "Adult", capacity: 3, price, colour: "#00ff00" };
const child = { ...adult, key: "child", name: "Child", capacity: null, price: null, colour: null };

/** Makes event 1 for 5 with two categories, and group 2 with so many cards. */
async function prepare({ execute }: TestEngine, cards = 5): Promise<void> {
  successOf(await execute(createEvent({ capacity: 5, categories: [adult, child] }, 1)));
  const stock = { ownerId: null, price, taxPpm: 0, numberDigits: 4, secretDigits: 6, imageUrl: "" };
  successOf(await execute({ ...createEvent({}, 2), kind: "card_group", stock }));
  const numbers = Array.from({ length: cards }, (_, index) => String(index + 1).padStart(4, "0"));
  const made = { verb: "add_stock", productId: 2, numbers, secretDigits: 6, balance: price } as const;
  successOf(await execute({ ...made, batch: "", details: {} }));
}

function hold(what: CommandOf<"hold">["what"], reference = "order 1", durationMs = holdDefaultMs): CommandOf<"hold"> {
  return { verb: "hold", productId: "stock" in what ? 2 : 1, what, reference, durationMs };
}

const stock = (count: number) => ({ stock: count, ownerId: null });

function sell(what: CommandOf<"sell">["what"], reference?: string): CommandOf<"sell"> {
  const order = reference === undefined ? {} : { reference };
  return { verb: "sell", productId: 2, ownerId: null, what, email: null, currency: null, channel: "test", ...order };
}

function issue(code: string, more: Partial<CommandOf<"issue">> = {}): CommandOf<"issue"> {
  return { verb: "issue", productId: 1, holder: null, code, ...more };
}

test("the availability of a product and its categories is right at every moment, though no job has run", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  await prepare(opened);
  successOf(await execute(issue("100", { category: "adult" })));
  successOf(await execute(hold({ places: 1, category: "adult" })));
  successOf(await execute(hold({ places: 2 }, "order 2", 1_000)));
  const at = (atMs: number) => queries.holds.availability(organizationId, 1, atMs);
  assert.deepEqual(await at(startMs + 999), {
    places: { capacity: 5, issued: 1, held: 3, free: 1 },
    categories: [
      { key: "adult", capacity: 3, issued: 1, held: 1, free: 1 },
      { key: "child", capacity: null, issued: 0, held: 0, free: 1 },
    ],
    stock: null,
  });
  assert.deepEqual((await at(startMs + 1_000))?.places, { capacity: 5, issued: 1, held: 1, free: 3 });
  assert.deepEqual((await at(startMs + holdDefaultMs))?.categories[0], {
    ...{ key: "adult", capacity: 3, issued: 1, held: 0, free: 2 },
  });
  assert.equal(await queries.holds.availability(organizationId, 9, startMs), undefined);
});

test("a suspended card is not free, whether or not a hold keeps it", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  await prepare(opened);
  const room = async () => (await queries.holds.availability(organizationId, 2, startMs))?.stock;
  successOf(await execute(hold(stock(2), "order 1", 1_000)));
  for (const code of ["0001", "0005"]) successOf(await execute({ verb: "suspend", productId: 2, code }));
  assert.deepEqual(await room(), { inStock: 5, held: 1, free: 2 });
  assert.equal(resultOf(await execute(sell({ quantity: 3 }))), "stock_short");
  successOf(await execute(sell({ quantity: 2 })));
  assert.deepEqual(await room(), { inStock: 3, held: 1, free: 0 });
});

test("a hold of another product is not found, whatever its category is", async (t) => {
  const opened = await openTestEngine(t);
  const { execute } = opened;
  await prepare(opened);
  const { hold: made } = successOf(await execute(hold({ places: 1, category: "adult" })));
  successOf(await execute(createEvent({}, 3)));
  assert.equal(resultOf(await execute({ ...issue("300", { hold: made.id }), productId: 3 })), "hold_not_found");
});

test("of stock the held and the free cards are told, and what lapsed is free at that millisecond", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  await prepare(opened);
  successOf(await execute(hold(stock(2), "order 1", 1_000)));
  const at = async (atMs: number) => (await queries.holds.availability(organizationId, 2, atMs))?.stock;
  assert.deepEqual(await at(startMs + 999), { inStock: 5, held: 2, free: 3 });
  assert.deepEqual(await at(startMs + 1_000), { inStock: 5, held: 0, free: 5 });
  opened.nowMs = startMs + 999;
  assert.equal(resultOf(await execute(sell({ quantity: 4 }))), "stock_short");
  opened.nowMs = startMs + 1_000;
  const { cards } = successOf(await execute(sell({ quantity: 4 })));
  assert.deepEqual(
    cards.map(({ entitlement }) => entitlement.code),
    ["0001", "0002", "0003", "0004"],
  );
  assert.deepEqual(await at(startMs + 1_000), { inStock: 1, held: 0, free: 1 });
});

test("a hold that ends while its batch waits for rows leaves its stock to the sale of that batch", async (t) => {
  const opened = await openTestEngine(t, {
    wrap: (store) => ({
      transact: (organization, needs, decide) =>
        store.transact(organization, needs, (loaded) => {
          opened.nowMs += 1_000;
          return decide(loaded);
        }),
    }),
  });
  const { execute } = opened;
  await prepare(opened, 3);
  successOf(await execute(hold(stock(2), "order 1", 1_000)));
  const { cards } = successOf(await execute(sell({ quantity: 3 })));
  assert.equal(cards.length, 3);
});

test("commands of one batch see the holds of those before them", async (t) => {
  const opened = await openTestEngine(t);
  const { execute } = opened;
  await prepare(opened);
  const outcomes = await Promise.all([
    execute(hold(stock(2))),
    execute(sell({ quantity: 2 })),
    execute(hold(stock(2), "order 2")),
    execute(sell({ quantity: 1 })),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "stock_short", "ok"]);
});

test("live holds are listed with the time that is left, and all of them are found by their reference", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  await prepare(opened);
  const first = successOf(await execute(hold({ places: 1, category: "adult" }))).hold;
  const second = successOf(await execute(hold({ places: 2 }, "order 2", 1_000))).hold;
  const third = successOf(await execute(hold(stock(1), "order 2"))).hold;
  successOf(await execute({ verb: "release", productId: 2, hold: third.id }));
  const page = (atMs: number, more: PageRequest<LiveHold>) => queries.holds.live(organizationId, 1, atMs, more);
  const { rows, next } = await page(startMs + 999, { limit: 1 });
  assert.deepEqual(rows, [{ ...first, leftMs: holdDefaultMs - 999 }]);
  assert.ok(next !== undefined);
  assert.deepEqual((await page(startMs + 999, { after: next })).rows, [{ ...second, leftMs: 1 }]);
  assert.deepEqual((await page(startMs + 1_000, { after: next })).rows, []);
  const named = await collect(everyPage(queries.holds.byReference, organizationId, "order 2"));
  assert.deepEqual(named, [second, { ...third, endedAtMs: startMs }]);
});

test("sales are found by their reference, oldest first", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  await prepare(opened);
  const { hold: kept } = successOf(await execute(hold(stock(2))));
  const first = successOf(await execute(sell({ hold: kept.id, quantity: 2 }, "A-17"))).sale;
  successOf(await execute(sell({ quantity: 1 }, "A-18")));
  successOf(await execute(sell({ quantity: 1 })));
  const second = successOf(await execute(sell({ quantity: 1 }, "A-17"))).sale;
  const found = await collect(everyPage(queries.sales.byReference, organizationId, "A-17"));
  assert.deepEqual(found, [first, second]);
});

test("terms of products and entitlements come back as they were given", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  const terms = {
    uses: { max: null, per: "day" },
    reentry: "after_exit",
    categories: [adult, child],
    timeZone: "Europe/Helsinki",
    attention: "Ask for the badge",
    metadata: { season: "26" },
  } as const;
  const own = { startsAtMs: startMs, expiresAtMs: startMs + 1, usesMax: 3, category: "adult" };
  const texts = { reference: "A-17", attention: "Guest", metadata: { seat: "12" } };
  const { product } = successOf(await execute(createEvent(terms, 1)));
  const { entitlement, product: after } = successOf(await execute(issue("100", { ...own, ...texts })));
  const found = await queries.products.byId(organizationId, 1);
  assert.deepEqual(found?.product, after);
  assert.deepEqual({ ...product, issued: 1, everIssued: true, categories: after.categories }, after);
  assert.deepEqual(after.categories, [
    { ...adult, issued: 1 },
    { ...child, issued: 0 },
  ]);
  assert.deepEqual(await queries.entitlements.byCode(organizationId, "100"), entitlement);
  assert.deepEqual(entitlement, { ...entitlement, ...own, ...texts });
});

test("holds that are over for longer than they are kept are removed, and no others", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, administration, sql, count } = opened;
  await prepare(opened);
  for (const reference of ["old", "older, never ended", "young"]) {
    successOf(await execute(hold({ places: 1 }, reference)));
  }
  const { hold: released } = successOf(await execute(hold(stock(1), "old")));
  successOf(await execute({ verb: "release", productId: 2, hold: released.id }));
  await sql(`update hold set ends_at = now() - make_interval(secs => case when reference like 'old%' then 61 else 59 end)
    where organization_id = $1`);
  assert.ok((await administration.forgetHolds(60_000)) >= 3);
  assert.equal(await count("hold", "reference = 'young'"), 1);
  assert.equal(await count("hold"), 1);
});

test("a product that is deleted takes its holds with it, also those of the same moment", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, count } = opened;
  await prepare(opened);
  successOf(await execute(hold({ places: 1 })));
  const outcomes = await Promise.all([
    execute(hold({ places: 1 })),
    execute({ verb: "retire_product", productId: 1 } as const),
    execute(hold({ places: 1 })),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "product_not_found"]);
  assert.equal(await count("hold"), 0);
});

test("a sale names no hold, so it costs no look at holds; a batch of issues costs one", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, transactions } = opened;
  await prepare(opened);
  const before = transactions.length;
  successOf(await execute(sell({ quantity: 1 })));
  await Promise.all(["1", "2", "3"].map((code) => execute(issue(code))));
  const nouns = transactions.slice(before).map(({ lock }) => [...lock.keys()].map(({ name }) => name));
  assert.deepEqual(nouns, [
    ["product", "entitlement"],
    ["product", "hold", "entitlement"],
  ]);
});
