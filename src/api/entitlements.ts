import { type Customer, customerNameLengthMax } from "../core/customer.ts";
import type { Entitlement } from "../core/entitlement.ts";
import { attentionLengthMax, referenceLengthMax } from "../core/metadata.ts";
import { may, type Principal, reachesCategory } from "../core/principal.ts";
import { usesMaxMax } from "../core/use.ts";
import { issueQuantityMax } from "../core/verbs/issue.ts";
import type { Cursor } from "../queries/pages.ts";
import { Problem } from "./problem.ts";
import { type Call, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesEntitlement, sightOf } from "./sight.ts";
import { id, metadata, readTime, time, writeMetadata, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "entitlements";
const codeLengthMax = 255;
/** Digits of a code that the server draws: nobody guesses one of so many. */
const randomDigits = 18;

const code = text(
  { minLength: 1, maxLength: codeLengthMax },
  { description: "The code of the entitlement.", examples: ["412158754"] },
);
const categoryKey = text({ maxLength: 32 }, { description: "The key of a category of the product." });
const reference = text(
  { minLength: 1, maxLength: referenceLengthMax },
  { description: "Your own name for the order; several entitlements may share it." },
);
const attention = text({ maxLength: attentionLengthMax }, { description: "A note for the steward at the gate." });
const usesMax = integer({ minimum: 1, maximum: usesMaxMax }, { description: "How often it is honoured." });

const customer = named(
  "Holder",
  object({
    id: id("the customer"),
    name: text(
      { maxLength: customerNameLengthMax },
      { description: "A mail address, or any other name that is unique." },
    ),
    displayName: text({ maxLength: customerNameLengthMax }, { description: "Empty when unknown." }),
  }),
);
const redemption = named(
  "Redemption",
  object(
    {
      at: time("When it was honoured."),
      reportedAt: nullable(time("The time that an offline scanner told.")),
      accessKey: nullable(id("the access key")),
      operator: nullable(id("the operator")),
      gate: nullable(id("the gate")),
      address: nullable(text({ maxLength: 64 })),
    },
    { description: "The first use that counts." },
  ),
);
const states = ["in_stock", "issued", "redeemed", "suspended", "revoked"] as const;

export const entitlementSchema = named(
  "Entitlement",
  object({
    id: id("the entitlement"),
    product: id("its product"),
    code,
    state: choice(states, { description: "`redeemed` as soon as it was used once." }),
    category: nullable(categoryKey),
    customer: nullable(customer, { description: "`null` also for a caller without the scope `see_names`." }),
    issuedAt: time("When it was issued, or made for the stock."),
    startsAt: nullable(time("The first moment at which it is honoured, besides the product's.")),
    expiresAt: nullable(time("The last second in which it is honoured, besides the product's.")),
    usesMax: nullable(usesMax, { description: "`null` for as often as the product says." }),
    usesSpent: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    inside: truth({ description: "Whether its holder is inside, where the product asks for exits." }),
    redemption: nullable(redemption),
    suspendedAt: nullable(time("When it was suspended; `null` when it is not.")),
    revokedAt: nullable(time("When it was revoked.")),
    reference: nullable(reference),
    attention: nullable(attention),
    metadata: nullable(metadata),
  }),
);

/** An entitlement as the API tells it to this principal, who may not see the names of holders. */
export function writeEntitlement(
  entitlement: Entitlement,
  principal: Principal,
): ValueOfSchema<typeof entitlementSchema> {
  const { redemption: first, usage } = entitlement;
  return {
    id: String(entitlement.id),
    product: String(entitlement.productId),
    code: entitlement.code,
    state: stateOf(entitlement),
    category: entitlement.category,
    customer: may(principal, "see_names") ? entitlement.customer && writeHolder(entitlement.customer) : null,
    issuedAt: writeTime(entitlement.issuedAtMs),
    startsAt: writeTimeOrNull(entitlement.startsAtMs),
    expiresAt: writeTimeOrNull(entitlement.expiresAtMs),
    usesMax: entitlement.usesMax,
    usesSpent: usage?.spent ?? (first === null ? 0 : 1),
    inside: usage?.inside ?? false,
    redemption: first && {
      at: writeTime(first.atMs),
      reportedAt: writeTimeOrNull(first.reportedAtMs),
      accessKey: writeId(first.accessKeyId),
      operator: writeId(first.operatorId),
      gate: writeId(first.gateId),
      address: first.address,
    },
    suspendedAt: writeTimeOrNull(entitlement.suspendedAtMs),
    revokedAt: writeTimeOrNull(entitlement.revokedAtMs),
    reference: entitlement.reference,
    attention: entitlement.attention,
    metadata: writeMetadata(entitlement.metadata),
  };
}

function writeHolder({ id: number, name, displayName }: Customer): ValueOfSchema<typeof customer> {
  return { id: String(number), name, displayName };
}

const writeId = (number: number | null) => (number === null ? null : String(number));

function stateOf({ revokedAtMs, suspendedAtMs, inStock, redemption: first }: Entitlement): (typeof states)[number] {
  if (revokedAtMs !== null) return "revoked";
  if (suspendedAtMs !== null) return "suspended";
  if (inStock) return "in_stock";
  return first === null ? "issued" : "redeemed";
}

type Asked = Pick<Call<unknown, unknown, unknown>, "principal" | "queries" | "organizationId">;

/** The entitlement with this id, if the caller sees it. */
async function findById({ principal, queries, organizationId }: Asked, written: string) {
  const found = await queries.entitlements.findById(organizationId, Number(written));
  return found !== undefined && seesEntitlement(principal, found) ? found.entitlement : undefined;
}

/** The entitlement with this code, if the caller sees it. */
async function findByCode({ principal, queries, organizationId }: Asked, presented: string) {
  const found = await queries.entitlements.findByCode(organizationId, presented);
  return found !== undefined && seesEntitlement(principal, found) ? found.entitlement : undefined;
}

const example: ValueOfSchema<typeof entitlementSchema> = {
  id: "1001",
  product: "42",
  code: "412158754",
  state: "issued",
  category: "adult",
  customer: { id: "7", name: "ada@example.com", displayName: "Ada" },
  issuedAt: "2027-05-01T12:00:00.000Z",
  startsAt: null,
  expiresAt: null,
  usesMax: null,
  usesSpent: 0,
  inside: false,
  redemption: null,
  suspendedAt: null,
  revokedAt: null,
  reference: "A-1001",
  attention: null,
  metadata: null,
};
const redeemedExample: ValueOfSchema<typeof entitlementSchema> = {
  ...example,
  state: "redeemed",
  usesSpent: 1,
  redemption: {
    at: "2027-06-19T15:20:11.000Z",
    reportedAt: null,
    accessKey: null,
    operator: "3",
    gate: null,
    address: "192.0.2.7",
  },
};

const byId = { id: id("the entitlement") };
const redeemed = { status: 200, schema: entitlementSchema } as const;
const occurredAt = optional(time("When an offline scanner read it; now when absent."));
const redeemDescription =
  "Honours it, and tells what it is now. A code that was scanned offline is reported with the time of the scan.";

export const entitlementRoutes = [
  listRoute({
    path: "/entitlements",
    name: "listEntitlements",
    resource,
    summary: "List entitlements, or find one by its code",
    description:
      "At most one of `code`, `product`, `customer` and `reference`. Those of a product come in the order of their codes and without the stock, all others in the order of their ids.",
    scope: "read_entitlements",
    query: {
      code: optional(code),
      product: optional(id("a product")),
      customer: optional(id("a customer")),
      reference: optional(reference),
    },
    pages: "text",
    answer: { status: 200, schema: entitlementSchema },
    problems: ["throttled"],
    example: { query: { code: "412158754" }, answer: example },
    async handle(call) {
      const { query, page, principal, queries, organizationId } = call;
      if (Object.keys(query).length > 1) {
        return new Problem(
          "request_invalid",
          "query",
          "Only one of code, product, customer and reference can be given.",
        );
      }
      if (query.code !== undefined) {
        const presented = query.code;
        const found = await call.present(
          presented,
          () => findByCode(call, presented),
          (one) => one === undefined,
        );
        if (found !== undefined && "refusal" in found) return found;
        return reply(found === undefined ? [] : [writeEntitlement(found, call.principal)]);
      }
      const { limit, after } = page;
      const pageAsked = { limit, ...(after === undefined ? {} : { after: after as Cursor<Entitlement> }) };
      const sight = sightOf(principal);
      if (query.product !== undefined) {
        const filter = { ...sight, productId: Number(query.product) };
        const { rows, next } = await queries.entitlements.ofProduct(organizationId, filter, pageAsked);
        return reply(
          rows.map((row) => writeEntitlement(row, principal)),
          { next },
        );
      }
      if (after !== undefined && !/^\d{1,15}$/.test(after)) {
        return new Problem("request_invalid", "query/cursor", "It is no cursor of this list.");
      }
      const filter = {
        ...sight,
        ...(query.customer === undefined ? {} : { customerId: Number(query.customer) }),
        ...(query.reference === undefined ? {} : { reference: query.reference }),
      };
      const { rows, next } = await queries.entitlements.inOrderOfIds(organizationId, filter, pageAsked);
      return reply(
        rows.map((row) => writeEntitlement(row, principal)),
        { next },
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
        codes: optional(list(code, issueQuantityMax, { description: "Chosen codes, as many as the quantity." })),
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
    answer: { status: 201, schema: object({ items: list(entitlementSchema, issueQuantityMax) }) },
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

  route({
    method: "POST",
    path: "/redeem",
    name: "redeemCode",
    resource,
    summary: "Redeem a code",
    description: `${redeemDescription} Name the product where it is known: that saves a look-up, and a code of another product counts as not found.`,
    scope: "redeem",
    body: named("Redeem", object({ code, product: optional(id("the product")), occurredAt })),
    answer: redeemed,
    verbs: ["redeem"],
    problems: ["throttled"],
    example: { body: { code: "412158754", product: "42" }, answer: redeemedExample },
    async handle(call) {
      const { code: presented, product, occurredAt: at } = call.body;
      const outcome = await call.present(
        presented,
        async () => {
          if (product !== undefined) {
            return redeem(call, { productId: Number(product), code: presented }, at);
          }
          const found = await findByCode(call, presented);
          return found === undefined ? refused("entitlement_not_found") : redeem(call, found, at);
        },
        (one) => !one.ok && one.refusal === "entitlement_not_found",
      );
      return outcome.ok ? reply(writeEntitlement(outcome.value.entitlement, call.principal)) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/redeem",
    name: "redeemEntitlement",
    resource,
    summary: "Redeem an entitlement",
    description: redeemDescription,
    scope: "redeem",
    params: byId,
    body: named("RedeemById", object({ occurredAt })),
    isBodyOptional: true,
    answer: redeemed,
    verbs: ["redeem"],
    example: { params: { id: "1001" }, body: {}, answer: redeemedExample },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await redeem(call, found, call.body.occurredAt);
      return outcome.ok ? reply(writeEntitlement(outcome.value.entitlement, call.principal)) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/revoke",
    name: "revokeEntitlement",
    resource,
    summary: "Revoke an entitlement",
    description:
      "Ends it for good. Its place is free again, unless it was redeemed. Revoking it again changes nothing.",
    scope: "manage_entitlements",
    params: byId,
    answer: { status: 200, schema: entitlementSchema },
    verbs: ["revoke"],
    example: {
      params: { id: "1001" },
      answer: { ...example, state: "revoked", revokedAt: "2027-05-02T08:00:00.000Z" },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { productId, code: its } = found;
      const outcome = await call.execute({ verb: "revoke", productId, code: its });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),
];

function redeem(
  { execute, principal }: Pick<Call<unknown, unknown, unknown>, "execute" | "principal">,
  { productId, code: its }: Pick<Entitlement, "productId" | "code">,
  at: string | undefined,
) {
  const categories = principal.reach?.categories ?? null;
  return execute({
    verb: "redeem",
    productId,
    code: its,
    ...(categories === null ? {} : { admits: [...categories] }),
    ...(at === undefined ? {} : { occurredAtMs: readTime(at) }),
  });
}
