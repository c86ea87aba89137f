import { findCustomer } from "../../../cli/customer.ts";
import { CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { Device } from "../../../core/device.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";

/** The customer whose systems a command is about. */
export interface SystemOptions {
  readonly customer: string;
}

/** `counterfoil system list`: a customer's systems by name, with their states. */
export function listSystems(tools: Tools, { customer }: SystemOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { id } = await findCustomer(services, customer);
    for (const system of await services.queries.devices.ofCustomer(services.organizationId, id, "system")) {
      tools.print(`${system.name}  ${stateOf(system)}  since ${new Date(system.registeredAtMs).toISOString()}`);
    }
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
    const { execute, queries, organizationId } = services;
    const holder = await findCustomer(services, customer);
    const device = systemNamed(name);
    const command = { verb: "change_device", customerId: holder.id, device, change } as const;
    const outcome = await execute(command);
    if (!outcome.ok) {
      const systems = await queries.devices.ofCustomer(organizationId, holder.id, "system");
      const names = systems.map((system) => system.name).join(", ");
      throw new CommandError(
        `${holder.name} has no system ${name}${names === "" ? ": there is none." : `. There are: ${names}.`}`,
      );
    }
    const [state, meaning] = meanings[change];
    tools.print(`${name} is ${state}${outcome.value.changed ? "" : " already"}. ${meaning}`);
  });
}

function stateOf({ disabledAtMs, fingerprint }: Device): string {
  if (disabledAtMs !== null) return "disabled";
  return fingerprint === null ? "released" : "in use";
}

const meanings = {
  release: ["released", "The next machine that registers under this name takes it, with the charts that it holds."],
  disable: ["disabled", "It takes no charts any more; those that it has stay installed."],
  enable: ["enabled", "It can be used."],
} as const;
