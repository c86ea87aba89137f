import type { Device, DeviceName } from "../core/device.ts";
import { everyPage } from "../queries/pages.ts";
import { findCustomer } from "./customer.ts";
import { type Listed, type ListingOptions, printList } from "./listing.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** A kind of devices, as the commands of a protocol tell about it. */
export interface DeviceKind {
  readonly kind: string;
  stateOf(device: Device): string;
}

/** The devices that a list shows: of one customer, or with a text in their name or their customer's. */
export interface DeviceListOptions extends ListingOptions {
  readonly customer?: string;
  readonly text?: string;
}

/** Lists devices of a kind, of all customers or of one, in the order in which they were registered. */
export function listDevices(tools: Tools, of: DeviceKind, options: DeviceListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { customer, text } = options;
    const filter = {
      kind: of.kind,
      ...(text === undefined ? {} : { text }),
      ...(customer === undefined ? {} : { customerId: (await findCustomer(services, customer)).id }),
    };
    const none =
      text === undefined ? `There are no ${of.kind}s.` : `No ${of.kind} or customer has "${text}" in its name.`;
    await printList(tools, options, rowsOf(services, of, filter), none);
  });
}

async function* rowsOf(
  { queries, organizationId }: CommandServices,
  of: DeviceKind,
  filter: { readonly kind: string; readonly customerId?: number; readonly text?: string },
): AsyncGenerator<readonly Listed[]> {
  for await (const page of everyPage(queries.devices.ofKind, organizationId, filter)) {
    yield page.map((device) => ({
      name: device.name,
      customer: device.customerName,
      state: of.stateOf(device),
      holds: device.holds,
      since: new Date(device.registeredAtMs).toISOString(),
    }));
  }
}

/** A customer's device; ends with a sentence that tells the others when there is none of this name. */
export async function findDevice(
  services: CommandServices,
  { kind, name, identity }: DeviceName,
  customer: string,
): Promise<{ readonly device: Device; readonly holder: { readonly id: number; readonly name: string } }> {
  const holder = await findCustomer(services, customer);
  const all = await services.queries.devices.ofCustomer(services.organizationId, holder.id, kind);
  const device = all.find((one) => one.identity !== null && one.identity === identity);
  if (device !== undefined) return { device, holder };
  const names = all.map((one) => one.name).join(", ");
  throw new CommandError(
    `${holder.name} has no ${kind} ${name}${names === "" ? ": there is none." : `. There are: ${names}.`}`,
  );
}
