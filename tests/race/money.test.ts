import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Outcome } from "../../src/core/command.ts";
import { openTestEngine, resultOf, successOf, type TestEngine, tally } from "../support/engine.ts";

/** Two engines with connections of their own on one database, as in two processes. */
async function openTwo(t: TestContext, options: { readonly withoutLocks?: boolean } = {}) {
  const one = await openTestEngine(t, options);
  const two = await openTestEngine(t, { beside: one, ...options });
  return [one, two] as const;
}

const euros = (minor: bigint) => ({ minor, currency: "EUR" });

/** A group of the house with so many cards in stock; resolves with its number. */
async function makeGroup({ execute }: TestEngine, cards: number): Promise<number> {
  const { product } = successOf(
    await execute({
      verb: "create_product",
      kind: "card_group",
      terms: { name: "World", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
      stock: {
        ownerId: null,
        price: euros(1240n),
        taxPpm: 240_000,
        numberDigits: 10,
        secretDigits: 8,
        imageUrl: "",
      },
    }),
  );
  await execute({ verb: "change_stock_terms", productId: product.id, renewsPin: true });
  const numbers = Array.from({ length: cards }, (_, index) => String(product.id * 1_000_000 + index).padStart(10, "0"));
  const stock = { verb: "add_stock", secretDigits: 8, balance: euros(1000n), batch: "", details: {} } as const;
  successOf(await execute({ ...stock, productId: product.id, numbers }));
  return product.id;
}

/** Lets a new reseller sell so many cards of a group; resolves with its number. */
async function letSell({ execute }: TestEngine, productId: number, quota: number): Promise<number> {
  const login = `seller-${productId}`;
  const { operator } = successOf(
    await execute({ verb: "create_operator", login, passwordHash: "none", role: "reseller" }),
  );
  const terms = { operatorId: operator.id, login, productId, commissionPpm: 100_000, quota };
  successOf(await execute({ verb: "change_reseller_terms", ...terms }));
  return operator.id;
}

function sell({ execute }: TestEngine, productId: number, ownerId: number | null = null): Promise<Outcome<"sell">> {
  const what = { quantity: 1 };
  return execute({ verb: "sell", productId, ownerId, what, email: null, currency: null, channel: "test" });
}

async function soldNumber(engine: TestEngine, productId: number): Promise<string> {
  const number = successOf(await sell(engine, productId)).cards[0]?.entitlement.code;
  assert.ok(number !== undefined);
  return number;
}

test("of clerks who void, return and refund one card at once, one pays it back, with one payment", async (t) => {
  const [one, two] = await openTwo(t);
  const productId = await makeGroup(one, 20);
  for (let round = 0; round < 20; round++) {
    const number = await soldNumber(one, productId);
    const card = { productId, number, description: "" };
    const acts = [
      { verb: "void_sale", ...card },
      { verb: "return_card", ...card, toStock: true, secretDigits: 8 },
      { verb: "refund_card", ...card, isKept: false },
    ] as const;
    const outcomes = await Promise.all(
      [one, two].flatMap(({ execute }) => acts.map((act) => execute(act) as Promise<Outcome>)),
    );
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1, JSON.stringify(tally(outcomes.map(resultOf))));
    assert.equal(await one.count("payment", "reverses is not null"), round + 1);
  }
});

test("a returned card is sold again once, under its number and with a new pin", async (t) => {
  const [one, two] = await openTwo(t);
  const productId = await makeGroup(one, 1);
  const first = successOf(await sell(one, productId)).cards[0];
  const number = first?.entitlement.code ?? "";
  successOf(
    await one.execute({ verb: "return_card", productId, number, toStock: true, secretDigits: 8, description: "" }),
  );
  const outcomes = await Promise.all(Array.from({ length: 64 }, (_, index) => sell(index % 2 ? one : two, productId)));
  assert.deepEqual(tally(outcomes.map(resultOf)), { ok: 1, stock_short: 63 });
  const again = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.cards : []))[0];
  assert.equal(again?.entitlement.code, number);
  assert.match(again?.card.pin ?? "", /^\d{8}$/);
  assert.notEqual(again?.card.pin, first?.card.pin);
});

/** Lets a reseller sell 64 times at once, of which its quota allows 20; resolves with the cards that it sold. */
async function sellBeyondQuota(engines: readonly [TestEngine, TestEngine]): Promise<readonly string[]> {
  const [one] = engines;
  const productId = await makeGroup(one, 100);
  const reseller = await letSell(one, productId, 20);
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (_, index) => sell(engines[index % 2] ?? one, productId, reseller)),
  );
  return outcomes.map(resultOf);
}

test("64 sales of a reseller at once in two processes end at its quota", async (t) => {
  const engines = await openTwo(t);
  for (let round = 0; round < 5; round++) {
    assert.deepEqual(tally(await sellBeyondQuota(engines)), { ok: 20, quota_reached: 44 });
  }
});

test("control: with the locks taken out, a reseller sells more than its quota", async (t) => {
  const engines = await openTwo(t, { withoutLocks: true });
  for (let round = 0; round < 50; round++) {
    const sold = (await sellBeyondQuota(engines)).filter((result) => result === "ok").length;
    if (sold > 20) return;
  }
  assert.fail("no quota was exceeded: the test above would not see the bug");
});
