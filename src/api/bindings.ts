import { type Binding, slotsMax } from "../core/binding.ts";
import { deviceExample, deviceNameSchema, deviceSchema, writeDevice } from "./device.ts";
import { byId, findById } from "./entitlement.ts";
import { refused, reply, route } from "./route.ts";
import { integer, list, named, object, optional, truth, type ValueOfSchema } from "./schema.ts";
import { time, writeTime } from "./values.ts";

const resource = "bindings";
const slot = integer({ minimum: 0, maximum: slotsMax - 1 }, { description: "Counted from 0." });
const binding = named("Binding", object({ slot, device: deviceSchema, boundAt: time("When it was bound.") }));
const bindingsSchema = named(
  "Bindings",
  object({ bindings: list(binding, slotsMax, { description: "In the order of the slots." }) }),
);
const answer = { status: 200, schema: bindingsSchema } as const;

function writeBindings(all: readonly Binding[]): ValueOfSchema<typeof bindingsSchema> {
  return {
    bindings: all.map((one) => ({
      slot: one.slot,
      device: writeDevice(one.device),
      boundAt: writeTime(one.boundAtMs),
    })),
  };
}

const example: ValueOfSchema<typeof bindingsSchema> = {
  bindings: [{ slot: 0, device: deviceExample, boundAt: "2027-05-01T12:00:00.000Z" }],
};
const machine = { kind: "machine", name: "08-00-27-AA-BB-CC" };

export const bindingRoutes = [
  route({
    method: "GET",
    path: "/entitlements/{id}/bindings",
    name: "listBindings",
    resource,
    summary: "List the devices that hold an entitlement",
    description: "All at once: a product has a few slots.",
    scope: "read_entitlements",
    params: byId,
    answer,
    problems: ["entitlement_not_found"],
    example: { params: { id: "1001" }, answer: example },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const held = await call.queries.entitlements.heldByCode(call.organizationId, found.code);
      return reply(writeBindings(held?.bindings ?? []), { isTagged: true });
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/bind",
    name: "bindEntitlement",
    resource,
    summary: "Bind an entitlement to a device of its holder",
    description:
      "In the slot that is named, or in the first free one. If the device holds it already, nothing changes.",
    scope: "manage_entitlements",
    params: byId,
    body: named(
      "Bind",
      object({
        device: deviceNameSchema,
        register: optional(truth({ description: "Whether an unknown device is added to the holder." })),
        slot: optional(slot),
      }),
    ),
    answer,
    verbs: ["bind"],
    example: { params: { id: "1001" }, body: { device: machine, register: true }, answer: example },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { device, register = false, slot: wanted } = call.body;
      const outcome = await call.execute({
        verb: "bind",
        productId: found.productId,
        code: found.code,
        device: call.nameDevice(device.kind, device.name),
        register,
        ...(wanted === undefined ? {} : { slot: wanted }),
      });
      return outcome.ok ? reply(writeBindings(outcome.value.bindings)) : outcome;
    },
  }),

  route({
    method: "POST",
    path: "/entitlements/{id}/unbind",
    name: "unbindEntitlement",
    resource,
    summary: "Take an entitlement from a device, or from all",
    scope: "manage_entitlements",
    params: byId,
    body: named("Unbind", object({ device: optional(deviceNameSchema) })),
    isBodyOptional: true,
    answer,
    verbs: ["unbind"],
    example: { params: { id: "1001" }, body: { device: machine }, answer: { bindings: [] } },
    async handle(call) {
      const found = await findById(call, call.params.id);
      if (found === undefined) return refused("entitlement_not_found");
      const { device } = call.body;
      const outcome = await call.execute({
        verb: "unbind",
        productId: found.productId,
        code: found.code,
        ...(device === undefined ? {} : { device: call.nameDevice(device.kind, device.name) }),
      });
      return outcome.ok ? reply(writeBindings(outcome.value.bindings)) : outcome;
    },
  }),
];
