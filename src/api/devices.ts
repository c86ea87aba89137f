import type { CommandOf } from "../core/command.ts";
import type { Device } from "../core/device.ts";
import type { FoundDevice } from "../queries/devices.ts";
import type { Cursor } from "../queries/pages.ts";
import { findCustomer } from "./customers.ts";
import { deviceExample, deviceNameSchema, deviceSchema, deviceTerms, kind, writeDevice } from "./device.ts";
import { type Asked, type Call, listRoute, refused, reply, route } from "./route.ts";
import { named, nullable, object, optional, text, type ValueOfSchema } from "./schema.ts";
import { seesAll } from "./sight.ts";
import { id, metadata, writeMetadata } from "./values.ts";

const resource = "devices";
const fingerprintLengthMax = 200;

const keptSchema = named("DeviceWithMetadata", object({ ...deviceTerms, metadata: nullable(metadata) }));
const params = { id: id("the device") };
const keptExample: ValueOfSchema<typeof keptSchema> = { ...deviceExample, metadata: null };

function writeKept({ device, metadata: kept }: FoundDevice): ValueOfSchema<typeof keptSchema> {
  return { ...writeDevice(device), metadata: writeMetadata(kept) };
}

/** The device with this id, if the caller sees it. */
async function findDevice({ principal, queries, organizationId }: Asked, written: string) {
  const found = await queries.devices.findById(organizationId, Number(written));
  return found?.ownerId === principal.ownerScope && seesAll(principal) ? found : undefined;
}

type Changing = Call<{ readonly id: string }, unknown, unknown>;

/** Changes the device that the path names. One of nobody in particular, or without a name of its own, is not changed. */
async function change(call: Changing, wanted: CommandOf<"change_device">["change"]) {
  const found = await findDevice(call, call.params.id);
  const customerId = found?.device.customerId ?? null;
  if (found === undefined || customerId === null) return refused("device_not_found");
  const outcome = await call.execute({ verb: "change_device", customerId, device: found.device, change: wanted });
  if (!outcome.ok) return outcome;
  const kept = typeof wanted === "string" ? found.metadata : wanted.metadata;
  return reply(writeKept({ ...found, device: outcome.value.device, metadata: kept }), { isTagged: true });
}

/** A change without a body. */
function act(
  wanted: "release" | "disable" | "enable",
  { name, summary, description }: { readonly name: string; readonly summary: string; readonly description: string },
) {
  return route({
    method: "POST",
    path: `/devices/{id}/${wanted}`,
    name,
    resource,
    summary,
    description,
    scope: "manage_entitlements",
    params,
    answer: { status: 200, schema: keptSchema },
    verbs: ["change_device"],
    example: { params: { id: "15" }, answer: keptExample },
    handle: (call) => change(call, wanted),
  });
}

export const deviceRoutes = [
  listRoute({
    path: "/devices",
    name: "listDevices",
    resource,
    summary: "List devices",
    description: "Ascending by id. A token with limits sees none.",
    scope: "read_customers",
    query: { kind: optional(kind) },
    pages: "number",
    answer: { status: 200, schema: deviceSchema },
    example: { query: { kind: "machine" }, answer: deviceExample },
    async handle({ query, page, principal, queries, organizationId }) {
      if (!seesAll(principal)) return refused("not_permitted");
      const { limit, after } = page;
      const { rows, next } = await queries.devices.list(
        organizationId,
        { ownerId: principal.ownerScope, ...query },
        { limit, ...(after === undefined ? {} : { after: after as Cursor<Device> }) },
      );
      return reply(rows.map(writeDevice), { next });
    },
  }),

  listRoute({
    path: "/customers/{id}/devices",
    name: "listCustomerDevices",
    resource,
    summary: "List the devices of a customer",
    description: "Ascending by id.",
    scope: "read_customers",
    params: { id: id("the customer") },
    query: { kind: optional(kind) },
    pages: "number",
    answer: { status: 200, schema: deviceSchema },
    problems: ["customer_not_found"],
    example: { params: { id: "7" }, answer: deviceExample },
    async handle(call) {
      const customer = await findCustomer(call, call.params.id);
      if (customer === undefined) return refused("customer_not_found");
      const { query, page, principal, queries, organizationId } = call;
      const { limit, after } = page;
      const { rows, next } = await queries.devices.list(
        organizationId,
        { ownerId: principal.ownerScope, customerId: customer.id, ...query },
        { limit, ...(after === undefined ? {} : { after: after as Cursor<Device> }) },
      );
      return reply(rows.map(writeDevice), { next });
    },
  }),

  route({
    method: "POST",
    path: "/customers/{id}/devices",
    name: "registerDevice",
    resource,
    summary: "Register a machine of a customer",
    description:
      "The machine that the fingerprint names gets the name. Registering it again changes nothing. `bind` adds devices without a fingerprint.",
    scope: "use_entitlements",
    params: { id: id("the customer") },
    body: named(
      "NewDevice",
      object({
        device: deviceNameSchema,
        fingerprint: text(
          { minLength: 1, maxLength: fingerprintLengthMax },
          { description: "A text that only this machine has. A keyed hash of it is kept." },
        ),
      }),
    ),
    answer: { status: 201, schema: deviceSchema },
    verbs: ["register_device"],
    problems: ["customer_not_found"],
    example: {
      params: { id: "7" },
      body: { device: { kind: "machine", name: "08-00-27-AA-BB-CC" }, fingerprint: "5f1d9c0e" },
      answer: { ...deviceExample, hasMachine: true },
    },
    async handle(call) {
      const customer = await findCustomer(call, call.params.id);
      if (customer === undefined) return refused("customer_not_found");
      const { device, fingerprint } = call.body;
      const outcome = await call.execute({
        verb: "register_device",
        customerId: customer.id,
        device: call.nameDevice(device.kind, device.name),
        fingerprint,
      });
      if (!outcome.ok) return outcome;
      const made = outcome.value.device;
      return reply(writeDevice(made), { location: `/devices/${made.id}` });
    },
  }),

  route({
    method: "GET",
    path: "/devices/{id}",
    name: "getDevice",
    resource,
    summary: "Get a device",
    scope: "read_customers",
    params,
    answer: { status: 200, schema: keptSchema },
    problems: ["device_not_found"],
    example: { params: { id: "15" }, answer: keptExample },
    async handle(call) {
      const found = await findDevice(call, call.params.id);
      return found === undefined ? refused("device_not_found") : reply(writeKept(found), { isTagged: true });
    },
  }),

  route({
    method: "PATCH",
    path: "/devices/{id}",
    name: "changeDevice",
    resource,
    summary: "Change what you keep of a device",
    scope: "manage_entitlements",
    params,
    body: named("DeviceChange", object({ metadata: nullable(metadata) })),
    answer: { status: 200, schema: keptSchema },
    verbs: ["change_device"],
    example: {
      params: { id: "15" },
      body: { metadata: { room: "12" } },
      answer: { ...keptExample, metadata: { room: "12" } },
    },
    handle: (call) => change(call, { metadata: call.body.metadata }),
  }),

  act("release", {
    name: "releaseDevice",
    summary: "Release a device from its machine",
    description: "It keeps its name and what it holds, and becomes the next machine that registers under the name.",
  }),
  act("disable", {
    name: "disableDevice",
    summary: "Disable a device",
    description: "It can get nothing more. Disabling it again changes nothing.",
  }),
  act("enable", {
    name: "enableDevice",
    summary: "Enable a device again",
    description: "If it is not disabled, nothing changes.",
  }),
];
