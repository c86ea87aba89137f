import { customerNameLengthMax } from "../core/customer.ts";
import type { Entitlement } from "../core/entitlement.ts";
import { may, reachesCategory } from "../core/principal.ts";
import { issueQuantityMax } from "../core/verbs/issue.ts";
import type { EntitlementTerms, ReachFilter } from "../queries/entitlements.ts";
import type { Cursor, Page } from "../queries/pages.ts";
import {
  attention,
  byId,
  categoryKey,
  code,
  entitlementSchema,
  example,
  findByCode,
  findById,
  reference,
  state,
  usesMax,
  writeEntitlement,
} from "./entitlement.ts";
import { Problem } from "./problem.ts";
import { type Asked, type Call, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, list as listOf, named, object, optional, text, truth } from "./schema.ts";
import { sightOf } from "./sight.ts";
import { id, metadata, readTime, time } from "./values.ts";

const resource = "entitlements";
/** Digits of a code that the server draws: nobody guesses one of so many. */
export const randomDigits = 18;
const searchLengthMin = 3;
const searchLengthMax = 255;
const sorts = ["id", "-id", "code", "-code"] as const;

export const entitlementRoutes = [
  listRoute({
    path: "/entitlements",
    name: "listEntitlements",
    resource,
    summary: "List or search entitlements, or find one by its code",
    description: [
      "Terms that stand together all hold. Those of a product come in the order of their codes and without the stock, all others in the order of their ids; with `customer` or `reference` those of a product do, too.",
      "`q` finds what begins with the text: the code in any case and with or without dashes and blanks, the reference, and, for a caller with the scope `see_names`, the holder's name, mail address, display name, and the last word of that. First come the codes, then the references, then the names.",
    ].join("\n\n"),
    scope: "read_entitlements",
    query: {
      code: optional(code),
      q: optional(
        text({ minLength: searchLengthMin, maxLength: searchLengthMax }, { description: "The beginning of a text." }),
      ),
      product: optional(id("a product")),
      category: optional(categoryKey),
      state: optional(state),
      customer: optional(id("a customer")),
      holder: optional(
        text(
          { minLength: 1, maxLength: customerNameLengthMax },
          { description: "The whole name of a customer. It asks for the scope `see_names`." },
        ),
      ),
      reference: optional(reference),
      redeemed: optional(truth({ description: "Whether it was ever used." })),
      inside: optional(truth({ description: "Whether its holder is inside." })),
      sort: optional(
        choice(sorts, {
          description:
            "By the id or the code; a minus turns the order around. `code` asks for a product, without `customer`, `holder` and `reference`.",
        }),
      ),
    },
    pages: "text",
    answer: { status: 200, schema: entitlementSchema },
    problems: ["throttled"],
    example: { query: { code: "412158754" }, answer: example },
    async handle(call) {
      const { query, principal } = call;
      const { code: presented, q, ...terms } = query;
      if (presented !== undefined) {
        if (Object.keys(query).length > 1) return new Problem("request_invalid", "query", "A code stands alone.");
        const found = await call.present(
          presented,
          () => findByCode(call, presented),
          (one) => one === undefined,
        );
        if (found !== undefined && "refusal" in found) return found;
        return reply(found === undefined ? [] : [writeEntitlement(found, principal)]);
      }
      if (terms.holder !== undefined && !may(principal, "see_names")) return refused("not_permitted");
      const filter = await readTerms(call, terms);
      if (filter === undefined) return reply([]);
      const found = q === undefined ? await list(call, filter, terms.sort) : await search(call, filter, q, terms.sort);
      if (found instanceof Problem) return found;
      return reply(
        found.rows.map((row) => writeEntitlement(row, principal)),
        { next: found.next },
      );
    },
  }),

  route({
    method: "GET",
    path: "/entitlements/{id}",
    name: "getEntitlement",
    resource,
    summary: "Get an entitlement",
    scope: "read_entitlements",
    params: byId,
    answer: { status: 200, schema: entitlementSchema },
    problems: ["entitlement_not_found"],
    example: { params: { id: "1001" }, answer: example },
    async handle(call) {
      const found = await findById(call, call.params.id);
      return found === undefined
        ? refused("entitlement_not_found")
        : reply(writeEntitlement(found, call.principal), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/entitlements",
    name: "issueEntitlements",
    resource,
    summary: "Issue entitlements",
    description: "All or none. Codes are drawn unless they are given.",
    scope: "manage_entitlements",
    body: named(
      "Issue",
      object({
        product: id("the product"),
        quantity: optional(integer({ minimum: 1, maximum: issueQuantityMax })),
        codes: optional(listOf(code, issueQuantityMax, { description: "Chosen codes, as many as the quantity." })),
        customer: optional(
          text(
            { minLength: 1, maxLength: customerNameLengthMax },
            { description: "The name of the holder, such as a mail address; one who is not known is added." },
          ),
        ),
        customerName: optional(
          text({ maxLength: customerNameLengthMax }, { description: "How the holder is addressed." }),
        ),
        category: optional(categoryKey),
        startsAt: optional(time("The first moment at which they are honoured.")),
        expiresAt: optional(time("The last second in which they are honoured.")),
        usesMax: optional(usesMax),
        hold: optional(id("a hold whose places they take")),
        reference: optional(reference),
        attention: optional(attention),
        metadata: optional(metadata),
      }),
    ),
    answer: { status: 201, schema: object({ items: listOf(entitlementSchema, issueQuantityMax) }) },
    verbs: ["issue"],
    problems: ["category_elsewhere"],
    example: {
      body: {
        product: "42",
        codes: ["412158754"],
        customer: "ada@example.com",
        customerName: "Ada",
        category: "adult",
        reference: "A-1001",
      },
      answer: { items: [example] },
    },
    async handle({ body, principal, execute }) {
      const { product, codes, customer: holder = null, customerName, startsAt, expiresAt, hold, ...terms } = body;
      if (!reachesCategory(principal, body.category ?? null)) return refused("category_elsewhere");
      if (codes !== undefined && new Set(codes).size !== (body.quantity ?? codes.length)) {
        return new Problem(
          "request_invalid",
          "body/codes",
          "There must be as many different codes as the quantity says.",
        );
      }
      const outcome = await execute({
        verb: "issue",
        productId: Number(product),
        holder,
        ...(customerName === undefined ? {} : { holderName: customerName }),
        code: codes ?? { randomDigits },
        ...(startsAt === undefined ? {} : { startsAtMs: readTime(startsAt) }),
        ...(expiresAt === undefined ? {} : { expiresAtMs: readTime(expiresAt) }),
        ...(hold === undefined ? {} : { hold: Number(hold) }),
        ...terms,
      });
      if (!outcome.ok) return outcome;
      const { entitlement, others } = outcome.value;
      return reply({ items: [entitlement, ...others].map((one) => writeEntitlement(one, principal)) });
    },
  }),
];

interface WrittenTerms extends Pick<EntitlementTerms, "category" | "state" | "reference" | "redeemed" | "inside"> {
  readonly product?: string;
  readonly customer?: string;
  readonly holder?: string;
}

type Filter = ReachFilter & EntitlementTerms;

/** The filter of a list; `undefined` when nothing can fit it: there is no such holder, or it is another customer. */
async function readTerms(
  { principal, queries, organizationId }: Asked,
  { product, customer, holder, category, state, reference, redeemed, inside }: WrittenTerms,
): Promise<Filter | undefined> {
  const known = holder === undefined ? undefined : await queries.customers.byName(organizationId, holder);
  if (holder !== undefined && known === undefined) return undefined;
  if (known !== undefined && customer !== undefined && Number(customer) !== known.id) return undefined;
  const customerId = known?.id ?? (customer === undefined ? undefined : Number(customer));
  const terms = {
    productId: product === undefined ? undefined : Number(product),
    customerId,
    category,
    state,
    reference,
    redeemed,
    inside,
  };
  const given = Object.entries(terms).filter(([, term]) => term !== undefined);
  return { ...sightOf(principal), ...(Object.fromEntries(given) as EntitlementTerms) };
}

type Listed = Pick<Call<unknown, unknown, unknown>, "page" | "queries" | "organizationId">;

/** A page in an order. */
async function list(
  { page: { limit, after }, queries, organizationId }: Listed,
  filter: Filter,
  sort: (typeof sorts)[number] | undefined,
): Promise<Page<Entitlement> | Problem> {
  const isOfProduct =
    filter.productId !== undefined && filter.customerId === undefined && filter.reference === undefined;
  const order = isOfProduct ? "code" : "id";
  if (sort !== undefined && !sort.endsWith(order)) {
    return new Problem("request_invalid", "query/sort", `With these terms, entitlements are sorted by the ${order}.`);
  }
  if (after !== undefined && order === "id" && !/^\d{1,15}$/.test(after)) return noCursor;
  return queries.entitlements.filtered(
    organizationId,
    { ...filter, order, descending: sort?.startsWith("-") ?? false },
    { limit, ...(after === undefined ? {} : { after: after as Cursor<Entitlement> }) },
  );
}

/** A page of what a text finds. */
async function search(
  { page: { limit, after }, principal, queries, organizationId }: Listed & Asked,
  filter: Filter,
  sought: string,
  sort: string | undefined,
): Promise<Page<Entitlement> | Problem> {
  if (sort !== undefined) return new Problem("request_invalid", "query/sort", "What `q` finds has its own order.");
  if (sought.trim().length < searchLengthMin) {
    return new Problem("request_invalid", "query/q", `It must have ${searchLengthMin} characters that are no blanks.`);
  }
  if (after !== undefined && !/^\d \d{1,15} /.test(after)) return noCursor;
  return queries.entitlements.search(
    organizationId,
    { ...filter, text: sought, seesNames: may(principal, "see_names") },
    { limit, ...(after === undefined ? {} : { after: after as Cursor<Entitlement> }) },
  );
}

const noCursor = new Problem("request_invalid", "query/cursor", "It is no cursor of this list.");
