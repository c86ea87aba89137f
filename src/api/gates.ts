import { categoriesMax } from "../core/category.ts";
import { type Admission, type Gate, gateProductsMax, gateRights, gates } from "../core/gate.ts";
import { accessKeyLengthMax, accessKeysMax, nameLengthMax } from "../core/product.ts";
import { categoryKey } from "./entitlement.ts";
import { type Asked, listRoute, refused, reply, route } from "./route.ts";
import { choice, integer, list, named, nullable, object, optional, text, truth, type ValueOfSchema } from "./schema.ts";
import { seesAll } from "./sight.ts";
import { id, time, writeTime, writeTimeOrNull } from "./values.ts";

const resource = "gates";
const name = text(
  { minLength: 1, maxLength: nameLengthMax },
  { description: "Unique among the gates that are not retired.", examples: ["North entrance"] },
);
const admission = named(
  "Admission",
  object({
    product: id("the product"),
    categories: nullable(list(categoryKey, categoriesMax), {
      description: "`null` for all of it, and for entitlements without a category.",
    }),
  }),
);
const admits = list(admission, gateProductsMax, { description: "The products that the gate opens." });
const rights = list(choice(gateRights), gateRights.length, {
  description: "What who stands there may do besides redeeming.",
});
const gateSchema = named(
  "Gate",
  object({
    id: id("the gate"),
    name,
    admits,
    rights,
    accessKeyCount: integer({ minimum: 0, maximum: accessKeysMax }, { description: "Keys are never told." }),
    createdAt: time("When it was made."),
    retiredAt: nullable(time("When it was retired. It admits nobody any more.")),
  }),
);
const accessKeys = list(
  text({ minLength: 1, maxLength: accessKeyLengthMax, pattern: "^[A-Za-z0-9]+$" }),
  accessKeysMax,
  { description: "Keys that open the gate, of ten characters or more. They replace the whole list." },
);
const terms = { admits: optional(admits), rights: optional(rights), accessKeys: optional(accessKeys) };
const gateChange = named("GateChange", object({ name: optional(name), ...terms }));

/** A gate as the API tells it. */
function writeGate(gate: Gate): ValueOfSchema<typeof gateSchema> {
  return {
    id: String(gate.id),
    name: gate.name,
    admits: gate.admits.map(({ productId, categories }) => ({ product: String(productId), categories })),
    rights: [...gate.rights],
    accessKeyCount: gate.accessKeys.length,
    createdAt: writeTime(gate.createdAtMs),
    retiredAt: writeTimeOrNull(gate.retiredAtMs),
  };
}

function readAdmits(written: readonly ValueOfSchema<typeof admission>[]): readonly Admission[] {
  return written.map(({ product, categories }) => ({ productId: Number(product), categories }));
}

/** All gates, ascending by id: an organization has some tens. */
function allGates({ queries, organizationId }: Asked): Promise<readonly Gate[]> {
  return queries.gates.all(organizationId);
}

const example: ValueOfSchema<typeof gateSchema> = {
  id: "5",
  name: "North entrance",
  admits: [{ product: "42", categories: ["adult"] }],
  rights: ["search"],
  accessKeyCount: 1,
  createdAt: "2027-01-10T09:30:00.000Z",
  retiredAt: null,
};
const params = { id: id("the gate") };

export const gateRoutes = [
  listRoute({
    path: "/gates",
    name: "listGates",
    resource,
    summary: "List gates",
    description: "Ascending by id.",
    scope: "read_products",
    query: { retired: optional(truth({ description: "Whether retired gates are listed, too." })) },
    pages: "number",
    answer: { status: 200, schema: gateSchema },
    example: { answer: example },
    async handle(call) {
      if (!seesAll(call.principal)) return refused("not_permitted");
      const { limit, after = "-1" } = call.page;
      const includesRetired = call.query.retired ?? false;
      const found = (await allGates(call)).filter(
        (gate) => gate.id > Number(after) && (includesRetired || gate.retiredAtMs === null),
      );
      const rows = found.slice(0, limit);
      return reply(rows.map(writeGate), { next: found.length > limit ? String(rows.at(-1)?.id) : undefined });
    },
  }),

  route({
    method: "GET",
    path: "/gates/{id}",
    name: "getGate",
    resource,
    summary: "Get a gate",
    scope: "read_products",
    params,
    answer: { status: 200, schema: gateSchema },
    problems: ["gate_not_found"],
    example: { params: { id: "5" }, answer: example },
    async handle(call) {
      if (!seesAll(call.principal)) return refused("not_permitted");
      const found = (await allGates(call)).find((gate) => gate.id === Number(call.params.id));
      return found === undefined ? refused("gate_not_found") : reply(writeGate(found), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/gates",
    name: "createGate",
    resource,
    summary: "Create a gate",
    scope: "manage_products",
    body: named("NewGate", object({ name, ...terms })),
    answer: { status: 201, schema: gateSchema },
    verbs: ["create_gate"],
    example: {
      body: {
        name: "North entrance",
        admits: [{ product: "42", categories: ["adult"] }],
        rights: ["search"],
        accessKeys: ["NORTHGATE1"],
      },
      answer: example,
    },
    async handle({ body, execute }) {
      const { admits: opened = [], rights: granted = [], accessKeys: keys = [] } = body;
      const made = { name: body.name, admits: readAdmits(opened), rights: granted, accessKeys: keys };
      const outcome = await execute({ verb: "create_gate", terms: made });
      if (!outcome.ok) return outcome;
      const { gate } = outcome.value;
      return reply(writeGate(gate), { location: `/gates/${gate.id}`, isTagged: true });
    },
  }),

  route({
    method: "PATCH",
    path: "/gates/{id}",
    name: "changeGate",
    resource,
    summary: "Change a gate",
    description: "Fields that are absent keep their values. A retired gate counts as not found.",
    scope: "manage_products",
    params,
    body: gateChange,
    takesIfMatch: true,
    answer: { status: 200, schema: gateSchema },
    verbs: ["change_gate"],
    example: {
      params: { id: "5" },
      body: { rights: ["search", "undo"] },
      answer: { ...example, rights: ["search", "undo"] },
    },
    async handle({ params: { id: written }, body: { admits: opened, ...rest }, execute }) {
      const gateId = Number(written);
      const changed = { ...rest, ...(opened === undefined ? {} : { admits: readAdmits(opened) }) };
      const outcome = await execute({ verb: "change_gate", gateId, terms: changed }, (state) => {
        const locked = state.get(gates, gateId);
        return locked && writeGate(locked);
      });
      return outcome.ok ? reply(writeGate(outcome.value.gate), { isTagged: true }) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/gates/{id}/retire",
    name: "retireGate",
    resource,
    summary: "Retire a gate",
    description:
      "Its access keys open nothing any more, unless a product lists them. A gate that was retired before counts as not found.",
    scope: "manage_products",
    params,
    answer: { status: 200, schema: gateSchema },
    verbs: ["retire_gate"],
    example: {
      params: { id: "5" },
      answer: { ...example, accessKeyCount: 0, retiredAt: "2027-07-01T08:00:00.000Z" },
    },
    async handle({ params: { id: written }, execute }) {
      const outcome = await execute({ verb: "retire_gate", gateId: Number(written) });
      return outcome.ok ? reply(writeGate(outcome.value.gate)) : outcome;
    },
  }),
];
