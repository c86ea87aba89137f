import { findCustomer } from "../../../cli/customer.ts";
import { type ListingOptions, printList } from "../../../cli/listing.ts";
import { readGivenNumber, readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";

/** `counterfoil device-group list`: the groups of a customer's phones, with how many are in each. */
export function listDeviceGroups(tools: Tools, options: ListingOptions & { readonly customer: string }): Promise<void> {
  return withServices(tools, async (services) => {
    const { id, name } = await findCustomer(services, options.customer);
    const groups = await services.queries.phones.groupsOf(services.organizationId, id);
    const rows = groups.map((group) => ({
      ...{ number: group.id, name: group.name, primary: group.isPrimary, phones: group.phones },
    }));
    await printList(tools, options, [rows], `${name} has no device groups. The first phone makes the primary one.`);
  });
}

/** `counterfoil device-group add NAME`: the first group of a customer is its primary one. */
export function addDeviceGroup(
  tools: Tools,
  name: string,
  options: { readonly customer: string; readonly id?: string },
): Promise<void> {
  const given = readGivenNumber(options.id);
  return withServices(tools, async (services) => {
    const customer = await findCustomer(services, options.customer);
    const outcome = await services.execute({ verb: "add_device_group", customerId: customer.id, name, ...given });
    const { group } = accepted(outcome, { ...sentences, number_taken: `Another group has the number ${options.id}.` });
    tools.print(`device group ${group.id} of ${customer.name}${group.isPrimary ? ", the primary one" : ""}`);
  });
}

/** `counterfoil device-group change NUMBER`: another name, or the primary group from now on. */
export function changeDeviceGroup(
  tools: Tools,
  text: string,
  { name, primary: isPrimary = false }: { readonly name?: string; readonly primary?: boolean },
): Promise<void> {
  if (name === undefined && !isPrimary) throw new CommandError("Nothing is to be changed: give --name or --primary.");
  const groupId = readWhole("The number", text);
  return withServices(tools, async (services) => {
    const changes = name === undefined ? { isPrimary } : { name, isPrimary };
    const outcome = await services.execute({ verb: "change_device_group", groupId, ...changes });
    const { group } = accepted(outcome, { ...sentences, device_group_not_found: noGroup(text) });
    tools.print(`device group ${group.id}  ${group.name}${group.isPrimary ? "  the primary one" : ""}`);
  });
}

/** `counterfoil device-group remove NUMBER`: a group without phones. */
export function removeDeviceGroup(tools: Tools, text: string): Promise<void> {
  const groupId = readWhole("The number", text);
  return withServices(tools, async (services) => {
    accepted(await services.execute({ verb: "remove_device_group", groupId }), {
      device_group_not_found: noGroup(text),
      device_group_primary:
        'This is the primary group, which goes last. "counterfoil device-group change --primary" makes another one primary.',
      device_group_in_use: 'There are phones in this group. "counterfoil phone change --group" moves them.',
    });
    tools.print(`Device group ${groupId} is removed.`);
  });
}

function noGroup(number: string): string {
  return `There is no device group ${number}. "counterfoil device-group list" shows the groups of a customer.`;
}

const sentences = { name_invalid: "A device group has a name of 1 to 255 characters in one line." };
