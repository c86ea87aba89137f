import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { entitlements, newEntitlement } from "../../src/core/entitlement.ts";
import { newProduct, type Product, products } from "../../src/core/product.ts";
import { put } from "../../src/core/state.ts";
import { dayIn } from "../../src/core/time-zone.ts";
import { counts, inOrder, type Use, uses } from "../../src/core/use.ts";
import { startMs } from "../support/engine.ts";
import { decideStrictly, MemoryState } from "../support/memory-state.ts";
import { gate, owner } from "../support/principals.ts";
import { tries } from "./history.ts";

const hourMs = 60 * 60_000;
const code = "100";

interface Scan {
  readonly occurredAtMs: number;
  readonly direction: "entry" | "exit";
  readonly count: number;
  readonly gate: number;
}

// Few times, so that many scans are of one moment, on five days, so that not all are of one window.
const scan: fc.Arbitrary<Scan> = fc.record({
  occurredAtMs: fc.integer({ min: 0, max: 24 }).map((times) => startMs + times * 5 * hourMs),
  direction: fc.constantFrom("entry" as const, "exit" as const),
  count: fc.constantFrom(1, 1, 1, 2, 3),
  gate: fc.integer({ min: 1, max: 4 }),
});

type Terms = Pick<Product, "uses" | "reentry" | "timeZone">;
const someTerms = fc.constantFrom<Terms[]>(
  { uses: { max: 3, per: "entitlement" }, reentry: "none", timeZone: "UTC" },
  { uses: { max: 10, per: "entitlement" }, reentry: "after_exit", timeZone: "UTC" },
  { uses: { max: null, per: "entitlement" }, reentry: "after_exit", timeZone: "UTC" },
  { uses: { max: 1, per: "day" }, reentry: "none", timeZone: "Europe/Helsinki" },
  { uses: { max: 3, per: "day" }, reentry: "after_exit", timeZone: "Pacific/Kiritimati" },
);
const scans = fc.uniqueArray(scan, {
  maxLength: 16,
  size: "max",
  selector: ({ occurredAtMs, direction, gate: id }) => `${occurredAtMs} ${direction} ${id}`,
});

function stateWith(of: Partial<Product>): MemoryState {
  const state = new MemoryState();
  state.apply([
    put(products, newProduct({ id: 1, kind: "event", name: "Gala", createdAtMs: startMs - hourMs, ...of })),
    put(
      entitlements,
      newEntitlement({ id: 1, productId: 1, code, customer: null, inStock: false, issuedAtMs: startMs - hourMs }),
    ),
  ]);
  return state;
}

const laterMs = startMs + 10 * 24 * hourMs;

function report(state: MemoryState, { occurredAtMs, direction, count, gate: id }: Scan): string {
  const command = { verb: "redeem", productId: 1, code, occurredAtMs, direction, count } as const;
  const { outcome, effects } = decideStrictly(state, command, { nowMs: laterMs, principal: gate(id), address: null });
  state.apply(effects);
  return outcome.ok ? "ok" : outcome.refusal;
}

/** What is left of a history, without the order in which it became known and without the answers. */
function endOf(state: MemoryState) {
  const { redemption, usage } = state.get(entitlements, code) ?? {};
  const all = state.all(uses).sort(inOrder);
  return { redemption, usage, uses: all.map(({ number: _number, answer: _answer, ...one }) => one) };
}

test("whatever the order in which offline scans arrive, the end is the same as if they had come by their time", () => {
  fc.assert(
    fc.property(
      someTerms,
      scans.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      (of, [all, shuffled]) => {
        const [sorted, mixed] = [stateWith(of), stateWith(of)];
        // Of one moment the order is that of the uses themselves, so the scans are reported by their time alone.
        for (const one of [...all].sort((a, b) => a.occurredAtMs - b.occurredAtMs)) report(sorted, one);
        for (const one of shuffled) report(mixed, one);
        assert.deepEqual(endOf(mixed), endOf(sorted));
      },
    ),
    tries(500),
  );
});

test("a scan that is reported again changes nothing and is answered as the first time", () => {
  fc.assert(
    fc.property(someTerms, scans, (of, all) => {
      const state = stateWith(of);
      const answers = all.map((one) => report(state, one));
      const end = endOf(state);
      assert.deepEqual(
        [...all].reverse().map((one) => report(state, one)),
        [...answers].reverse(),
      );
      assert.deepEqual(endOf(state), end);
    }),
    tries(200),
  );
});

type Act = { readonly is: "report"; readonly scan: Scan } | { readonly is: "scan"; readonly scan: Scan } | Undo;
interface Undo {
  readonly is: "undo";
  readonly nth: number;
}
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: scan.map((one) => ({ is: "report" as const, scan: one })) },
  { weight: 3, arbitrary: scan.map((one) => ({ is: "scan" as const, scan: one })) },
  { weight: 1, arbitrary: fc.nat().map((nth) => ({ is: "undo" as const, nth })) },
);

test("of online scans, late scans and uses that were taken back, the counters always tell the uses that count", () => {
  fc.assert(
    fc.property(someTerms, fc.array(act, { maxLength: 16, size: "max" }), (of, acts) => {
      const state = stateWith(of);
      let nowMs = startMs;
      for (const one of acts) {
        nowMs += 7 * hourMs;
        const context = { nowMs, principal: one.is === "undo" ? owner(1) : gate(one.scan.gate), address: null };
        const named = { productId: 1, code };
        if (one.is === "undo") {
          const counting = state.all(uses).filter(counts);
          const number = counting[one.nth % counting.length]?.number ?? 1;
          state.apply(decideStrictly(state, { verb: "undo", ...named, number, reason: "a mistake" }, context).effects);
        } else {
          const { occurredAtMs, direction, count } = one.scan;
          const when = one.is === "report" ? { occurredAtMs: Math.min(occurredAtMs, nowMs) } : {};
          state.apply(decideStrictly(state, { verb: "redeem", ...named, direction, count, ...when }, context).effects);
        }
        checkHistory(state, of);
      }
    }),
    tries(300),
  );
});

/** Counts again, from the rows alone, what the entitlement says of its uses. */
function checkHistory(state: MemoryState, { uses: limit, reentry, timeZone }: Terms) {
  const { usage = null, redemption } = state.get(entitlements, code) ?? {};
  const all = state.all(uses);
  if (usage === null) return assert.deepEqual(all, []);
  const counting = all.filter(counts).sort(inOrder);
  const entries = counting.filter(({ direction }) => direction === "entry");
  const spent = (some: readonly Use[]) => some.reduce((sum, { count }) => sum + count, 0);
  const dayOf = (atMs: number) => dayIn(timeZone, atMs);
  const last = entries.at(-1);
  assert.equal(usage.recorded, all.length);
  assert.equal(usage.spent, spent(entries));
  assert.equal(usage.lastEntryAtMs, last?.atMs ?? null);
  assert.equal(
    usage.spentOnDay,
    last === undefined ? 0 : spent(entries.filter(({ atMs }) => dayOf(atMs) === dayOf(last.atMs))),
  );
  assert.equal(redemption?.atMs ?? null, counting[0]?.atMs ?? null);
  assert.equal(usage.inside, reentry === "after_exit" && counting.at(-1)?.direction === "entry");
  if (reentry === "after_exit") {
    for (const [index, { direction }] of counting.entries()) {
      assert.equal(direction, index % 2 === 0 ? "entry" : "exit", "entries and exits alternate");
    }
  }
  if (limit.max === null) return;
  const days = Map.groupBy(entries, ({ atMs }) => (limit.per === "day" ? dayOf(atMs) : "all"));
  for (const some of days.values()) assert.ok(spent(some) <= limit.max, "never more than the limit");
}
