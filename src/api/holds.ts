import { type Hold, holdMaxMs, isLive } from "../core/hold.ts";
import { referenceLengthMax } from "../core/metadata.ts";
import { reachesCategory } from "../core/principal.ts";
import { saleQuantityMax } from "../core/sale.ts";
import type { Cursor } from "../queries/pages.ts";
import { categoryKey, code } from "./entitlement.ts";
import { findProduct } from "./products.ts";
import { type Asked, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesHold, sightOf } from "./sight.ts";
import { id, time, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "holds";
const quantity = integer({ minimum: 1, maximum: saleQuantityMax }, { description: "Places, or pieces of the stock." });
const reference = text(
  { minLength: 1, maxLength: referenceLengthMax },
  { description: "Your own name for it, such as an order number." },
);
const states = ["live", "lapsed", "released", "confirmed"] as const;

const hold = {
  id: id("the hold"),
  product: id("its product"),
  category: nullable(categoryKey),
  quantity,
  reference,
  state: choice(states, { description: "`confirmed` once it became entitlements or a sale." }),
  heldAt: time("When it was made."),
  endsAt: time("The first moment at which it no longer holds."),
  endedAt: nullable(time("When it was confirmed or released, or seen to have lapsed.")),
};
const holdSchema = named("Hold", object(hold));
const newHoldSchema = named(
  "HoldWithCodes",
  object({
    ...hold,
    codes: list(code, saleQuantityMax, {
      description: "Of the stock that is held, the lowest first; none for places.",
    }),
  }),
);

function stateOf(one: Hold, atMs: number): (typeof states)[number] {
  if (one.isConfirmed) return "confirmed";
  if (isLive(one, atMs)) return "live";
  return one.endedAtMs !== null && one.endedAtMs < one.endsAtMs ? "released" : "lapsed";
}

/** A hold as the API tells it at this moment. */
function writeHold(one: Hold, atMs: number): ValueOfSchema<typeof holdSchema> {
  return {
    id: String(one.id),
    product: String(one.productId),
    category: one.category,
    quantity: one.quantity,
    reference: one.reference,
    state: stateOf(one, atMs),
    heldAt: writeTime(one.heldAtMs),
    endsAt: writeTime(one.endsAtMs),
    endedAt: writeTimeOrNull(one.endedAtMs),
  };
}

/** The hold with this id, if the caller sees it. */
async function findHold({ principal, queries, organizationId }: Asked, written: string): Promise<Hold | undefined> {
  const found = await queries.holds.findById(organizationId, Number(written));
  return found !== undefined && seesHold(principal, found) ? found.hold : undefined;
}

const example: ValueOfSchema<typeof holdSchema> = {
  id: "9",
  product: "42",
  category: "adult",
  quantity: 2,
  reference: "A-1001",
  state: "live",
  heldAt: "2027-05-01T12:00:00.000Z",
  endsAt: "2027-05-01T12:15:00.000Z",
  endedAt: null,
};
const params = { id: id("the hold") };

export const holdRoutes = [
  listRoute({
    path: "/holds",
    name: "listHolds",
    resource,
    summary: "List holds",
    description: "Ascending by id. Holds that are over are forgotten after a while.",
    scope: "hold",
    query: {
      product: optional(id("a product")),
      reference: optional(reference),
      live: optional(truth({ description: "Only those that hold now, or only those that are over." })),
    },
    pages: "number",
    answer: { status: 200, schema: holdSchema },
    example: { query: { product: "42" }, answer: example },
    async handle({ query: { product, reference: referred, live }, page, principal, queries, organizationId, atMs }) {
      const { limit, after } = page;
      const { rows, next } = await queries.holds.list(
        organizationId,
        {
          ...sightOf(principal),
          ...(product === undefined ? {} : { productId: Number(product) }),
          ...(referred === undefined ? {} : { reference: referred }),
          ...(live === undefined ? {} : { live: { is: live, atMs } }),
        },
        { limit, ...(after === undefined ? {} : { after: after as Cursor<Hold> }) },
      );
      return reply(
        rows.map((one) => writeHold(one, atMs)),
        { next },
      );
    },
  }),

  route({
    method: "GET",
    path: "/holds/{id}",
    name: "getHold",
    resource,
    summary: "Get a hold",
    scope: "hold",
    params,
    answer: { status: 200, schema: holdSchema },
    problems: ["hold_not_found"],
    example: { params: { id: "9" }, answer: example },
    async handle(call) {
      const found = await findHold(call, call.params.id);
      return found === undefined ? refused("hold_not_found") : reply(writeHold(found, call.atMs), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/holds",
    name: "createHold",
    resource,
    summary: "Hold places or stock",
    description:
      "Keeps them for a buyer. Issue entitlements or sell with the id of the hold to confirm it. From its end on they are free again. Of a product that is sold from stock, the cards with the lowest numbers are held.",
    scope: "hold",
    body: named(
      "NewHold",
      object({
        product: id("the product"),
        quantity,
        category: optional(categoryKey),
        reference,
        seconds: optional(
          integer(
            { minimum: 1, maximum: holdMaxMs / 1000 },
            { description: "How long it holds; a quarter of an hour when absent." },
          ),
        ),
      }),
    ),
    answer: { status: 201, schema: newHoldSchema },
    verbs: ["hold"],
    problems: ["category_elsewhere"],
    example: {
      body: { product: "42", quantity: 2, category: "adult", reference: "A-1001" },
      answer: { ...example, codes: [] },
    },
    async handle(call) {
      const { body, principal } = call;
      const product = await findProduct(call, body.product);
      if (product === undefined) return refused("product_not_found");
      const { quantity: wanted, category, seconds } = body;
      if (!reachesCategory(principal, category ?? null)) return refused("category_elsewhere");
      if (product.stock !== null && category !== undefined) return refused("category_not_found");
      const outcome = await call.execute({
        verb: "hold",
        productId: product.id,
        what:
          product.stock === null
            ? { places: wanted, ...(category === undefined ? {} : { category }) }
            : { stock: wanted, ownerId: principal.ownerScope },
        reference: body.reference,
        ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
      });
      if (!outcome.ok) return outcome;
      const { hold: made, codes } = outcome.value;
      return reply({ ...writeHold(made, made.heldAtMs), codes }, { location: `/holds/${made.id}` });
    },
  }),

  route({
    method: "POST",
    path: "/holds/{id}/release",
    name: "releaseHold",
    resource,
    summary: "Release a hold",
    scope: "hold",
    params,
    answer: { status: 200, schema: holdSchema },
    verbs: ["release"],
    example: {
      params: { id: "9" },
      answer: { ...example, state: "released", endedAt: "2027-05-01T12:03:10.000Z" },
    },
    async handle(call) {
      const found = await findHold(call, call.params.id);
      if (found === undefined) return refused("hold_not_found");
      const outcome = await call.execute({ verb: "release", productId: found.productId, hold: found.id });
      return outcome.ok ? reply(writeHold(outcome.value.hold, call.atMs)) : outcome;
    },
  }),
];
