import type { StockedCard } from "../core/card.ts";
import { isMailAddress } from "../core/mailbox.ts";
import { referenceLengthMax } from "../core/metadata.ts";
import { rateUnit } from "../core/money.ts";
import { may, type Principal } from "../core/principal.ts";
import { type Payment, type Sale, saleQuantityMax } from "../core/sale.ts";
import type { Cursor } from "../queries/pages.ts";
import { cardExample, cardSchema, writeCard } from "./card.ts";
import { byId, code, findById } from "./entitlement.ts";
import { Problem } from "./problem.ts";
import { listRoute, refused, reply, route } from "./route.ts";
import { integer, list, named, nullable, object, optional, text, type ValueOfSchema } from "./schema.ts";
import { reachesStock, seesSale, sightOf } from "./sight.ts";
import { id, money, readMoney, time, writeId, writeMoney, writeTime } from "./values.ts";

const resource = "sales";
const emailLengthMax = 320;
const descriptionLengthMax = 500;
const quantity = integer({ minimum: 1, maximum: saleQuantityMax });
const reference = text(
  { minLength: 1, maxLength: referenceLengthMax },
  { description: "Your own name for the order; several sales may share it." },
);

const sale = {
  id: id("the sale"),
  product: id("the product"),
  email: nullable(text({ maxLength: emailLengthMax }), {
    description: "The address to which the codes are mailed. `null` also for a caller without the scope `see_names`.",
  }),
  channel: text({ maxLength: 32 }, { description: "The protocol through which it came in; `api` for this one." }),
  operator: nullable(id("the operator")),
  reference: nullable(reference),
  soldAt: time("When it was made."),
};
const saleSchema = named("Sale", object(sale));
const saleWithCardsSchema = named(
  "SaleWithCards",
  object({ ...sale, cards: list(cardSchema, saleQuantityMax, { description: "The lowest code first." }) }),
);
const payment = {
  id: id("the payment"),
  sale: nullable(id("the sale"), { description: "`null` for a payment that came later, such as a top-up." }),
  entitlement: id("the entitlement"),
  product: id("its product"),
  reseller: nullable(id("the reseller on whose account it is")),
  channel: text({ maxLength: 32 }, { description: "The protocol through which it came in." }),
  amount: money,
  tax: money,
  commission: money,
  rate: text(
    { maxLength: 30, pattern: "^[0-9]+\\.[0-9]{9}$" },
    { description: "How many of the currency of the payment made one of the product's." },
  ),
  description: text({ maxLength: descriptionLengthMax }),
  paidAt: time("When it was made."),
  reverses: nullable(id("the payment that it pays back")),
};
const paymentSchema = named("Payment", object(payment));

/** A sale as the API tells it to this principal, who may not see the names of holders. */
function writeSale(one: Sale, principal: Principal): ValueOfSchema<typeof saleSchema> {
  return {
    id: String(one.id),
    product: String(one.productId),
    email: may(principal, "see_names") ? one.email : null,
    channel: one.channel,
    operator: writeId(one.operatorId),
    reference: one.reference,
    soldAt: writeTime(one.soldAtMs),
  };
}

function writeSaleWithCards(one: Sale, cards: readonly StockedCard[], principal: Principal) {
  return { ...writeSale(one, principal), cards: cards.map((card) => writeCard(card, principal)) };
}

function writePayment(one: Payment): ValueOfSchema<typeof paymentSchema> {
  return {
    id: String(one.id),
    sale: writeId(one.saleId),
    entitlement: String(one.entitlementId),
    product: String(one.productId),
    reseller: writeId(one.resellerId),
    channel: one.channel,
    amount: writeMoney(one.amount),
    tax: writeMoney(one.tax),
    commission: writeMoney(one.commission),
    rate: `${one.rate / rateUnit}.${String(one.rate % rateUnit).padStart(9, "0")}`,
    description: one.description,
    paidAt: writeTime(one.paidAtMs),
    reverses: writeId(one.reverses),
  };
}

const example: ValueOfSchema<typeof saleSchema> = {
  id: "77",
  product: "6",
  email: "ada@example.com",
  channel: "api",
  operator: "3",
  reference: "A-1001",
  soldAt: "2027-05-01T12:00:00.000Z",
};
const soldCard = { ...cardExample, state: "issued" } as const;
const paymentExample: ValueOfSchema<typeof paymentSchema> = {
  id: "310",
  sale: "77",
  entitlement: "2001",
  product: "6",
  reseller: null,
  channel: "api",
  amount: { amount: 1240, currency: "EUR" },
  tax: { amount: 240, currency: "EUR" },
  commission: { amount: 0, currency: "EUR" },
  rate: "1.000000000",
  description: "",
  paidAt: "2027-05-01T12:00:00.000Z",
  reverses: null,
};

export const saleRoutes = [
  listRoute({
    path: "/sales",
    name: "listSales",
    resource,
    summary: "List sales",
    description: "Ascending by id.",
    scope: "read_stock",
    query: { product: optional(id("a product")), reference: optional(reference) },
    pages: "number",
    answer: { status: 200, schema: saleSchema },
    example: { query: { reference: "A-1001" }, answer: example },
    async handle({ query, page, principal, queries, organizationId }) {
      const { limit, after } = page;
      const { rows, next } = await queries.sales.list(
        organizationId,
        {
          ...sightOf(principal),
          ...(query.product === undefined ? {} : { productId: Number(query.product) }),
          ...(query.reference === undefined ? {} : { reference: query.reference }),
        },
        { limit, ...(after === undefined ? {} : { after: after as Cursor<Sale> }) },
      );
      return reply(
        rows.map((one) => writeSale(one, principal)),
        { next },
      );
    },
  }),

  route({
    method: "GET",
    path: "/sales/{id}",
    name: "getSale",
    resource,
    summary: "Get a sale with its cards",
    scope: "read_stock",
    params: { id: id("the sale") },
    answer: { status: 200, schema: saleWithCardsSchema },
    problems: ["path_unknown"],
    example: { params: { id: "77" }, answer: { ...example, cards: [soldCard] } },
    async handle({ params, principal, queries, organizationId }) {
      const found = await queries.sales.findById(organizationId, Number(params.id));
      if (found === undefined || !seesSale(principal, found)) return new Problem("path_unknown");
      return reply(writeSaleWithCards(found.sale, found.cards, principal), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/sales",
    name: "sell",
    resource,
    summary: "Sell from stock",
    description:
      "A `quantity`, the lowest codes first; the card with this `code`; or a `quantity` of what a `hold` keeps, which confirms the hold and frees the rest. All or nothing.",
    scope: "sell",
    body: named(
      "NewSale",
      object({
        product: id("the product"),
        quantity: optional(quantity),
        code: optional(code),
        hold: optional(id("the hold")),
        email: optional(
          text(
            { minLength: 3, maxLength: emailLengthMax },
            { description: "The codes are mailed to it. It becomes their holder." },
          ),
        ),
        currency: optional(
          text(
            { maxLength: 3, pattern: "^[A-Z]{3}$" },
            {
              description: "In which is paid; the default currency of the organization when absent or not known to it.",
            },
          ),
        ),
        reference: optional(reference),
      }),
    ),
    answer: { status: 201, schema: saleWithCardsSchema },
    verbs: ["sell"],
    problems: ["throttled"],
    example: {
      body: { product: "6", quantity: 1, email: "ada@example.com", reference: "A-1001" },
      answer: { ...example, cards: [soldCard] },
    },
    async handle(call) {
      const { body, principal, execute } = call;
      const what = readWhat(body);
      if (what instanceof Problem) return what;
      const { email = null, currency = null, reference: referred } = body;
      if (email !== null && !isMailAddress(email)) {
        return new Problem("request_invalid", "body/email", "It is no mail address.");
      }
      const productId = Number(body.product);
      if (!reachesStock(principal, productId)) return refused("product_not_found");
      const sell = () =>
        execute({
          verb: "sell",
          productId,
          ownerId: principal.ownerScope,
          what,
          email,
          currency,
          channel: "api",
          ...(referred === undefined ? {} : { reference: referred }),
        });
      const outcome =
        "number" in what
          ? await call.present(what.number, sell, (one) => !one.ok && one.refusal === "entitlement_not_found")
          : await sell();
      if (!outcome.ok) return outcome;
      const { sale: made, cards } = outcome.value;
      return reply(writeSaleWithCards(made, cards, principal), { location: `/sales/${made.id}` });
    },
  }),

  listRoute({
    path: "/payments",
    name: "listPayments",
    resource,
    summary: "List payments",
    description: "Of sales and of top-ups, ascending by id.",
    scope: "read_stock",
    query: { sale: optional(id("a sale")) },
    pages: "number",
    answer: { status: 200, schema: paymentSchema },
    example: { query: { sale: "77" }, answer: paymentExample },
    async handle({ query, page, principal, queries, organizationId }) {
      const { limit, after } = page;
      const { rows, next } = await queries.sales.payments(
        organizationId,
        { ...sightOf(principal), ...(query.sale === undefined ? {} : { saleId: Number(query.sale) }) },
        { limit, ...(after === undefined ? {} : { after: after as Cursor<Payment> }) },
      );
      return reply(rows.map(writePayment), { next });
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/top-up",
    name: "topUpCard",
    resource,
    summary: "Put money on a sold card",
    description: "The amount without its tax, in the currency of the card. The payment is told with the card after it.",
    scope: "sell",
    params: byId,
    body: named("TopUp", object({ amount: money, description: optional(text({ maxLength: descriptionLengthMax })) })),
    answer: { status: 200, schema: named("ToppedUp", object({ payment: paymentSchema, card: cardSchema })) },
    verbs: ["top_up"],
    example: {
      params: { id: "2001" },
      body: { amount: { amount: 1240, currency: "EUR" } },
      answer: {
        payment: { ...paymentExample, sale: null },
        card: { ...soldCard, balance: { amount: 2000, currency: "EUR" } },
      },
    },
    async handle(call) {
      const { body, principal } = call;
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await call.execute({
        verb: "top_up",
        ownerId: principal.ownerScope,
        productId: found.productId,
        number: found.code,
        amount: readMoney(body.amount),
        description: body.description ?? "",
        channel: "api",
      });
      if (!outcome.ok) return outcome;
      const { payment: made, after } = outcome.value;
      return reply({ payment: writePayment(made), card: writeCard(after, principal) });
    },
  }),
];

interface WrittenWhat {
  readonly quantity?: number;
  readonly code?: string;
  readonly hold?: string;
}

/** What is sold. */
function readWhat({ quantity: wanted, code: its, hold }: WrittenWhat) {
  if (its !== undefined) {
    return wanted === undefined && hold === undefined
      ? { number: its }
      : new Problem("request_invalid", "body/code", "One card is sold by its code, without a quantity and a hold.");
  }
  if (wanted === undefined)
    return new Problem("request_invalid", "body/quantity", "There must be a code or a quantity.");
  return hold === undefined ? { quantity: wanted } : { hold: Number(hold), quantity: wanted };
}
