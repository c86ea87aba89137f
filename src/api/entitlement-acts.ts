import { customerNameLengthMax } from "../core/customer.ts";
import { type Entitlement, entitlements } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";
import type { NewCode } from "../core/verbs/reissue.ts";
import {
  attention,
  byId,
  code,
  entitlementSchema,
  example,
  findById,
  reference,
  usesMax,
  writeEntitlement,
} from "./entitlement.ts";
import { randomDigits } from "./entitlements.ts";
import { type Asked, refused, reply, route } from "./route.ts";
import { named, nullable, object, optional, text, truth } from "./schema.ts";
import { metadata, readTimeOrNull, time } from "./values.ts";

/** What is done to one entitlement by those who sell it and look after it. */

const resource = "entitlements";
const answer = { status: 200, schema: entitlementSchema } as const;
const params = byId;
const suspendedExample = { ...example, state: "suspended", suspendedAt: "2027-05-02T08:00:00.000Z" } as const;

export const entitlementActRoutes = [
  route({
    method: "PATCH",
    path: "/entitlements/{id}",
    name: "changeEntitlement",
    resource,
    summary: "Change an entitlement",
    description: "Fields that are absent keep their values; `null` takes one away.",
    scope: "manage_entitlements",
    params,
    body: named(
      "EntitlementChange",
      object({
        usesMax: optional(nullable(usesMax)),
        reference: optional(nullable(reference)),
        attention: optional(nullable(attention)),
        metadata: optional(nullable(metadata)),
      }),
    ),
    takesIfMatch: true,
    answer,
    verbs: ["change_entitlement"],
    example: {
      params: { id: "1001" },
      body: { attention: "Wheelchair" },
      answer: { ...example, attention: "Wheelchair" },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { principal, body } = call;
      const outcome = await call.execute({ verb: "change_entitlement", ...namedBy(found), ...body }, (state) => {
        const locked = state.get(entitlements, found.code);
        return locked && writeEntitlement(locked, principal);
      });
      return outcome.ok ? reply(writeEntitlement(outcome.value.entitlement, principal), { isTagged: true }) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/extend",
    name: "extendEntitlement",
    resource,
    summary: "Extend or shorten an entitlement",
    description: "Gives it a time of its own, within that of its product. A field that is absent keeps its value.",
    scope: "manage_entitlements",
    params,
    body: named(
      "Extend",
      object({
        startsAt: optional(nullable(time("The first moment at which it is honoured; `null` for no bound of its own."))),
        expiresAt: optional(nullable(time("The last second in which it is honoured; `null` for no bound of its own."))),
      }),
    ),
    answer,
    verbs: ["extend"],
    example: {
      params: { id: "1001" },
      body: { expiresAt: "2027-12-31T23:59:59Z" },
      answer: { ...example, expiresAt: "2027-12-31T23:59:59.000Z" },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { startsAt, expiresAt } = call.body;
      const outcome = await call.execute({
        verb: "extend",
        ...namedBy(found),
        ...(startsAt === undefined ? {} : { startsAtMs: readTimeOrNull(startsAt) }),
        ...(expiresAt === undefined ? {} : { expiresAtMs: readTimeOrNull(expiresAt) }),
      });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/suspend",
    name: "suspendEntitlement",
    resource,
    summary: "Suspend an entitlement",
    description:
      "It is not honoured until it is reinstated, and keeps its place and its devices. Suspending it again changes nothing.",
    scope: "suspend",
    params,
    answer,
    verbs: ["suspend"],
    example: { params: { id: "1001" }, answer: suspendedExample },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await call.execute({ verb: "suspend", ...namedBy(found) });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/reinstate",
    name: "reinstateEntitlement",
    resource,
    summary: "Reinstate an entitlement",
    description: "Ends its suspension. If it is not suspended, nothing changes.",
    scope: "suspend",
    params,
    answer,
    verbs: ["reinstate"],
    example: { params: { id: "1001" }, answer: example },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await call.execute({ verb: "reinstate", ...namedBy(found) });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/transfer",
    name: "transferEntitlement",
    resource,
    summary: "Transfer an entitlement",
    description:
      "Gives it to another holder. The devices of the former holder lose it. With a new code, the former holder's copy is refused.",
    scope: "transfer",
    params,
    body: named(
      "Transfer",
      object({
        customer: text(
          { minLength: 1, maxLength: customerNameLengthMax },
          { description: "The name of the new holder, such as a mail address; one who is not known is added." },
        ),
        customerName: optional(
          text({ maxLength: customerNameLengthMax }, { description: "How the holder is addressed." }),
        ),
        code: optional(code),
        reissue: optional(truth({ description: "Whether a new code is drawn. A `code` that is given is taken." })),
      }),
    ),
    answer,
    verbs: ["transfer"],
    example: {
      params: { id: "1001" },
      body: { customer: "grace@example.com", customerName: "Grace", reissue: true },
      answer: {
        ...example,
        code: "871204451907335621",
        customer: { id: "8", name: "grace@example.com", displayName: "Grace" },
      },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { customer: holder, customerName, code: chosen, reissue = false } = call.body;
      const newCode = chosen ?? (reissue ? await patternFor(call, found) : undefined);
      const outcome = await call.execute({
        verb: "transfer",
        ...namedBy(found),
        holder,
        ...(customerName === undefined ? {} : { holderName: customerName }),
        ...(newCode === undefined ? {} : { newCode }),
      });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/reissue",
    name: "reissueEntitlement",
    resource,
    summary: "Give an entitlement a new code",
    description:
      "The old code is refused for ever. Devices and uses stay. The new code is drawn unless it is given: for what is sold from stock as a number of the product's length, otherwise as a long number.",
    scope: "reissue",
    params,
    body: named("Reissue", object({ code: optional(code) })),
    isBodyOptional: true,
    answer,
    verbs: ["reissue"],
    example: { params: { id: "1001" }, body: {}, answer: { ...example, code: "871204451907335621" } },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const newCode = call.body.code ?? (await patternFor(call, found));
      const outcome = await call.execute({ verb: "reissue", ...namedBy(found), newCode });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
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
    params,
    answer,
    verbs: ["revoke"],
    example: {
      params: { id: "1001" },
      answer: { ...example, state: "revoked", revokedAt: "2027-05-02T08:00:00.000Z" },
    },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const outcome = await call.execute({ verb: "revoke", ...namedBy(found) });
      return outcome.ok
        ? reply(writeEntitlement(outcome.value.entitlement, call.principal), { isTagged: true })
        : outcome;
    },
  }),
];

function namedBy({ productId, code: its }: Entitlement): { readonly productId: number; readonly code: string } {
  return { productId, code: its };
}

/** The pattern of a new code: that of the numbers of a product that is sold from stock. */
async function patternFor({ queries, organizationId }: Asked, { productId }: Entitlement): Promise<NewCode> {
  const found = await queries.products.byId(organizationId, productId);
  const stock: Product["stock"] = found?.product.stock ?? null;
  return { randomDigits: stock?.numberDigits ?? randomDigits };
}
