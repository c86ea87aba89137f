import { type Customer, customerNameLengthMax } from "../core/customer.ts";
import { codeLengthMax, type Entitlement, entitlementStates, stateOf } from "../core/entitlement.ts";
import { attentionLengthMax, referenceLengthMax } from "../core/metadata.ts";
import { may, type Principal } from "../core/principal.ts";
import { usesMaxMax } from "../core/use.ts";
import type { Asked } from "./route.ts";
import { choice, integer, named, nullable, object, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesEntitlement } from "./sight.ts";
import { id, metadata, time, writeId, writeMetadata, writeTime, writeTimeOrNull } from "./values.ts";

export const code = text(
  { minLength: 1, maxLength: codeLengthMax },
  { description: "The code of the entitlement.", examples: ["412158754"] },
);
export const categoryKey = text({ maxLength: 32 }, { description: "The key of a category of the product." });
export const reference = text(
  { minLength: 1, maxLength: referenceLengthMax },
  { description: "Your own name for the order; several entitlements may share it." },
);
export const attention = text(
  { maxLength: attentionLengthMax },
  { description: "A note for the steward at the gate." },
);
export const usesMax = integer({ minimum: 1, maximum: usesMaxMax }, { description: "How often it is honoured." });

export const holder = named(
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
export const state = choice(entitlementStates, { description: "`redeemed` as soon as it was used once." });

export const entitlementSchema = named(
  "Entitlement",
  object({
    id: id("the entitlement"),
    product: id("its product"),
    code,
    state,
    category: nullable(categoryKey),
    customer: nullable(holder, { description: "`null` also for a caller without the scope `see_names`." }),
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

export function writeHolder({ id: number, name, displayName }: Customer): ValueOfSchema<typeof holder> {
  return { id: String(number), name, displayName };
}

/** The entitlement with this id, if the caller sees it. */
export async function findById({ principal, queries, organizationId }: Asked, written: string) {
  const found = await queries.entitlements.findById(organizationId, Number(written));
  return found !== undefined && seesEntitlement(principal, found) ? found.entitlement : undefined;
}

/** The entitlement with this code, if the caller sees it. */
export async function findByCode({ principal, queries, organizationId }: Asked, presented: string) {
  const found = await queries.entitlements.findByCode(organizationId, presented);
  return found !== undefined && seesEntitlement(principal, found) ? found.entitlement : undefined;
}

export const example: ValueOfSchema<typeof entitlementSchema> = {
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

/** What stands in the path of operations about one entitlement. */
export const byId = { id: id("the entitlement") };
