import { type DeviceKind, findDevice } from "../../../cli/device.ts";
import { type ListingOptions, printOne } from "../../../cli/listing.ts";
import { accepted, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";

/** The customer whose system a command is about. */
export interface SystemOptions {
  readonly customer: string;
}

/** The machines on which customers install charts. */
export const systems: DeviceKind = {
  kind: "system",
  stateOf({ disabledAtMs, fingerprint }) {
    if (disabledAtMs !== null) return "disabled";
    return fingerprint === null ? "released" : "in use";
  },
};

/** `counterfoil system show NAME`: a system with the units that it holds. */
export function showSystem(tools: Tools, name: string, options: SystemOptions & ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { device, holder } = await findDevice(services, systemNamed(name), options.customer);
    const contents = await queries.content.heldBy(organizationId, holder.id, "chart");
    const held = contents.filter(({ bindings }) => bindings.some((one) => one.device.id === device.id));
    printOne(tools, options, {
      name: device.name,
      customer: holder.name,
      state: systems.stateOf(device),
      holds: held.map(({ entitlement }) => entitlement.code).join(" "),
      since: new Date(device.registeredAtMs).toISOString(),
    });
  });
}

/**
 * `counterfoil system release NAME`, `disable NAME` and `enable NAME`: frees a system from its machine, disables
 * it, or enables it again. A system in that state already stays as it is.
 */
export function changeSystem(
  tools: Tools,
  name: string,
  change: keyof typeof meanings,
  { customer }: SystemOptions,
): Promise<void> {
  return withServices(tools, async (services) => {
    const device = systemNamed(name);
    const { holder } = await findDevice(services, device, customer);
    const command = { verb: "change_device", customerId: holder.id, device, change } as const;
    const { changed } = accepted(await services.execute(command));
    const [state, meaning] = meanings[change];
    tools.print(`${name} is ${state}${changed ? "" : " already"}. ${meaning}`);
  });
}

const meanings = {
  release: ["released", "The next machine that registers under this name takes it, with the charts that it holds."],
  disable: ["disabled", "It takes no charts any more; those that it has stay installed."],
  enable: ["enabled", "It can be used."],
} as const;
