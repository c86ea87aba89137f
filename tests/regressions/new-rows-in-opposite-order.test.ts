/**
 * Rows that exist were locked in one order, new ones were added in the order of the commands. Two processes that added the
 * same customers in opposite orders waited for each other until the database broke one of them off, for seconds; and two
 * batches of one process fell apart into hundreds of transactions.
 *
 * Guarantee: batches that add the same rows, or lock the same, in whatever order they name them, never wait in a circle;
 * nobody waits for longer than for the other's commit.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../src/core/command.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf, successOf, type TestEngine } from "../support/engine.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const rounds = 12;
/** A circle is broken by the database after a second at the earliest. Idle, a round takes 0.1 s. */
const deadlockMs = 1_000;

/** Deadlocks of this database so far, and how long the slowest round took. */
async function race(one: TestEngine, round: (number: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (const number of range(rounds)) {
    const startedAtMs = performance.now();
    await round(number);
    times.push(performance.now() - startedAtMs);
  }
  times.sort((a, b) => a - b);
  const median = times[rounds / 2] ?? 0;
  assert.ok(median < deadlockMs, `half of the rounds took ${median} ms and more`);
  const [{ deadlocks } = { deadlocks: -1 }] = await one.sql<{ deadlocks: number }>(
    "select deadlocks::integer from pg_stat_database where datname = current_database() and $1 > 0",
  );
  assert.equal(deadlocks, 0);
}

/** Two processes on one database, which wait for locks for as long as the database takes to find a circle, and longer. */
async function openPair(t: Parameters<typeof openTestEngine>[0]) {
  const limits = { lockMs: 3_000 };
  const one = await openTestEngine(t, { limits });
  const other = await openTestEngine(t, { beside: one, limits });
  await Promise.all([one.execute(createEvent({}, 1)), one.execute(createEvent({}, 2))]);
  return { one, other };
}

const inBoth = (one: TestEngine, other: TestEngine, commands: readonly Command[], others: readonly Command[]) =>
  Promise.all([
    ...commands.map((command) => one.execute(command)),
    ...others.toReversed().map((command) => other.execute(command)),
  ]);

test("two processes that name the same new customers", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const issueAll = (productId: number) =>
      range(200).map((index) =>
        issue(productId, `${productId} ${round} ${index}`, `guest${round}.${index}@example.com`),
      );
    const outcomes = await inBoth(one, other, issueAll(1), issueAll(2));
    assert.ok(outcomes.every((outcome) => resultOf(outcome) === "ok"));
  });
  assert.equal(await one.count("customer"), rounds * 200);
});

test("two processes that issue the same codes of different products", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const issueAll = (productId: number) => range(100).map((index) => issue(productId, `${round} ${index}`));
    const outcomes = await inBoth(one, other, issueAll(1), issueAll(2));
    assert.equal(outcomes.filter(({ ok }) => ok).length, 100);
  });
});

test("two processes that rename the same customers", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const issueAll = (productId: number) =>
      range(100).map((index) => ({
        ...issue(productId, `${productId} ${round} ${index}`, `guest${index}@example.com`),
        holderName: `Name ${productId} ${round}`,
      }));
    const outcomes = await inBoth(one, other, issueAll(1), issueAll(2));
    assert.ok(outcomes.every((outcome) => resultOf(outcome) === "ok"));
  });
});

test("two processes that make products with the same new access keys", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const makeAll = range(40).map((index) => createEvent({ accessKeys: [`R${round}K${index}`] }));
    const outcomes = await inBoth(one, other, makeAll, makeAll);
    assert.ok(outcomes.every((outcome) => resultOf(outcome) === "ok"));
  });
});

test("two processes that register the same new devices, and bind them", async (t) => {
  const { one, other } = await openPair(t);
  const licence = (id: number) => ({ ...createEvent({}, id), kind: "license", slots: 20 }) as const;
  await Promise.all([one.execute(licence(11)), one.execute(licence(12))]);
  await race(one, async (round) => {
    const codes = range(40).map((index) => `${round} ${index}`);
    await Promise.all(
      codes.flatMap((code) => [11, 12].map((id) => one.execute(issue(id, `${id} ${code}`, "a@example.com")))),
    );
    const bindAll = (productId: number) =>
      codes.map((code) => ({
        verb: "bind" as const,
        productId,
        code: `${productId} ${code}`,
        device: { kind: "machine" as const, name: macOf(code) },
        register: true,
      }));
    const outcomes = await inBoth(one, other, bindAll(11), bindAll(12));
    assert.ok(
      outcomes.every((outcome) => resultOf(outcome) === "ok"),
      JSON.stringify(outcomes.find(({ ok }) => !ok)),
    );
  });
});

/** A hardware address for a text of two numbers. */
function macOf(text: string): string {
  const [round = 0, index = 0] = text.split(" ").map(Number);
  const hex = (number: number) => number.toString(16).toUpperCase().padStart(2, "0");
  return `0A-1B-2C-3D-${hex(round)}-${hex(index)}`;
}

test("a sale by number beside a sale from stock, and who uses the same cards in the other order", async (t) => {
  const { one, other } = await openPair(t);
  const group = (id: number) =>
    ({
      verb: "create_product",
      kind: "card_group",
      id,
      terms: { name: "Cards", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
      stock: {
        ownerId: null,
        price: { minor: 100n, currency: "EUR" },
        taxPpm: 0,
        numberDigits: 6,
        secretDigits: 0,
        imageUrl: "",
      },
    }) as const;
  for (const id of [21, 22]) {
    successOf(await one.execute(group(id)));
    const numbers = range(300).map((index) => String(id * 10_000 + index));
    const balance = { minor: 100n, currency: "EUR" };
    successOf(
      await one.execute({
        verb: "add_stock",
        productId: id,
        numbers,
        secretDigits: 0,
        balance,
        batch: "",
        details: {},
      }),
    );
  }
  const sellCard = (productId: number, what: { quantity: number } | { number: string }) =>
    ({ verb: "sell", productId, ownerId: null, what, email: null, currency: null, channel: "test" }) as const;
  await race(one, async (round) => {
    const named = range(20).map((index) => String(22 * 10_000 + round * 20 + index));
    const next = range(20).map((index) => String(21 * 10_000 + round * 20 + index));
    const sales = [...named.map((number) => sellCard(22, { number })), sellCard(21, { quantity: 20 })];
    const scans = [...next.map((code) => redeem(21, code)), ...named.map((code) => redeem(22, code))];
    await inBoth(one, other, sales, scans);
  });
  assert.equal(await one.count("entitlement", "not in_stock"), rounds * 40);
});
