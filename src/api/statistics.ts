import { bucketSizes, type Dimension, dimensions, type Measure, measures } from "../core/measure.ts";
import { isTimeZone } from "../core/time-zone.ts";
import type { Availability } from "../queries/holds.ts";
import { type SeriesPoint, seriesMax } from "../queries/statistics.ts";
import { Problem } from "./problem.ts";
import { refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesProduct, sightOf } from "./sight.ts";
import { id, readTime, time, writeTime } from "./values.ts";

const resource = "statistics";
const bucketsMax = 1_500;
/** Bounds that no time zone moves out of the years that the database can tell. */
const yearsOf = { first: 0, last: Date.UTC(9999, 0) };
const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const timeZone = text({ maxLength: 64 }, { description: "A name of the IANA database; UTC when absent." });
const whole = integer({ minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const series = named(
  "Series",
  object({
    key: nullable(text({ maxLength: 64 }), { description: "What it is divided by; `null` for none, or for all." }),
    rest: truth({ description: `Whether it stands for all that are smaller than the ${seriesMax} largest.` }),
    currency: nullable(text({ maxLength: 3 }), { description: "Of amounts." }),
    values: list(whole, bucketsMax + 2, {
      description: "For each bucket. Amounts are in the smallest unit of the currency.",
    }),
    total: whole,
  }),
);
const statistics = named(
  "Statistics",
  object({
    measure: choice(measures),
    by: nullable(choice(dimensions)),
    bucket: choice(bucketSizes),
    timeZone,
    starts: list(time("The beginning of a bucket."), bucketsMax + 2),
    series: list(series, 2 * seriesMax),
  }),
);

const places = {
  capacity: nullable(whole, { description: "`null` for no bound." }),
  issued: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { description: "Places that are taken." }),
  held: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { description: "Places that holds keep." }),
  left: nullable(whole, { description: "Places that can be had; `null` for no bound." }),
  inside: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { description: "Holders who are inside." }),
};
const standing = named(
  "Standing",
  object({
    product: id("the product"),
    ...places,
    categories: list(object({ key: text({ maxLength: 32 }), ...places }), 1_000),
    inStock: nullable(whole, { description: "Made and not sold yet; `null` for a product without stock." }),
  }),
);

/** The points as series, with a value for each bucket. */
function seriesOf(
  points: readonly SeriesPoint[],
  startsMs: readonly number[],
  measure: Measure,
  by: Dimension | undefined,
): readonly ValueOfSchema<typeof series>[] {
  const placeOf = new Map(startsMs.map((startMs, place) => [startMs, place]));
  const empty = (key: string | null, rest: boolean, currency: string | null) => ({
    key,
    rest,
    currency,
    values: startsMs.map(() => 0),
    total: 0,
  });
  const found = new Map<string, ReturnType<typeof empty>>();
  if (by === undefined && measure !== "paid") found.set("[null,false,null]", empty(null, false, null));
  for (const { key, isRest, currency, startMs, count, amountMinor } of points) {
    const name = JSON.stringify([key, isRest, currency]);
    const one = found.get(name) ?? empty(key, isRest, currency);
    found.set(name, one);
    const value = measure === "paid" ? amountMinor : count;
    const place = placeOf.get(startMs);
    if (place !== undefined) one.values[place] = value;
    one.total += value;
  }
  return [...found.values()];
}

function writePlaces({ capacity, issued, held, free }: Availability["places"], inside: number) {
  return { capacity, issued, held, left: free, inside };
}

const query = {
  measure: choice(measures, {
    description: "What is counted. `redeemed` counts uses, `exited` exits; `paid` sums up amounts.",
  }),
  from: time("It begins with the bucket that has this moment."),
  to: time("It ends with the bucket before this moment."),
  bucket: choice(bucketSizes),
  timeZone: optional(timeZone),
  by: optional(
    choice(dimensions, {
      description:
        "One series for each. The reseller of a sale or a payment is the one on whose account it is; otherwise the owner of the product.",
    }),
  ),
  product: optional(id("the product")),
  category: optional(text({ maxLength: 32 }, { description: "The key of a category." })),
  gate: optional(id("the gate")),
  reseller: optional(id("the reseller")),
};

const wrong = (part: string, sentence: string) => new Problem("request_invalid", `query/${part}`, sentence);

export const statisticRoutes = [
  route({
    method: "GET",
    path: "/statistics",
    name: "getStatistics",
    resource,
    summary: "Count what happened over time",
    description: `From counts that are kept, up to the last entry of the log. Buckets without anything have zeros. At most ${bucketsMax} buckets at once. Hours and days are those of the time zone.`,
    scope: "read_log",
    query,
    answer: { status: 200, schema: statistics },
    example: {
      query: {
        measure: "redeemed",
        from: "2027-06-19T15:00:00Z",
        to: "2027-06-19T17:00:00Z",
        bucket: "hour",
        timeZone: "Europe/Helsinki",
        by: "gate",
      },
      answer: {
        measure: "redeemed",
        by: "gate",
        bucket: "hour",
        timeZone: "Europe/Helsinki",
        starts: ["2027-06-19T15:00:00.000Z", "2027-06-19T16:00:00.000Z"],
        series: [{ key: "2", rest: false, currency: null, values: [212, 48], total: 260 }],
      },
    },
    async handle({ query: asked, principal, queries, organizationId }) {
      const { measure, bucket, by, timeZone: zone = "UTC", product, category, gate, reseller } = asked;
      if (!isTimeZone(zone)) return wrong("timeZone", "There is no such time zone.");
      const [fromMs, toMs] = [readTime(asked.from), readTime(asked.to)];
      if (fromMs < yearsOf.first) return wrong("from", "It must be later than 1970.");
      if (toMs > yearsOf.last) return wrong("to", "It must be earlier than 9999.");
      if (toMs <= fromMs) return wrong("to", "It must be later than `from`.");
      if ((toMs - fromMs) / bucketMs[bucket] > bucketsMax) {
        return wrong("bucket", `These would be more than ${bucketsMax} buckets.`);
      }
      const { productIds, categories } = sightOf(principal);
      const found = await queries.statistics.series(organizationId, {
        measure,
        fromMs,
        toMs,
        bucket,
        timeZone: zone,
        ...(by === undefined ? {} : { by }),
        productIds,
        categories,
        ...(product === undefined ? {} : { productId: Number(product) }),
        ...(category === undefined ? {} : { category }),
        ...(gate === undefined ? {} : { gateId: Number(gate) }),
        ...(reseller === undefined ? {} : { resellerId: Number(reseller) }),
      });
      // The database has its own list.
      if (found === undefined) return wrong("timeZone", "The database does not know this time zone.");
      const { startsMs, points } = found;
      const answer = {
        measure,
        by: by ?? null,
        bucket,
        timeZone: zone,
        starts: startsMs.map(writeTime),
        series: seriesOf(points, startsMs, measure, by),
      };
      return reply(answer, { isTagged: true });
    },
  }),

  route({
    method: "GET",
    path: "/products/{id}/standing",
    name: "getStanding",
    resource,
    summary: "Get how a product stands now",
    description: "Who is inside, and what is left, in all and by category.",
    scope: "read_products",
    params: { id: id("the product") },
    answer: { status: 200, schema: standing },
    problems: ["product_not_found"],
    example: {
      params: { id: "42" },
      answer: {
        product: "42",
        capacity: 300,
        issued: 120,
        held: 4,
        left: 176,
        inside: 80,
        categories: [{ key: "adult", capacity: null, issued: 120, held: 4, left: null, inside: 80 }],
        inStock: null,
      },
    },
    async handle({ params, principal, queries, organizationId, atMs }) {
      const productId = Number(params.id);
      const found = await queries.products.byId(organizationId, productId);
      if (found === undefined || !seesProduct(principal, found.product)) return refused("product_not_found");
      const [availability, counts] = await Promise.all([
        queries.holds.availability(organizationId, productId, atMs),
        queries.uses.inside(organizationId, productId),
      ]);
      if (availability === undefined) return refused("product_not_found");
      const insideOf = new Map(counts.map(({ category, inside }) => [category, inside]));
      const inside = counts.reduce((sum, one) => sum + one.inside, 0);
      const answer = {
        product: params.id,
        ...writePlaces(availability.places, inside),
        categories: availability.categories.map(({ key, ...room }) => ({
          key,
          ...writePlaces(room, insideOf.get(key) ?? 0),
        })),
        inStock: availability.stock?.inStock ?? null,
      };
      return reply(answer, { isTagged: true });
    },
  }),
];
