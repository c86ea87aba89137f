import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type BucketSize,
  bucketSizes,
  type Dimension,
  dimensions,
  type Measure,
  measures,
} from "../../src/core/measure.ts";
import type { FoundEntry } from "../../src/queries/log.ts";
import { openTestEngine, type TestEngine } from "../support/engine.ts";
import { beginMs, history, type Request, tries } from "./history.ts";

let runs = 0;

const dayMs = 86_400_000;
const zones = ["UTC", "Europe/Helsinki", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"];

/** What an entry of the log counts: said anew, apart from the statements of the database. */
function countsOf(
  entry: FoundEntry,
): readonly { readonly measure: Measure; readonly value: number; readonly currency: string | null }[] {
  const { kind, refusal, detail = {} } = entry;
  if (refusal !== null) return [{ measure: "refused", value: 1, currency: null }];
  const one = (measure: Measure, value = 1) => [{ measure, value, currency: null }];
  const paid = {
    measure: "paid" as const,
    value: Number(String(detail.amount).replace(".", "")),
    currency: String(detail.currency),
  };
  switch (kind) {
    case "entitlement_issued":
      return one("issued");
    case "entitlement_sold":
      return [...one("sold"), paid];
    case "entitlement_topped_up":
      return [...one("topped_up"), paid];
    case "entitlement_voided":
    case "entitlement_returned":
    case "entitlement_refunded":
    case "entitlement_top_up_undone":
      return [paid];
    case "entitlement_redeemed":
      return detail.direction === "exit" ? one("exited") : one("redeemed", Number(detail.count ?? 1));
    case "entitlement_use_undone":
      return one("undone");
    case "entitlement_revoked":
      return one("revoked");
    case "entitlement_bound":
      return one("bound");
    case "entitlement_unbound":
      return one("unbound");
    case "delivery_ready":
      return one("delivered");
    default:
      return [];
  }
}

const keyOf: Record<Dimension, (entry: FoundEntry) => string | null> = {
  product: ({ productId }) => String(productId),
  category: ({ category }) => category,
  gate: ({ gate }) => (gate === null ? null : String(gate.id)),
  reseller: () => null,
  reason: ({ refusal }) => refusal,
};

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The clock of a zone that shows the beginning of a bucket. It is kept: to make one takes as long as to read it often. */
function clockOf(timeZone: string, bucket: BucketSize): Intl.DateTimeFormat {
  const name = `${timeZone} ${bucket}`;
  const clock = clocks.get(name) ?? makeClock(timeZone, bucket);
  clocks.set(name, clock);
  return clock;
}

function makeClock(timeZone: string, bucket: BucketSize): Intl.DateTimeFormat {
  const parts: Intl.DateTimeFormatOptions = {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  };
  const more: Intl.DateTimeFormatOptions =
    bucket === "day"
      ? {}
      : { hour: "2-digit", timeZoneName: "longOffset", ...(bucket === "minute" ? { minute: "2-digit" } : {}) };
  return new Intl.DateTimeFormat("en-CA", { ...parts, ...more });
}

interface Question {
  readonly measure: Measure;
  readonly by: Dimension | undefined;
  readonly bucket: BucketSize;
  readonly timeZone: string;
}

async function assertExact(engine: TestEngine, known: ReadonlyMap<number, FoundEntry>, question: Question) {
  const { measure, by, bucket, timeZone } = question;
  const { organizationId, queries } = engine;
  const found = await queries.statistics.series(organizationId, {
    measure,
    bucket,
    timeZone,
    ...(by === undefined ? {} : { by }),
    fromMs: beginMs - dayMs / 2,
    toMs: beginMs + (bucket === "minute" ? dayMs / 2 : 3 * dayMs),
    productIds: null,
    categories: null,
  });
  assert.ok(found !== undefined);
  const { startsMs, points } = found;
  const clock = clockOf(timeZone, bucket);
  const counted = new Map<string, number>();
  for (const { startMs: at, key, currency, count, amountMinor } of points) {
    assert.ok(startsMs.includes(at), "a point lies at the beginning of a bucket");
    const name = JSON.stringify([clock.format(at), key, currency]);
    counted.set(name, (counted.get(name) ?? 0) + (measure === "paid" ? amountMinor : count));
  }
  const asked = new Set(startsMs.map((at) => clock.format(at)));
  const expected = new Map<string, number>();
  for (const entry of known.values()) {
    for (const one of countsOf(entry)) {
      if (one.measure !== measure || !asked.has(clock.format(entry.occurredAtMs))) continue;
      const key = by === undefined ? null : keyOf[by](entry);
      const name = JSON.stringify([clock.format(entry.occurredAtMs), key, one.currency]);
      expected.set(name, (expected.get(name) ?? 0) + one.value);
    }
  }
  assert.deepEqual(new Map([...counted].sort()), new Map([...expected].sort()), JSON.stringify(question));
}

const question: fc.Arbitrary<Question> = fc.record({
  measure: fc.constantFrom(...measures),
  by: fc.constantFrom(undefined, ...dimensions),
  bucket: fc.constantFrom(...bucketSizes),
  timeZone: fc.constantFrom(...zones),
});

test("the counts are those of the log, whoever folds and whatever is cleaned up meanwhile", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.infiniteStream(fc.nat({ max: 5 })),
      fc.array(question, { minLength: 4, maxLength: 8 }),
      async (moments, dice, questions) => {
        const organizationId = one.organizationId + 1_000 + ++runs;
        await one.administration.ensureOrganization(organizationId, "Property");
        const place = { ...one, organizationId };
        // What was cleaned up stays counted; what was dropped with its product does not.
        let cleaned: readonly FoundEntry[] = [];
        const inLog = () => one.queries.log.above(organizationId, -1, 100_000);
        one.nowMs = beginMs;
        for (const { afterMs, requests } of moments) {
          one.nowMs += afterMs;
          other.nowMs = one.nowMs;
          const die = dice.next().value;
          const fold = (by: TestEngine) => by.administration.foldStatistics(organizationId);
          // A kept answer would tell of a deletion again.
          const carryOut = ({ command, idempotencyKey, ...request }: Request, at: number) =>
            ([one, other][at % 2] ?? one).execute(command, {
              ...request,
              organizationId,
              ...(idempotencyKey === undefined || command.verb === "retire_product" ? {} : { idempotencyKey }),
            });
          const [outcomes] = await Promise.all([
            Promise.all(requests.map(carryOut)),
            die === 0 ? fold(one) : undefined,
          ]);
          for (const [at, { command }] of requests.entries()) {
            const outcome = outcomes[at];
            if (command.verb !== "retire_product" || outcome?.ok !== true || !("deleted" in outcome.value)) continue;
            if (outcome.value.deleted) cleaned = cleaned.filter(({ productId }) => productId !== command.productId);
          }
          if (die === 1) await Promise.all([fold(one), fold(other), fold(one)]);
          if (die !== 2) continue;
          const before = await inLog();
          for (const which of ["done", "refused"] as const)
            await other.administration.forgetActions(organizationId, which, 0);
          const left = new Set((await inLog()).map(({ id }) => id));
          cleaned = [...cleaned, ...before.filter(({ id }) => !left.has(id))];
        }
        const known = new Map([...cleaned, ...(await inLog())].map((entry) => [entry.id, entry]));
        for (const one of questions) await assertExact(place, known, one);
      },
    ),
    tries(40),
  );
});
