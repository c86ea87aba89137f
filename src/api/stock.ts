import type { StockedCard } from "../core/card.ts";
import { stockNumbersMax } from "../core/verbs/add-stock.ts";
import type { Cursor } from "../queries/pages.ts";
import { batch, cardExample, cardSchema, writeCard } from "./card.ts";
import { byId, findById } from "./entitlement.ts";
import { findProduct } from "./products.ts";
import { listRoute, refused, reply, route } from "./route.ts";
import { integer, list, named, object, optional, text } from "./schema.ts";
import { id, money, readMoney } from "./values.ts";

const resource = "stock";
const params = { id: id("the product") };
const count = integer({ minimum: 0, maximum: stockNumbersMax });

export const stockRoutes = [
  listRoute({
    path: "/products/{id}/stock",
    name: "listStock",
    resource,
    summary: "List the stock of a product",
    description: "Cards that are not sold yet, the lowest code first; held and suspended ones too.",
    scope: "read_stock",
    params,
    pages: "text",
    answer: { status: 200, schema: cardSchema },
    problems: ["product_not_found"],
    example: { params: { id: "6" }, answer: cardExample },
    async handle(call) {
      const product = await findProduct(call, call.params.id);
      if (product === undefined) return refused("product_not_found");
      const { principal, page, queries, organizationId } = call;
      const { limit, after } = page;
      const { rows, next } = await queries.cards.stockOf(organizationId, product.id, {
        limit,
        ...(after === undefined ? {} : { after: after as Cursor<StockedCard> }),
      });
      return reply(
        rows.map((one) => writeCard(one, principal)),
        { next },
      );
    },
  }),

  route({
    method: "POST",
    path: "/products/{id}/stock",
    name: "addStock",
    resource,
    summary: "Make cards for the stock of a product",
    description:
      "With these codes, and with random pins or the given ones if the product has them. Codes that exist already are skipped. A reseller makes no cards here.",
    scope: "manage_stock",
    params,
    body: named(
      "NewCards",
      object({
        codes: list(text({ minLength: 1, maxLength: 30, pattern: "^[0-9]+$" }), stockNumbersMax, {
          description: "Numbers of the length that the product asks for.",
        }),
        pins: optional(
          list(text({ minLength: 1, maxLength: 30, pattern: "^[0-9]+$" }), stockNumbersMax, {
            description: "Of cards that exist elsewhere: one for each code, in their order. Drawn when absent.",
          }),
        ),
        balance: money,
        batch: optional(batch),
      }),
    ),
    answer: { status: 201, schema: object({ made: count, skipped: count }) },
    verbs: ["add_stock"],
    example: {
      params: { id: "6" },
      body: {
        codes: ["1000000001", "1000000002"],
        balance: { amount: 1000, currency: "EUR" },
        batch: "2027-01",
      },
      answer: { made: 2, skipped: 0 },
    },
    async handle(call) {
      const { body, principal } = call;
      // Which numbers a reseller may use, and how many cards it may have, is said to its own protocol alone.
      if (principal.ownerScope !== null) return refused("not_permitted");
      const product = await findProduct(call, call.params.id);
      if (product === undefined) return refused("product_not_found");
      const outcome = await call.execute({
        verb: "add_stock",
        productId: product.id,
        numbers: body.codes,
        ...(body.pins === undefined ? {} : { pins: body.pins }),
        secretDigits: product.stock?.secretDigits ?? 0,
        balance: readMoney(body.balance),
        batch: body.batch ?? "",
        details: {},
      });
      if (!outcome.ok) return outcome;
      return reply({ made: outcome.value.made, skipped: outcome.value.skipped });
    },
  }),

  route({
    method: "GET",
    path: "/entitlements/{id}/card",
    name: "getCard",
    resource,
    summary: "Get the card of an entitlement",
    description: "An entitlement that is not sold from stock has none, and counts as not found.",
    scope: "read_stock",
    params: byId,
    answer: { status: 200, schema: cardSchema },
    problems: ["entitlement_not_found"],
    example: { params: { id: "2001" }, answer: cardExample },
    async handle(call) {
      const seen = await findById(call, call.params.id);
      const found = seen && (await call.queries.cards.byId(call.organizationId, seen.id));
      return found === undefined
        ? refused("entitlement_not_found")
        : reply(writeCard(found, call.principal), { isTagged: true });
    },
  }),
];
