import { type Delivery, isLive } from "../core/delivery.ts";
import { reaches, reachesCategory } from "../core/principal.ts";
import type { ListedDelivery } from "../queries/deliveries.ts";
import type { Cursor } from "../queries/pages.ts";
import { Problem } from "./problem.ts";
import { type Call, listRoute, reply, route } from "./route.ts";
import { choice, integer, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { sightOf } from "./sight.ts";
import { id, time, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "deliveries";

const delivery = named(
  "Delivery",
  object({
    id: id("the delivery"),
    product: id("the product"),
    edition: id("the edition"),
    entitlement: id("the entitlement"),
    device: id("the device for which it is made"),
    state: choice(["preparing", "ready", "expired", "ended"]),
    requestedAt: time("When it was requested."),
    file: nullable(
      object({
        name: text({ maxLength: 255 }),
        bytes: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        sha256: text({ maxLength: 64 }, { description: "In hex." }),
        readyAt: time("When it was ready."),
        expiresAt: time("It can be downloaded until then."),
      }),
      { description: "`null` while it is being prepared." },
    ),
    endedAt: nullable(time("When it stopped being offered.")),
  }),
);

const example: ValueOfSchema<typeof delivery> = {
  id: "8",
  product: "42",
  edition: "6",
  entitlement: "7",
  device: "4",
  state: "ready",
  requestedAt: "2027-02-03T10:00:00.000Z",
  file: {
    name: "2027-2.zip",
    bytes: 48_000_000,
    sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    readyAt: "2027-02-03T10:01:00.000Z",
    expiresAt: "2027-02-10T10:01:00.000Z",
  },
  endedAt: null,
};

function writeDelivery(one: Delivery, productId: number, atMs: number): ValueOfSchema<typeof delivery> {
  const { built, endedAtMs } = one;
  return {
    id: String(one.id),
    product: String(productId),
    edition: String(one.editionId),
    entitlement: String(one.entitlementId),
    device: String(one.deviceId),
    state: endedAtMs !== null ? "ended" : built === null ? "preparing" : isLive(one, atMs) ? "ready" : "expired",
    requestedAt: writeTime(one.requestedAtMs),
    file: built && {
      name: built.fileName,
      bytes: built.bytes,
      sha256: built.sha256,
      readyAt: writeTime(built.readyAtMs),
      expiresAt: writeTime(built.expiresAtMs),
    },
    endedAt: writeTimeOrNull(endedAtMs),
  };
}

type Asked = Pick<
  Call<{ readonly id: string }, unknown, unknown>,
  "params" | "principal" | "queries" | "organizationId"
>;

/** The delivery that the path names, if the caller sees it. */
async function find({ params, principal, queries, organizationId }: Asked) {
  const found = await queries.deliveries.byId(organizationId, Number(params.id));
  const isSeen =
    found !== undefined &&
    principal.ownerScope === null &&
    reaches(principal, found.product.id) &&
    reachesCategory(principal, found.entitlement.category);
  return isSeen ? found : undefined;
}

const byId = { id: id("the delivery") };

export const deliveryRoutes = [
  listRoute({
    path: "/deliveries",
    name: "listDeliveries",
    resource,
    summary: "List deliveries",
    description: "The newest first.",
    scope: "read_entitlements",
    query: {
      product: optional(id("the product")),
      entitlement: optional(id("the entitlement")),
      open: optional(truth({ description: "Only those that have not ended." })),
    },
    pages: "number",
    answer: { status: 200, schema: delivery },
    example: { query: { product: "42" }, answer: example },
    async handle({ query, page, principal, queries, organizationId, atMs }) {
      const { productIds, categories } = sightOf(principal);
      const { rows, next } = await queries.deliveries.list(
        organizationId,
        {
          ...(query.product === undefined ? {} : { productId: Number(query.product) }),
          ...(query.entitlement === undefined ? {} : { entitlementId: Number(query.entitlement) }),
          openOnly: query.open ?? false,
          productIds,
          categories,
        },
        { limit: page.limit, ...(page.after === undefined ? {} : { after: page.after as Cursor<ListedDelivery> }) },
      );
      return reply(
        rows.map((one) => writeDelivery(one.delivery, one.productId, atMs)),
        { next },
      );
    },
  }),

  route({
    method: "GET",
    path: "/deliveries/{id}",
    name: "getDelivery",
    resource,
    summary: "Get a delivery",
    scope: "read_entitlements",
    params: byId,
    answer: { status: 200, schema: delivery },
    problems: ["path_unknown"],
    example: { params: { id: "8" }, answer: example },
    async handle(call) {
      const found = await find(call);
      if (found === undefined) return new Problem("path_unknown");
      return reply(writeDelivery(found.delivery, found.product.id, call.atMs), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/deliveries/{id}/end",
    name: "endDelivery",
    resource,
    summary: "End a delivery",
    description: "Its file is removed, and the next one can be requested.",
    scope: "deliver_content",
    params: byId,
    answer: { status: 200, schema: delivery },
    verbs: ["end_delivery"],
    problems: ["path_unknown"],
    example: { params: { id: "8" }, answer: { ...example, state: "ended", endedAt: "2027-02-04T08:00:00.000Z" } },
    async handle(call) {
      const found = await find(call);
      if (found === undefined) return new Problem("path_unknown");
      const { code } = found.entitlement;
      const outcome = await call.execute({ verb: "end_delivery", deliveryId: found.delivery.id, code });
      return outcome.ok ? reply(writeDelivery(outcome.value, found.product.id, call.atMs)) : outcome;
    },
  }),
];
