import type { Entitlement } from "../core/entitlement.ts";
import { usesMaxMax } from "../core/use.ts";
import { undoReasonLengthMax } from "../core/verbs/undo.ts";
import type { Cursor } from "../queries/pages.ts";
import type { KnownUse } from "../queries/uses.ts";
import { byId, code, entitlementSchema, example, findByCode, findById, writeEntitlement } from "./entitlement.ts";
import { type Call, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, named, nullable, object, optional, text, type ValueOfSchema } from "./schema.ts";
import { seesEntitlement } from "./sight.ts";
import { id, readTime, time, writeId, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "entitlements";
const useNumberMax = 2_147_483_647;

const direction = choice(["entry", "exit"], { description: "Only a product with `reentry` knows exits." });
const scan = {
  direction: optional(direction),
  count: optional(
    integer(
      { minimum: 1, maximum: usesMaxMax },
      { description: "How many uses an entry spends at once, all or none; one when absent." },
    ),
  ),
  occurredAt: optional(time("When an offline scanner read it; now when absent.")),
};
type Scan = { readonly direction?: "entry" | "exit"; readonly count?: number; readonly occurredAt?: string };

const use = named(
  "Use",
  object({
    number: integer(
      { minimum: 1, maximum: useNumberMax },
      { description: "From 1 on, in the order in which the uses became known." },
    ),
    at: time("When it happened."),
    reportedAt: nullable(time("The time that an offline scanner told.")),
    recordedAt: time("When the server learned of it."),
    direction,
    count: integer({ minimum: 1, maximum: usesMaxMax }),
    accessKey: nullable(id("the access key")),
    operator: nullable(id("the operator")),
    gate: nullable(id("the gate")),
    address: nullable(text({ maxLength: 64 })),
    refusal: nullable(text({ maxLength: 64 }), {
      description: "Why it does not count although somebody may have been let in; `null` for a use that counts.",
    }),
    undoneAt: nullable(time("When it was taken back.")),
  }),
);

function writeUse(one: KnownUse): ValueOfSchema<typeof use> {
  return {
    number: one.number,
    at: writeTime(one.atMs),
    reportedAt: writeTimeOrNull(one.reportedAtMs),
    recordedAt: writeTime(one.recordedAtMs),
    direction: one.direction,
    count: one.count,
    accessKey: writeId(one.accessKeyId),
    operator: writeId(one.operatorId),
    gate: writeId(one.gateId),
    address: one.address,
    refusal: one.refusal,
    undoneAt: writeTimeOrNull(one.undoneAtMs),
  };
}

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

const redeemed = { status: 200, schema: entitlementSchema } as const;
const redeemDescription =
  "Honours it, and tells what it is now. A code that was scanned offline is reported with the time of the scan.";

export const redeemRoutes = [
  route({
    method: "POST",
    path: "/redeem",
    name: "redeemCode",
    resource,
    summary: "Redeem a code",
    description: `${redeemDescription} Name the product where it is known: that saves a look-up, and a code of another product counts as not found.`,
    scope: "redeem",
    body: named("Redeem", object({ code, product: optional(id("the product")), ...scan })),
    answer: redeemed,
    verbs: ["redeem"],
    problems: ["throttled"],
    example: { body: { code: "412158754", product: "42" }, answer: redeemedExample },
    async handle(call) {
      const { code: presented, product, ...scanned } = call.body;
      const outcome = await call.present(
        presented,
        async () => {
          const productId = product === undefined ? await productOf(call, presented) : Number(product);
          if (productId === undefined) return refused("entitlement_not_found");
          return redeem(call, { productId, code: presented }, scanned);
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
    body: named("RedeemById", object(scan)),
    isBodyOptional: true,
    answer: redeemed,
    verbs: ["redeem"],
    example: { params: { id: "1001" }, body: {}, answer: redeemedExample },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await redeem(call, found, call.body);
      return outcome.ok ? reply(writeEntitlement(outcome.value.entitlement, call.principal)) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/undo",
    name: "undoUse",
    resource,
    summary: "Take a use back",
    description:
      "What it spent can be used again, and the uses after it are decided anew. The use itself stays in the list of uses.",
    scope: "undo",
    params: byId,
    body: named(
      "Undo",
      object({
        use: optional(
          integer(
            { minimum: 1, maximum: useNumberMax },
            { description: "The number of the use; the latest that counts when absent." },
          ),
        ),
        reason: text({ minLength: 1, maxLength: undoReasonLengthMax }, { description: "The log keeps it." }),
      }),
    ),
    answer: { status: 200, schema: entitlementSchema },
    verbs: ["undo"],
    example: { params: { id: "1001" }, body: { reason: "Scanned by mistake" }, answer: example },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { use: number, reason } = call.body;
      const { productId, code: its } = found;
      const named = number === undefined ? {} : { number };
      const outcome = await call.execute({ verb: "undo", productId, code: its, reason, ...named });
      return outcome.ok ? reply(writeEntitlement(outcome.value.entitlement, call.principal)) : outcome;
    },
  }),

  listRoute({
    path: "/entitlements/{id}/uses",
    name: "listUses",
    resource,
    summary: "List the uses of an entitlement",
    description: "As they became known, also those that do not count and those that were taken back.",
    scope: "read_entitlements",
    params: byId,
    pages: "number",
    answer: { status: 200, schema: use },
    problems: ["entitlement_not_found"],
    example: {
      params: { id: "1001" },
      answer: {
        number: 1,
        at: "2027-06-19T15:20:11.000Z",
        reportedAt: null,
        recordedAt: "2027-06-19T15:20:11.000Z",
        direction: "entry",
        count: 1,
        accessKey: null,
        operator: "3",
        gate: "5",
        address: "192.0.2.7",
        refusal: null,
        undoneAt: null,
      },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { limit, after } = call.page;
      const { rows, next } = await call.queries.uses.list(call.organizationId, found.id, {
        limit,
        ...(after === undefined ? {} : { after: after as Cursor<KnownUse> }),
      });
      return reply(rows.map(writeUse), { next });
    },
  }),
];

type Asking = Pick<Call<unknown, unknown, unknown>, "execute" | "principal" | "queries" | "organizationId">;

/** The product of the entitlement that has this code or had it before, if the caller sees it. */
async function productOf(call: Asking, presented: string): Promise<number | undefined> {
  const found = await findByCode(call, presented);
  if (found !== undefined) return found.productId;
  const replaced = await call.queries.entitlements.findReplaced(call.organizationId, presented);
  return replaced !== undefined && seesEntitlement(call.principal, replaced)
    ? replaced.entitlement.productId
    : undefined;
}

function redeem(
  { execute, principal }: Asking,
  { productId, code: its }: Pick<Entitlement, "productId" | "code">,
  { occurredAt, ...more }: Scan,
) {
  const categories = principal.reach?.categories ?? null;
  return execute({
    verb: "redeem",
    productId,
    code: its,
    ...(categories === null ? {} : { admits: [...categories] }),
    ...(occurredAt === undefined ? {} : { occurredAtMs: readTime(occurredAt) }),
    ...more,
  });
}
