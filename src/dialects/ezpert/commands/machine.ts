import { type DeviceKind, findDevice } from "../../../cli/device.ts";
import { type ListingOptions, printOne } from "../../../cli/listing.ts";
import { accepted, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { Device } from "../../../core/device.ts";
import type { HeldEntitlement } from "../../../queries/entitlements.ts";
import { everyPage } from "../../../queries/pages.ts";
import { readMachine } from "./license.ts";

/** The client whose machine a command is about. */
export interface MachineOptions {
  readonly client: string;
}

/** The machines to which licences are attached. */
export const machines: DeviceKind = {
  kind: "machine",
  stateOf: ({ disabledAtMs }) => (disabledAtMs === null ? "enabled" : "disabled"),
};

/** `counterfoil machine show MAC`: a machine with the licences that are attached to it. */
export function showMachine(tools: Tools, mac: string, options: MachineOptions & ListingOptions): Promise<void> {
  const named = readMachine(mac);
  return withServices(tools, async (services) => {
    const { device, holder } = await findDevice(services, named, options.client);
    const held = await attachedTo(services, device, holder.name);
    printOne(tools, options, {
      name: device.name,
      customer: holder.name,
      state: machines.stateOf(device),
      holds: held.map(({ entitlement }) => entitlement.code).join(" "),
      since: new Date(device.registeredAtMs).toISOString(),
    });
  });
}

/** `counterfoil machine release MAC`: takes every licence from a machine, so that others can have the seats. */
export function releaseMachine(tools: Tools, mac: string, { client }: MachineOptions): Promise<void> {
  const named = readMachine(mac);
  return withServices(tools, async (services) => {
    const { device, holder } = await findDevice(services, named, client);
    const held = await attachedTo(services, device, holder.name);
    for (const { product, entitlement } of held) {
      const { code } = entitlement;
      const command = { verb: "unbind", productId: product.id, code, device: named } as const;
      // One that another command took away meanwhile is not attached either.
      const outcome = await services.execute(command);
      if (outcome.ok || outcome.refusal !== "not_bound") accepted(outcome);
    }
    const keys = held.map(({ entitlement }) => entitlement.code).join(", ");
    tools.print(`${device.name} is released${keys === "" ? ": no licence was attached to it" : ` from ${keys}`}.`);
  });
}

/** `counterfoil machine disable MAC` and `enable MAC`: whether licences can be attached to a machine. */
export function changeMachine(
  tools: Tools,
  mac: string,
  change: "disable" | "enable",
  { client }: MachineOptions,
): Promise<void> {
  const named = readMachine(mac);
  return withServices(tools, async (services) => {
    const { device, holder } = await findDevice(services, named, client);
    const command = { verb: "change_device", customerId: holder.id, device: named, change } as const;
    const { changed } = accepted(await services.execute(command));
    tools.print(`${device.name} is ${change}d${changed ? "" : " already"}.`);
  });
}

/** The licences that are attached to a machine of a client. */
async function attachedTo(
  { queries, organizationId }: CommandServices,
  { id }: Device,
  holder: string,
): Promise<readonly HeldEntitlement[]> {
  const found: HeldEntitlement[] = [];
  for await (const page of everyPage(queries.entitlements.heldBy, organizationId, { kind: "license", holder })) {
    found.push(...page.filter(({ bindings }) => bindings.some(({ device }) => device.id === id)));
  }
  return found;
}
