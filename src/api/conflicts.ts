import { reachesCategory } from "../core/principal.ts";
import type { KnownConflict, KnownRedemption } from "../queries/conflicts.ts";
import type { Cursor } from "../queries/pages.ts";
import { code } from "./entitlement.ts";
import { findProduct } from "./products.ts";
import { listRoute, refused, reply } from "./route.ts";
import { named, nullable, object, text, type ValueOfSchema } from "./schema.ts";
import { id, time, writeId, writeTime } from "./values.ts";

const side = named(
  "ConflictingUse",
  object({
    at: time("When it happened."),
    accessKey: nullable(id("the access key")),
    operator: nullable(id("the operator")),
    gate: nullable(id("the gate")),
    address: nullable(text({ maxLength: 64 })),
  }),
);
const conflict = named(
  "Conflict",
  object({
    id: id("the conflict"),
    entitlement: id("the entitlement"),
    code,
    refusal: text({ maxLength: 64 }, { description: "Why the use that was reported last does not count." }),
    recordedAt: time("When the server learned of it."),
    kept: nullable(side, {
      description: "The use that counts; `null` when none does, or when more than one may.",
    }),
    lost: side,
  }),
);

function writeSide({ atMs, accessKeyId, operatorId, gateId, address }: KnownRedemption): ValueOfSchema<typeof side> {
  return {
    at: writeTime(atMs),
    accessKey: writeId(accessKeyId),
    operator: writeId(operatorId),
    gate: writeId(gateId),
    address,
  };
}

function writeConflict(one: KnownConflict): ValueOfSchema<typeof conflict> {
  return {
    id: String(one.id),
    entitlement: String(one.entitlementId),
    code: one.code,
    refusal: one.refusal,
    recordedAt: writeTime(one.recordedAtMs),
    kept: one.kept && writeSide(one.kept),
    lost: writeSide(one.lost),
  };
}

export const conflictRoutes = [
  listRoute({
    path: "/conflicts",
    name: "listConflicts",
    resource: "conflicts",
    summary: "List the conflicts of a product",
    description:
      "Uses that do not count although somebody may have been let in, in the order in which they were recorded. A use that comes to count is none any more.",
    scope: "read_log",
    query: { product: id("the product") },
    pages: "number",
    answer: { status: 200, schema: conflict },
    problems: ["product_not_found"],
    example: {
      query: { product: "42" },
      answer: {
        id: "12",
        entitlement: "1001",
        code: "412158754",
        refusal: "already_redeemed",
        recordedAt: "2027-06-19T16:02:00.000Z",
        kept: {
          at: "2027-06-19T15:20:11.000Z",
          accessKey: null,
          operator: "3",
          gate: "5",
          address: "192.0.2.7",
        },
        lost: {
          at: "2027-06-19T15:41:30.000Z",
          accessKey: "9",
          operator: null,
          gate: "6",
          address: "192.0.2.8",
        },
      },
    },
    async handle(call) {
      const product = await findProduct(call, call.query.product);
      if (product === undefined) return refused("product_not_found");
      const { principal, page, queries, organizationId } = call;
      const { limit, after } = page;
      const { rows, next } = await queries.conflicts.list(organizationId, product.id, {
        limit,
        ...(after === undefined ? {} : { after: after as Cursor<KnownConflict> }),
      });
      const seen = rows.filter(({ category }) => reachesCategory(principal, category));
      return reply(seen.map(writeConflict), { next });
    },
  }),
];
