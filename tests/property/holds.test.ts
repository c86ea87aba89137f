/** Histories of holds, with a clock that goes on by milliseconds, against a model that counts what is there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command, Outcome } from "../../src/core/command.ts";
import { openTestEngine, startMs, successOf, type TestEngine } from "../support/engine.ts";
import { tries } from "./history.ts";

const [event, group] = [1, 2];
const capacity = 5;
const adults = 3;
const numbers = Array.from({ length: 4 }, (_, index) => String(index + 1).padStart(4, "0"));

/** A request; holds are named by their places among those that were accepted before this moment. */
type Act =
  | { readonly act: "hold"; readonly quantity: number; readonly category?: "adult"; readonly durationMs: number }
  | { readonly act: "hold_stock"; readonly quantity: number; readonly durationMs: number }
  | { readonly act: "release"; readonly nth: number }
  | { readonly act: "issue"; readonly quantity: number; readonly category?: "adult"; readonly nth?: number }
  | { readonly act: "sell"; readonly quantity: number; readonly nth?: number }
  | { readonly act: "sell_number"; readonly number: string };

interface Moment {
  readonly afterMs: number;
  readonly acts: readonly Act[];
}

const quantity = fc.integer({ min: 1, max: 3 });
const durationMs = fc.constantFrom(1, 2, 5, 60_000);
const nth = fc.nat(2);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record(
    { act: fc.constant("hold" as const), quantity, durationMs, category: fc.constant("adult" as const) },
    { requiredKeys: ["act", "quantity", "durationMs"] },
  ),
  fc.record({ act: fc.constant("hold_stock" as const), quantity, durationMs }),
  fc.record({ act: fc.constant("release" as const), nth }),
  fc.record(
    { act: fc.constant("issue" as const), quantity, nth, category: fc.constant("adult" as const) },
    { requiredKeys: ["act", "quantity"] },
  ),
  fc.record({ act: fc.constant("sell" as const), quantity, nth }, { requiredKeys: ["act", "quantity"] }),
  fc.record({ act: fc.constant("sell_number" as const), number: fc.constantFrom(...numbers) }),
);
const moments: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({ afterMs: fc.constantFrom(0, 1, 2, 10), acts: fc.array(act, { minLength: 1, maxLength: 4 }) }),
  { minLength: 3, maxLength: 12, size: "max" },
);

interface KnownHold {
  readonly id: number;
  readonly product: number;
  readonly category: string | null;
  readonly quantity: number;
  readonly codes: readonly string[];
  readonly endsAtMs: number;
  ended: boolean;
}

/** What the rules come to: every count is made anew of what is there. */
class Model {
  readonly holds: KnownHold[] = [];
  /** The categories of what was issued. */
  readonly issued: (string | null)[] = [];
  readonly sold = new Set<string>();

  /** The places that are free for somebody who has this hold. */
  free(category: string | null, nowMs: number, own?: KnownHold): number {
    const live = this.live(event, nowMs).filter((one) => one !== own);
    const count = (key: string | null) =>
      this.issued.filter((one) => key === null || one === key).length +
      live.filter((one) => key === null || one.category === key).reduce((sum, one) => sum + one.quantity, 0);
    const places = capacity - count(null);
    return category === null ? places : Math.min(places, adults - count(category));
  }

  live(product: number, nowMs: number): readonly KnownHold[] {
    return this.holds.filter((one) => one.product === product && !one.ended && nowMs < one.endsAtMs);
  }

  freeStock(nowMs: number): readonly string[] {
    const held = this.live(group, nowMs).flatMap(({ codes }) => codes);
    return numbers.filter((number) => !this.sold.has(number) && !held.includes(number));
  }

  /** The outcome: a refusal, or `ok` with the codes that are held or sold. */
  decide(asked: Act, known: readonly KnownHold[], nowMs: number, id: number | undefined): string {
    const hold = "nth" in asked && asked.nth !== undefined ? known[asked.nth] : undefined;
    const isNamed = "nth" in asked && asked.nth !== undefined;
    const isLive = hold !== undefined && !hold.ended && nowMs < hold.endsAtMs;
    switch (asked.act) {
      case "hold": {
        const { category = null } = asked;
        if (asked.quantity > this.free(category, nowMs)) return "capacity_reached";
        this.#keep(event, category, asked.quantity, [], nowMs + asked.durationMs, id);
        return "ok";
      }
      case "hold_stock": {
        const codes = this.freeStock(nowMs).slice(0, asked.quantity);
        if (codes.length < asked.quantity) return "stock_short";
        this.#keep(group, null, asked.quantity, codes, nowMs + asked.durationMs, id);
        return `ok ${codes}`;
      }
      case "release":
        if (hold === undefined) return "hold_not_found";
        if (!isLive) return "hold_ended";
        hold.ended = true;
        return "ok";
      case "issue": {
        const category = asked.category ?? (hold?.product === event ? hold.category : null);
        const isOther = hold !== undefined && hold.category !== null && hold.category !== category;
        if (isNamed && (hold?.product !== event || isOther)) return "hold_not_found";
        if (hold !== undefined && asked.quantity > hold.quantity) return "quantity_invalid";
        if (hold !== undefined && !isLive) return "hold_ended";
        if (asked.quantity > this.free(category, nowMs, hold)) return "capacity_reached";
        if (hold !== undefined) hold.ended = true;
        this.issued.push(...Array<string | null>(asked.quantity).fill(category));
        return "ok";
      }
      case "sell": {
        if (isNamed && hold?.product !== group) return "hold_not_found";
        if (hold !== undefined && asked.quantity > hold.quantity) return "quantity_invalid";
        if (hold !== undefined && !isLive) return "hold_ended";
        const codes = (hold?.codes ?? this.freeStock(nowMs)).slice(0, asked.quantity);
        if (codes.length < asked.quantity) return "stock_short";
        if (hold !== undefined) hold.ended = true;
        for (const code of codes) this.sold.add(code);
        return `ok ${codes}`;
      }
      case "sell_number":
        if (this.sold.has(asked.number)) return "already_sold";
        if (!this.freeStock(nowMs).includes(asked.number)) return "entitlement_held";
        this.sold.add(asked.number);
        return `ok ${asked.number}`;
    }
  }

  #keep(
    product: number,
    category: string | null,
    quantity: number,
    codes: readonly string[],
    endsAtMs: number,
    id: number | undefined,
  ): void {
    this.holds.push({ id: id ?? 0, product, category, quantity, codes, endsAtMs, ended: false });
  }
}

let issuedCodes = 0;

function commandOf(asked: Act, known: readonly KnownHold[]): Command {
  const holdId = (at: number) => known[at]?.id ?? 2 ** 40;
  const sale = { verb: "sell", productId: group, ownerId: null, email: null, currency: null, channel: "test" } as const;
  switch (asked.act) {
    case "hold": {
      const { quantity: places, category, durationMs } = asked;
      const what = category === undefined ? { places } : { places, category };
      return { verb: "hold", productId: event, what, reference: "order", durationMs };
    }
    case "hold_stock": {
      const { durationMs } = asked;
      const what = { stock: asked.quantity, ownerId: null };
      return { verb: "hold", productId: group, what, reference: "order", durationMs };
    }
    case "release":
      return { verb: "release", productId: known[asked.nth]?.product ?? event, hold: holdId(asked.nth) };
    case "issue": {
      const code = Array.from({ length: asked.quantity }, () => `C${++issuedCodes}`);
      const category = asked.category === undefined ? {} : { category: asked.category };
      const hold = asked.nth === undefined ? {} : { hold: holdId(asked.nth) };
      return { verb: "issue", productId: event, holder: null, code, ...category, ...hold };
    }
    case "sell": {
      const { quantity } = asked;
      return { ...sale, what: asked.nth === undefined ? { quantity } : { hold: holdId(asked.nth), quantity } };
    }
    case "sell_number":
      return { ...sale, what: { number: asked.number } };
  }
}

function described(outcome: Outcome): string {
  if (!outcome.ok) return outcome.refusal;
  const { value } = outcome;
  if ("codes" in value && value.codes.length > 0) return `ok ${value.codes}`;
  return "sale" in value ? `ok ${value.cards.map(({ entitlement }) => entitlement.code)}` : "ok";
}

/** Makes the event and the stock in an organization of its own. */
async function prepare(engine: TestEngine, organizationId: number): Promise<void> {
  await engine.administration.ensureOrganization(organizationId, "Property");
  const price = { minor: 1000n, currency: "EUR" };
  const terms = { name: "Gala", description: "", startsAtMs: null, endsAtMs: null, capacity, accessKeys: [] };
  const adult = { key: "adult", name: "Adult", capacity: adults, price: null, colour: null };
  const stock = { ownerId: null, price, taxPpm: 0, numberDigits: 4, secretDigits: 0, imageUrl: "" };
  const made: readonly Command[] = [
    { verb: "create_product", kind: "event", id: event, terms: { ...terms, categories: [adult] } },
    { verb: "create_product", kind: "card_group", id: group, terms: { ...terms, capacity: null }, stock },
    { verb: "add_stock", productId: group, numbers, secretDigits: 0, balance: price, batch: "", details: {} },
  ];
  for (const command of made) successOf(await engine.execute(command, { organizationId }));
}

test("whatever is held, confirmed, released and sold in whatever batches, engine and model agree to the millisecond", async (t) => {
  const engine = await openTestEngine(t);
  let organizationId = 1_000;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(moments, async (all) => {
      organizationId++;
      engine.nowMs = startMs;
      await prepare(engine, organizationId);
      const model = new Model();
      for (const { afterMs, acts } of all) {
        engine.nowMs += afterMs;
        const known = [...model.holds];
        const commands = acts.map((one) => commandOf(one, known));
        const outcomes = await Promise.all(commands.map((command) => engine.execute(command, { organizationId })));
        for (const [index, outcome] of outcomes.entries()) {
          const asked = acts[index];
          assert.ok(asked !== undefined);
          const id = outcome.ok && "hold" in outcome.value ? outcome.value.hold.id : undefined;
          const expected = model.decide(asked, known, engine.nowMs, id);
          assert.equal(described(outcome), expected, JSON.stringify(asked));
          seen.add(`${asked.act} ${expected.split(" ")[0]}`);
        }
        const room = await engine.queries.holds.availability(organizationId, event, engine.nowMs);
        assert.equal(room?.places.free, model.free(null, engine.nowMs));
        assert.equal(room.categories[0]?.free, model.free("adult", engine.nowMs));
        const cards = await engine.queries.holds.availability(organizationId, group, engine.nowMs);
        assert.equal(cards?.stock?.free, model.freeStock(engine.nowMs).length);
      }
    }),
    tries(60),
  );
  for (const what of expectedOutcomes) assert.ok(seen.has(what), `${what} never came up`);
});

const expectedOutcomes = [
  "hold ok",
  "hold capacity_reached",
  "hold_stock ok",
  "hold_stock stock_short",
  "release ok",
  "release hold_ended",
  "release hold_not_found",
  "issue ok",
  "issue capacity_reached",
  "issue hold_ended",
  "issue hold_not_found",
  "issue quantity_invalid",
  "sell ok",
  "sell stock_short",
  "sell hold_ended",
  "sell hold_not_found",
  "sell quantity_invalid",
  "sell_number ok",
  "sell_number already_sold",
  "sell_number entitlement_held",
];
