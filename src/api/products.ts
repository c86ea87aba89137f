import { type Category, type CategoryTerms, categoriesMax } from "../core/category.ts";
import { attentionLengthMax } from "../core/metadata.ts";
import { priceAt } from "../core/price-list.ts";
import {
  accessKeyLengthMax,
  accessKeysMax,
  descriptionLengthMax,
  nameLengthMax,
  numberDigitsMax,
  type Product,
  type ProductTerms,
  products,
} from "../core/product.ts";
import { usesMaxMax } from "../core/use.ts";
import type { Cursor } from "../queries/pages.ts";
import { type Asked, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesProduct, sightOf } from "./sight.ts";
import {
  id,
  metadata,
  money,
  readMoney,
  readTimeOrNull,
  time,
  writeMetadata,
  writeMoney,
  writeTime,
  writeTimeOrNull,
} from "./values.ts";

const resource = "products";
const capacityMax = 1_000_000_000;
const slotsMax = 1_000;

const kind = text(
  { maxLength: 32, pattern: "^[a-z][a-z0-9_]*$" },
  {
    description: "What sort of product it is. Each protocol shows the products of its own kinds.",
    examples: ["event"],
  },
);
const name = text({ minLength: 1, maxLength: nameLengthMax });
const description = text({ maxLength: descriptionLengthMax });
const capacity = nullable(integer({ minimum: 0, maximum: capacityMax }), {
  description: "The number of places; `null` for no bound.",
});
const uses = named(
  "UseLimit",
  object(
    {
      max: nullable(integer({ minimum: 1, maximum: usesMaxMax }), { description: "`null` is without limit." }),
      per: choice(["entitlement", "day"], {
        description: "In all, or on each calendar day of the product's time zone.",
      }),
    },
    { description: "How often one entitlement is honoured." },
  ),
);
const reentry = choice(["none", "after_exit"], {
  description: "`after_exit`: entries and exits alternate. `none`: the product knows no exits.",
});
const timeZone = text(
  { maxLength: 64 },
  { description: "A name of the IANA database.", examples: ["Europe/Helsinki"] },
);
const attention = nullable(text({ maxLength: attentionLengthMax }), {
  description: "A note for the steward at the gate.",
});
const slots = integer(
  { minimum: 0, maximum: slotsMax },
  { description: "How many devices may hold one entitlement at once." },
);

const categoryTerms = {
  key: text(
    { maxLength: 32, pattern: "^[a-z0-9][a-z0-9_-]*$" },
    { description: "Unique in the product. It never changes.", examples: ["adult"] },
  ),
  name: text({ minLength: 1, maxLength: 100 }),
  capacity,
  price: nullable(money),
  colour: nullable(text({ maxLength: 7, pattern: "^#[0-9a-f]{6}$" }), { description: "On the screen of a gate." }),
};
const newCategory = named("NewCategory", object(categoryTerms));
const category = named(
  "Category",
  object({
    ...categoryTerms,
    issued: integer({ minimum: 0, maximum: capacityMax }, { description: "Places that are taken." }),
  }),
);

const stockTerms = {
  price: money,
  taxPpm: integer({ minimum: 0, maximum: 10_000_000 }, { description: "Tax in millionths of the price without it." }),
  numberDigits: integer({ minimum: 1, maximum: numberDigitsMax }),
  secretDigits: integer({ minimum: 0, maximum: 30 }, { description: "Digits of a secret; 0 for none." }),
  imageUrl: text({ maxLength: 2_000 }, { description: "Empty when there is none." }),
};
const newStock = named("NewStock", object(stockTerms, { description: "Terms of a product that is sold from stock." }));
const stock = named(
  "Stock",
  object({
    ...stockTerms,
    inStock: integer({ minimum: 0, maximum: capacityMax }, { description: "Made and not sold yet." }),
  }),
);

export const productSchema = named(
  "Product",
  object({
    id: id("the product"),
    kind,
    name,
    description,
    startsAt: nullable(time("The first moment at which an entitlement is honoured.")),
    endsAt: nullable(time("The last second in which an entitlement is honoured.")),
    capacity,
    issued: integer({ minimum: 0, maximum: capacityMax }, { description: "Places that are taken." }),
    uses,
    reentry,
    categories: list(category, categoriesMax),
    timeZone,
    attention,
    metadata: nullable(metadata),
    slots,
    stock: nullable(stock),
    createdAt: time("When it was made."),
    retiredAt: nullable(time("When it was retired. It sells and admits no more.")),
  }),
);

/** Terms that a caller may leave out. */
const furtherTerms = {
  description: optional(description),
  startsAt: optional(nullable(time("The first moment at which an entitlement is honoured; `null` for no bound."))),
  endsAt: optional(nullable(time("The last second in which an entitlement is honoured; `null` for no bound."))),
  capacity: optional(capacity),
  uses: optional(uses),
  reentry: optional(reentry),
  categories: optional(list(newCategory, categoriesMax, { description: "They replace the whole list." })),
  timeZone: optional(timeZone),
  attention: optional(attention),
  metadata: optional(nullable(metadata)),
  accessKeys: optional(
    list(text({ minLength: 1, maxLength: accessKeyLengthMax, pattern: "^[A-Za-z0-9]+$" }), accessKeysMax, {
      description:
        "Keys with which gates redeem for the product. They replace the whole list, and are never told again.",
    }),
  ),
};
const newProduct = named(
  "NewProduct",
  object({ kind, name, ...furtherTerms, slots: optional(slots), stock: optional(newStock) }),
);
const productChange = named("ProductChange", object({ name: optional(name), ...furtherTerms }));

type Terms = ValueOfSchema<typeof productChange>;

/** A product as the API tells it. */
export function writeProduct(product: Product): ValueOfSchema<typeof productSchema> {
  const { stock: terms } = product;
  return {
    id: String(product.id),
    kind: product.kind,
    name: product.name,
    description: product.description,
    startsAt: writeTimeOrNull(product.startsAtMs),
    endsAt: writeTimeOrNull(product.endsAtMs),
    capacity: product.capacity,
    issued: product.issued,
    uses: { max: product.uses.max, per: product.uses.per },
    reentry: product.reentry,
    categories: product.categories.map(writeCategory),
    timeZone: product.timeZone,
    attention: product.attention,
    metadata: writeMetadata(product.metadata),
    slots: product.slots,
    stock:
      terms === null
        ? null
        : {
            price: writeMoney(priceAt(terms.price, product.prices, Date.now())),
            taxPpm: terms.taxPpm,
            numberDigits: terms.numberDigits,
            secretDigits: terms.secretDigits,
            imageUrl: terms.imageUrl,
            inStock: product.inStock,
          },
    createdAt: writeTime(product.createdAtMs),
    retiredAt: writeTimeOrNull(product.retiredAtMs),
  };
}

function writeCategory({ key, name, capacity, price, colour, issued }: Category): ValueOfSchema<typeof category> {
  return { key, name, capacity, price: price && writeMoney(price), colour, issued };
}

/** The terms that a caller sent; those that are absent stay absent. */
function readTerms({ startsAt, endsAt, categories, ...terms }: Terms): Partial<ProductTerms> {
  return {
    ...terms,
    ...(startsAt === undefined ? {} : { startsAtMs: readTimeOrNull(startsAt) }),
    ...(endsAt === undefined ? {} : { endsAtMs: readTimeOrNull(endsAt) }),
    ...(categories === undefined ? {} : { categories: categories.map(readCategory) }),
  };
}

function readCategory({ price, ...terms }: ValueOfSchema<typeof newCategory>): CategoryTerms {
  return { ...terms, price: price && readMoney(price) };
}

const noTerms = { description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };

/** The product with this id, if the caller sees it. */
export async function findProduct({ principal, queries, organizationId }: Asked, written: string) {
  const found = await queries.products.byId(organizationId, Number(written));
  return found !== undefined && seesProduct(principal, found.product) ? found.product : undefined;
}

const example: ValueOfSchema<typeof productSchema> = {
  id: "42",
  kind: "event",
  name: "Midsummer concert",
  description: "On the lawn",
  startsAt: "2027-06-19T15:00:00.000Z",
  endsAt: "2027-06-19T21:00:00.000Z",
  capacity: 300,
  issued: 0,
  uses: { max: 1, per: "entitlement" },
  reentry: "none",
  categories: [
    {
      key: "adult",
      name: "Adult",
      capacity: null,
      price: { amount: 2500, currency: "EUR" },
      colour: "#2b6cb0",
      issued: 0,
    },
  ],
  timeZone: "Europe/Helsinki",
  attention: null,
  metadata: { hall: "north" },
  slots: 0,
  stock: null,
  createdAt: "2027-01-10T09:30:00.000Z",
  retiredAt: null,
};
const byId = { id: id("the product") };

export const productRoutes = [
  listRoute({
    path: "/products",
    name: "listProducts",
    resource,
    summary: "List products",
    description: "Ascending by id.",
    scope: "read_products",
    query: {
      kind: optional(kind),
      retired: optional(truth({ description: "Whether retired products are listed, too." })),
    },
    pages: "number",
    answer: { status: 200, schema: productSchema },
    example: { query: { kind: "event" }, answer: example },
    async handle({ query, page, principal, queries, organizationId }) {
      const { ownerId, productIds } = sightOf(principal);
      const { rows, next } = await queries.products.list(
        organizationId,
        {
          ...(query.kind === undefined ? {} : { kind: query.kind }),
          includesRetired: query.retired ?? false,
          ownerId,
          ids: productIds,
        },
        { limit: page.limit, ...(page.after === undefined ? {} : { after: page.after as Cursor<Product> }) },
      );
      return reply(rows.map(writeProduct), { next });
    },
  }),

  route({
    method: "GET",
    path: "/products/{id}",
    name: "getProduct",
    resource,
    summary: "Get a product",
    scope: "read_products",
    params: byId,
    answer: { status: 200, schema: productSchema },
    problems: ["product_not_found"],
    example: { params: { id: "42" }, answer: example },
    async handle(call) {
      const product = await findProduct(call, call.params.id);
      return product === undefined ? refused("product_not_found") : reply(writeProduct(product), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/products",
    name: "createProduct",
    resource,
    summary: "Create a product",
    scope: "manage_products",
    body: newProduct,
    answer: { status: 201, schema: productSchema },
    verbs: ["create_product"],
    example: {
      body: {
        kind: "event",
        name: "Midsummer concert",
        description: "On the lawn",
        startsAt: "2027-06-19T15:00:00Z",
        endsAt: "2027-06-19T21:00:00Z",
        capacity: 300,
        categories: [
          { key: "adult", name: "Adult", capacity: null, price: { amount: 2500, currency: "EUR" }, colour: "#2b6cb0" },
        ],
        timeZone: "Europe/Helsinki",
        metadata: { hall: "north" },
      },
      answer: example,
    },
    async handle({ body, principal, execute }) {
      const { kind, name, slots, stock, ...terms } = body;
      const outcome = await execute({
        verb: "create_product",
        kind,
        terms: { ...noTerms, ...readTerms(terms), name },
        ...(slots === undefined ? {} : { slots }),
        ...(stock === undefined
          ? {}
          : { stock: { ...stock, price: readMoney(stock.price), ownerId: principal.ownerScope } }),
      });
      if (!outcome.ok) return outcome;
      const { product } = outcome.value;
      return reply(writeProduct(product), { location: `/products/${product.id}`, isTagged: true });
    },
  }),

  route({
    method: "PATCH",
    path: "/products/{id}",
    name: "changeProduct",
    resource,
    summary: "Change a product",
    description: "Fields that are absent keep their values. A retired product counts as not found.",
    scope: "manage_products",
    params: byId,
    body: productChange,
    takesIfMatch: true,
    answer: { status: 200, schema: productSchema },
    verbs: ["change_product"],
    example: {
      params: { id: "42" },
      body: { capacity: 350 },
      answer: { ...example, capacity: 350 },
    },
    async handle(call) {
      const before = await findProduct(call, call.params.id);
      if (before === undefined) return refused("product_not_found");
      const outcome = await call.execute(
        { verb: "change_product", productId: before.id, terms: readTerms(call.body) },
        (state) => {
          const locked = state.get(products, before.id);
          return locked && writeProduct(locked);
        },
      );
      return outcome.ok ? reply(writeProduct(outcome.value.product), { isTagged: true }) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/products/{id}/retire",
    name: "retireProduct",
    resource,
    summary: "Retire a product",
    description:
      "It issues and admits no more, and its log stays. A product that never issued anything is deleted. A product that was retired before counts as not found.",
    scope: "manage_products",
    params: byId,
    answer: {
      status: 200,
      schema: object({ deleted: truth({ description: "Whether it was deleted: it had never issued anything." }) }),
    },
    verbs: ["retire_product"],
    example: { params: { id: "42" }, answer: { deleted: true } },
    async handle(call) {
      const before = await findProduct(call, call.params.id);
      if (before === undefined) return refused("product_not_found");
      const outcome = await call.execute({ verb: "retire_product", productId: before.id });
      return outcome.ok ? reply({ deleted: outcome.value.deleted }) : outcome;
    },
  }),
];
