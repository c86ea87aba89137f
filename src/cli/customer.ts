import { customerNameLengthMax } from "../core/customer.ts";
import type { KnownCustomer } from "../queries/customers.ts";
import type { CustomerAction } from "../queries/log.ts";
import { everyPage } from "../queries/pages.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil customer add NAME`: a customer who can log in; without a password, one who only holds what was sold. */
export function addCustomer(tools: Tools, text: string, { password }: { readonly password: boolean }): Promise<void> {
  const name = text.trim();
  if (name === "" || name.length > customerNameLengthMax) {
    throw new CommandError(`A customer has a name of 1 to ${customerNameLengthMax} characters.`);
  }
  return withServices(tools, async (services) => {
    const { administration, queries, organizationId } = services;
    const known = await queries.customers.byName(organizationId, name);
    if (known !== undefined) {
      throw new CommandError(`There is a customer ${known.name}. "counterfoil customer password" sets a new password.`);
    }
    const id = await administration.putCustomer(organizationId, { name, ownerId: null });
    if (password) await putPassword(tools, services, { id, name });
    else tools.print(`name      ${name}\nIt has no password: "counterfoil customer password" sets one.`);
  });
}

/** `counterfoil customer password NAME`: a new password, drawn and shown once; clients have to log in again. */
export function renewCustomerPassword(tools: Tools, name: string): Promise<void> {
  return withServices(tools, async (services) => putPassword(tools, services, await findCustomer(services, name)));
}

/** `counterfoil customer log NAME`: what was done with a customer's systems and with what the customer holds. */
export function showCustomerLog(tools: Tools, name: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id } = await findCustomer(services, name);
    for await (const page of everyPage(services.queries.log.ofCustomer, services.organizationId, id)) {
      for (const action of page) tools.print(lineOf(action));
    }
  });
}

/** The customer of this name; ends with a sentence when there is none. */
export async function findCustomer({ queries, organizationId }: CommandServices, name: string): Promise<KnownCustomer> {
  const customer = await queries.customers.byName(organizationId, name);
  if (customer !== undefined) return customer;
  throw new CommandError(`There is no customer ${name}. "counterfoil customer add" makes one.`);
}

async function putPassword(
  tools: Tools,
  { administration, organizationId }: CommandServices,
  { id, name }: Pick<KnownCustomer, "id" | "name">,
): Promise<void> {
  const { password, passwordHash } = await newPassword();
  await administration.setCustomerPassword(organizationId, id, passwordHash);
  tools.print(`name      ${name}\npassword  ${password}\nIt is not shown again.`);
}

function lineOf({ kind, code, deviceName, occurredAtMs, address }: CustomerAction): string {
  const words = [new Date(occurredAtMs).toISOString(), kind.replaceAll("_", " "), code, deviceName];
  return [...words, address === null ? null : `from ${address}`].filter((word) => word !== null).join("  ");
}
