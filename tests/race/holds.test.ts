/** Places and stock that are held, and the capacity of categories, over two processes. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, type TestContext, test } from "node:test";
import type { Command, CommandOf, Outcome } from "../../src/core/command.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { createSecrets, secretKeyBytes } from "../../src/storage/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { createEvent, openTestEngine, resultOf, successOf, type TestEngine, tally } from "../support/engine.ts";
import { type InTurn, startEngineProcesses } from "../support/engine-processes.ts";
import { cardNumbers, morClient, valuesOf } from "../support/mor.ts";
import { startServer } from "../support/server-process.ts";

const organizationId = defaultOrganizationId;
const secretKey = randomBytes(secretKeyBytes);
const cleaners: (() => unknown)[] = [];
/** Ends with the file what was opened for it, the last one first. */
const file = { after: (clean: () => unknown) => void cleaners.push(clean) } as Pick<TestContext, "after">;
after(async () => {
  for (const clean of cleaners.reverse()) await clean();
});
let database: TestDatabase;
let beside: TestEngine;
let inTurn: InTurn;
let unlocked: InTurn;
before(async () => {
  database = await createTestDatabase();
  file.after(() => database.drop());
  const secrets = createSecrets([secretKey]);
  beside = await openTestEngine(file, { database, organizationId, secrets, clock: Date.now });
  const setUp = { address: database.address, secretKey: secretKey.toString("hex"), organizationId };
  inTurn = startEngineProcesses(file, { ...setUp, withoutLocks: false });
  unlocked = startEngineProcesses(file, { ...setUp, withoutLocks: true });
});

const rounds = 3;
/** Rounds after which a control without locks must have shown the fault; it mostly does so in the first. */
const controlRoundsMax = 100;
let lastProduct = 0;

/** Makes an event for 30, with 20 places for adults; resolves with its number. */
async function makeEvent(capacity = 30): Promise<number> {
  const id = ++lastProduct;
  const terms = { key: "adult", name: "Adult", capacity: 20, price: null, colour: null };
  const categories = [terms, { ...terms, key: "child", name: "Child", capacity: null }];
  successOf(await beside.execute({ ...createEvent({ capacity, categories }), id }));
  return id;
}

/** Makes a group with so many cards in stock; resolves with its number. */
async function makeGroup(cards: number): Promise<number> {
  const id = ++lastProduct;
  const price = { minor: 1240n, currency: "EUR" };
  const stock = { ownerId: null, price, taxPpm: 0, numberDigits: 10, secretDigits: 8, imageUrl: "" };
  successOf(await beside.execute({ ...createEvent(), kind: "card_group", id, stock }));
  const numbers = cardNumbers(String(1_000 + id), cards);
  const made = { verb: "add_stock", productId: id, numbers, secretDigits: 8, balance: price } as const;
  successOf(await beside.execute({ ...made, batch: "", details: {} }));
  return id;
}

function issueOne(productId: number, category?: string): CommandOf<"issue"> {
  return { verb: "issue", productId, holder: null, code: { randomDigits: 12 }, ...(category && { category }) };
}

function holdPlaces(productId: number, durationMs?: number): CommandOf<"hold"> {
  const duration = durationMs === undefined ? {} : { durationMs };
  return { verb: "hold", productId, what: { places: 1 }, reference: "order", ...duration };
}

function holdStock(productId: number, stock: number): CommandOf<"hold"> {
  return { verb: "hold", productId, what: { stock, ownerId: null }, reference: "order" };
}

function sell(productId: number, what: CommandOf<"sell">["what"]): CommandOf<"sell"> {
  return { verb: "sell", productId, ownerId: null, what, email: null, currency: null, channel: "test" };
}

/** Gives all commands at once. */
function together<C extends Command>(engine: InTurn, commands: readonly C[], atMs?: number) {
  return Promise.all(commands.map((command) => engine(command, atMs)));
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

/** The numbers of the cards that were sold, one entry for each time. */
function soldIn(outcomes: readonly Outcome<"sell">[]): string[] {
  return outcomes.flatMap((one) => (one.ok ? one.value.cards.map(({ entitlement }) => entitlement.code) : []));
}

/** 100 buyers at once, so many of them for children. */
async function fillEvent(engine: InTurn, event: number, children: number) {
  const outcomes = await together(
    engine,
    times(100, (index) => issueOne(event, index % (100 / children) === 0 ? "child" : "adult")),
  );
  const issued = outcomes.flatMap((one) => (one.ok ? [one.value.entitlement.category ?? "none"] : []));
  return { issued: tally(issued), refused: tally(outcomes.filter(({ ok }) => !ok).map(resultOf)) };
}

test("of a category of 20 in an event of 30 exactly 20 are issued under 100 buyers, and 30 in all", async () => {
  for (let round = 0; round < rounds; round++) {
    const event = await makeEvent();
    const { issued, refused } = await fillEvent(inTurn, event, 10);
    assert.deepEqual(issued, { adult: 20, child: 10 });
    assert.deepEqual(refused, { capacity_reached: 70 });
    const room = await beside.queries.holds.availability(organizationId, event, Date.now());
    assert.deepEqual(room?.places, { capacity: 30, issued: 30, held: 0, free: 0 });
    assert.deepEqual(room?.categories[0], { key: "adult", capacity: 20, issued: 20, held: 0, free: 0 });
    const { adult = 0, child = 0 } = (await fillEvent(inTurn, await makeEvent(), 50)).issued;
    assert.ok(adult <= 20, `${adult} for adults`);
    assert.equal(adult + child, 30);
  }
});

test("of 40 buyers who hold the last 10 places at once 10 do, and only these get places", async () => {
  for (let round = 0; round < rounds; round++) {
    const event = await makeEvent(10);
    const held = await together(
      inTurn,
      times(40, () => holdPlaces(event)),
    );
    assert.deepEqual(tally(held.map(resultOf)), { ok: 10, capacity_reached: 30 });
    const buyers = held.map((one) => (one.ok ? { ...issueOne(event), hold: one.value.hold.id } : issueOne(event)));
    const issued = await together(inTurn, buyers);
    assert.deepEqual(issued.map(resultOf), held.map(resultOf));
  }
});

test("in the last millisecond of ten holds nobody else gets a place, and in the next one everybody may", async () => {
  for (let round = 0; round < rounds; round++) {
    const event = await makeEvent(10);
    const startMs = Date.now();
    const durationMs = 60_000;
    const held = await together(
      inTurn,
      times(10, () => holdPlaces(event, durationMs)),
      startMs,
    );
    const ids = held.map((one) => successOf(one).hold.id);
    const others = times(20, () => issueOne(event));
    const endMs = startMs + durationMs;
    assert.deepEqual(tally((await together(inTurn, others, endMs - 1)).map(resultOf)), { capacity_reached: 20 });
    const both = await together(
      inTurn,
      ids.flatMap((hold) => [{ ...issueOne(event), hold }, issueOne(event)]),
      endMs,
    );
    const results = both.map(resultOf);
    assert.deepEqual(tally(results.filter((_, index) => index % 2 === 0)), { hold_ended: 10 });
    assert.deepEqual(tally(results.filter((_, index) => index % 2 === 1)), { ok: 10 });
  }
});

test("around the end of a hold its place goes to its buyer or to another one, never to both", async () => {
  for (let round = 0; round < 20; round++) {
    const event = await makeEvent(1);
    const startMs = Date.now();
    const { hold } = successOf(await inTurn(holdPlaces(event, 1_000), startMs));
    // The two processes have clocks of their own: here one is ahead of the other by a millisecond.
    const outcomes = await Promise.all([
      inTurn({ ...issueOne(event), hold: hold.id }, hold.endsAtMs - 1),
      inTurn(issueOne(event), hold.endsAtMs),
    ]);
    assert.equal(tally(outcomes.map(resultOf)).ok, 1);
    assert.equal(await beside.count("entitlement", `product_id = ${event}`), 1);
  }
});

/** 40 buyers at once: some hold two cards, some buy two. */
async function takeStock(engine: InTurn, group: number) {
  const buyers = times(40, (index) =>
    index % 2 === 0 ? engine(holdStock(group, 2)) : engine(sell(group, { quantity: 2 })),
  );
  const outcomes: readonly Outcome<"hold" | "sell">[] = await Promise.all(buyers);
  const held = outcomes.flatMap((one) => (one.ok && "hold" in one.value ? [one.value] : []));
  const sold = soldIn(outcomes.filter((one): one is Outcome<"sell"> => one.ok && "sale" in one.value));
  return { held, sold, taken: [...held.flatMap(({ codes }) => codes), ...sold] };
}

test("stock that is held is not sold, through the engine or MOR, but to the one who names the hold", async (t) => {
  await beside.administration.putSetting(organizationId, "mor.api", "on");
  await beside.administration.putSetting(organizationId, "mor.hash", "off");
  await beside.administration.putSecretSetting(organizationId, "mor.secret", "a-secret-of-16-characters");
  const admin = { login: "admin", passwordHash: "none", role: "administrator" } as const;
  await beside.administration.putOperator(organizationId, admin);
  const { url } = await startServer(t, {
    DATABASE_URL: database.url,
    SECRET_KEY: secretKey.toString("hex"),
    LOG_LEVEL: "warn",
  });
  const mor = morClient({ url });
  const buyByMor = (group: number) => mor.ask("card_from_group_sell", { id: String(group), quantity: "1" });
  for (let round = 0; round < rounds; round++) {
    const group = await makeGroup(100);
    const [{ held, taken }, answers] = await Promise.all([
      takeStock(inTurn, group),
      Promise.all(times(60, () => buyByMor(group))),
    ]);
    const byMor = answers.flatMap((answer) => valuesOf(answer, "number"));
    const all = [...taken, ...byMor];
    assert.equal(new Set(all).size, 100, "all cards, each once");
    assert.equal(all.length, 100);
    assert.ok(held.length > 0 && byMor.length > 0, "both got some");
    const [free] = valuesOf(await mor.ask("card_group_get", { id: String(group) }), "free_cards_size");
    assert.equal(free, "0");
    const confirmed = await together(
      inTurn,
      held.map(({ hold }) => sell(group, { hold: hold.id, quantity: hold.quantity })),
    );
    assert.deepEqual(soldIn(confirmed).sort(), held.flatMap(({ codes }) => codes).sort());
    assert.equal(
      await beside.count("payment", `entitlement_id in (select id from entitlement where product_id = ${group})`),
      100,
    );
  }
});

test("a confirmation, a release and a sale of the same stock at once: each card has one fate", async () => {
  for (let round = 0; round < 20; round++) {
    const group = await makeGroup(2);
    const { hold } = successOf(await inTurn(holdStock(group, 2)));
    const [confirmed, released, sold] = await Promise.all([
      inTurn(sell(group, { hold: hold.id, quantity: 1 })),
      inTurn({ verb: "release", productId: group, hold: hold.id } as const),
      inTurn(sell(group, { quantity: 1 })),
    ]);
    assert.deepEqual([resultOf(confirmed), resultOf(released)].sort(), ["hold_ended", "ok"]);
    const numbers = soldIn([confirmed, sold]);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.equal(await beside.count("product", `id = ${group} and in_stock = ${2 - numbers.length}`), 1);
  }
});

test("control: without locks more is issued of a category, or in all, than there are places", async () => {
  for (let round = 0; round < controlRoundsMax; round++) {
    const { issued } = await fillEvent(unlocked, await makeEvent(), 50);
    const { adult = 0, child = 0 } = issued;
    if (adult > 20 || adult + child > 30) return;
  }
  assert.fail("the races above would not see the bug");
});

test("control: without locks more places are held than there are", async () => {
  for (let round = 0; round < controlRoundsMax; round++) {
    const event = await makeEvent(10);
    const held = await together(
      unlocked,
      times(40, () => holdPlaces(event)),
    );
    if ((tally(held.map(resultOf)).ok ?? 0) > 10) return;
  }
  assert.fail("the races above would not see the bug");
});

test("control: without locks a card that is held is sold, or is held twice", async () => {
  for (let round = 0; round < controlRoundsMax; round++) {
    const { taken } = await takeStock(unlocked, await makeGroup(60));
    if (taken.length > new Set(taken).size) return;
  }
  assert.fail("the races above would not see the bug");
});
