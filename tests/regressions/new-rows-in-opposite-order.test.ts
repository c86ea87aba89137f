/**
 * Rows that exist were locked in one order, new ones were added in the order of the commands. Two processes that added
 * the same customers in opposite orders waited for each other until the database broke one of them off, for seconds;
 * and two batches of one process fell apart into hundreds of transactions.
 *
 * Guarantee: batches that add the same rows, or lock the same, in whatever order they name them, never wait in a
 * circle; nobody waits for longer than for the other's commit.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import type { Command } from "../../src/core/command.ts";
import { machineNamed } from "../../src/dialects/ezpert/mac-address.ts";
import { bindSystem, changeSystem, finish, openContent, register, request } from "../support/content.ts";
import { createTestDatabase } from "../support/database.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf, successOf, type TestEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const rounds = 3;
/** How long the database takes to find a circle, here. */
const deadlockSeconds = 5;
/** Without a circle a round takes 0.3 s; what it writes is slow on purpose. */
const roundMaxMs = 4_000;

/** Runs the rounds, one after the other, and sees to it that nobody waited in a circle in any of them. */
async function race(one: TestEngine, round: (number: number) => Promise<unknown>): Promise<void> {
  for (const number of range(rounds)) {
    const startedAtMs = performance.now();
    await round(number);
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < roundMaxMs, `a round took ${tookMs} ms`);
  }
  const [{ deadlocks } = { deadlocks: -1 }] = await one.sql<{ deadlocks: number }>(
    "select deadlocks::integer from pg_stat_database where datname = current_database() and $1 > 0",
  );
  assert.equal(deadlocks, 0);
}

/**
 * Two processes on one database, in which each row takes two milliseconds to write, so that what both write overlaps.
 * They wait for locks for longer than the database takes to find a circle.
 */
async function openPair(t: TestContext) {
  const { database, options } = await openSlowDatabase(t);
  const one = await openTestEngine(t, { database, ...options });
  const other = await openTestEngine(t, { beside: one, ...options });
  await Promise.all([one.execute(createEvent({}, 1)), one.execute(createEvent({}, 2))]);
  return { one, other };
}

async function openSlowDatabase(t: TestContext) {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const owner = new pg.Client(database.address);
  await owner.connect();
  await owner.query(`alter database ${database.address.database} set deadlock_timeout = '${deadlockSeconds}s'`);
  await owner.query(
    `create function take_time() returns trigger language plpgsql as
     $$ begin perform pg_sleep(0.002); return new; end $$`,
  );
  for (const table of ["customer", "entitlement", "access_key", "device"]) {
    await owner.query(
      `create trigger slow before insert or update on ${table} for each row execute function take_time()`,
    );
  }
  await owner.end();
  const limits = { lockMs: 2_000 * deadlockSeconds, statementMs: 4_000 * deadlockSeconds, transactionMs: 0 };
  return { database, options: { organizationId: 1, limits, commandWaitMaxMs: 60_000 } };
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
      range(50).map((index) =>
        issue(productId, `${productId} ${round} ${index}`, `guest${round}.${index}@example.com`),
      );
    const outcomes = await inBoth(one, other, issueAll(1), issueAll(2));
    assert.ok(outcomes.every((outcome) => resultOf(outcome) === "ok"));
  });
  assert.equal(await one.count("customer"), rounds * 50);
});

test("two processes that issue the same codes of different products", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const issueAll = (productId: number) => range(50).map((index) => issue(productId, `${round} ${index}`));
    const outcomes = await inBoth(one, other, issueAll(1), issueAll(2));
    assert.equal(outcomes.filter(({ ok }) => ok).length, 50);
  });
});

test("two processes that rename the same customers", async (t) => {
  const { one, other } = await openPair(t);
  await race(one, async (round) => {
    const issueAll = (productId: number) =>
      range(50).map((index) => ({
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
        device: machineNamed(macOf(code)),
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

/** Somebody else on the database, who holds rows and lets them go when the test says so. */
async function openHolder(one: TestEngine) {
  const holder = new pg.Client(one.database.address);
  // The database is dropped under it at the end.
  holder.on("error", () => {});
  await holder.connect();
  return {
    async hold(statement: string) {
      await holder.query("begin");
      await holder.query(statement);
      return () => holder.query("rollback");
    },
    untilWaiting: (count: number) =>
      eventually(`${count} wait`, async () => {
        const waiting =
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and $1 > 0";
        return (await one.sql(waiting)).length === count;
      }),
  };
}

test("a sale by number and one from stock in one batch, and who uses the same two cards in the order of their numbers", async (t) => {
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
  const balance = { minor: 100n, currency: "EUR" };
  const [next, named] = ["210000", "220000"];
  for (const [id, number] of [
    [21, next],
    [22, named],
  ] as const) {
    successOf(await one.execute(group(id)));
    const numbers = [number];
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
  const { hold, untilWaiting } = await openHolder(one);
  await race(one, async (round) => {
    if (round > 0) return;
    // Whoever uses the cards comes first, and waits for the first of them; the seller comes behind.
    const release = await hold(`select from entitlement where code = '${next}' for update`);
    const used = Promise.all([other.execute(redeem(22, named)), other.execute(redeem(21, next))]);
    await untilWaiting(1);
    const sold = Promise.all([
      one.execute(sellCard(22, { number: named })),
      one.execute(sellCard(21, { quantity: 1 })),
    ]);
    await untilWaiting(2);
    await release();
    assert.deepEqual((await used).map(resultOf), ["not_sold", "not_sold"]);
    assert.deepEqual((await sold).map(resultOf), ["ok", "ok"]);
  });
});

test("two batches of which each finishes the delivery that the other one ends", async (t) => {
  const { database, options } = await openSlowDatabase(t);
  const one = await openContent(t, { database, ...options });
  const other = await openTestEngine(t, { beside: one, ...options });
  const { ada } = one;
  successOf(await one.execute(register(ada, "desk", "B")));
  successOf(await one.execute(bindSystem("BBBB", "desk")));
  const first = successOf(await one.execute(request(ada, "AAAA", "boat"))).delivery;
  const second = successOf(await one.execute(request(ada, "BBBB", "desk"))).delivery;
  const { hold, untilWaiting } = await openHolder(one);
  await race(one, async (round) => {
    if (round > 0) return;
    const release = await hold(`select from delivery where id = ${first.id} for update`);
    const freed = (name: string) => changeSystem(ada, name, "release");
    const ahead = Promise.all([other.execute(finish(first.id, "AAAA")), other.execute(freed("desk"))]);
    await untilWaiting(1);
    const behind = Promise.all([one.execute(finish(second.id, "BBBB")), one.execute(freed("boat"))]);
    await untilWaiting(2);
    await release();
    assert.deepEqual((await ahead).map(resultOf), ["ok", "ok"]);
    assert.deepEqual((await behind).map(resultOf), ["delivery_ended", "ok"]);
  });
});
