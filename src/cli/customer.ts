import type { Command } from "commander";
import { customerNameLengthMax } from "../core/customer.ts";
import type { KnownCustomer } from "../queries/customers.ts";
import type { CustomerLogEntry } from "../queries/log.ts";
import { everyPage } from "../queries/pages.ts";
import { newPassword, printPassword } from "./new-password.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The part of the command line about customers. */
export function defineCustomerCommands(program: Command, tools: Tools): void {
  const customer = program.command("customer").description("who buys, and logs in to fetch what was bought");
  customer
    .command("add")
    .argument("<name>", "an e-mail address, or any other name")
    .description("make a customer; the password is drawn and shown once")
    .option("--no-password", "one who does not log in")
    .addHelpText("after", example("customer add skipper@example.com"))
    .action((name: string, options: { password: boolean }) => addCustomer(tools, name, options));
  customer
    .command("password <name>")
    .description("draw a new password and show it once; clients that were logged in have to log in again")
    .addHelpText("after", example("customer password skipper@example.com"))
    .action((name: string) => renewCustomerPassword(tools, name));
  customer
    .command("log <name>")
    .description("show what was done with the systems of a customer and with what the customer has bought")
    .addHelpText("after", example("customer log skipper@example.com"))
    .action((name: string) => showCustomerLog(tools, name));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

/**
 * `counterfoil customer add NAME`: a new customer; without a password it cannot log in, and only holds entitlements.
 */
function addCustomer(tools: Tools, text: string, { password }: { readonly password: boolean }): Promise<void> {
  const name = text.trim();
  if (name === "" || name.length > customerNameLengthMax) {
    throw new CommandError(`A customer has a name of 1 to ${customerNameLengthMax} characters.`);
  }
  return withServices(tools, async (services) => {
    const drawn = password ? await newPassword() : undefined;
    const hash = drawn === undefined ? {} : { passwordHash: drawn.passwordHash };
    const { ok } = await services.execute({ verb: "create_customer", name, ownerId: null, ...hash });
    if (!ok) {
      const known = await findCustomer(services, name);
      throw new CommandError(`There is a customer ${known.name}. "counterfoil customer password" sets a new password.`);
    }
    if (drawn !== undefined) printPassword(tools, { name }, drawn.password);
    else tools.print(`name      ${name}\nIt has no password: "counterfoil customer password" sets one.`);
  });
}

/** `counterfoil customer password NAME`: a new password, drawn and shown once; clients have to log in again. */
function renewCustomerPassword(tools: Tools, name: string): Promise<void> {
  return withServices(tools, async (services) => {
    const customer = await findCustomer(services, name);
    const { password, passwordHash } = await newPassword();
    await services.execute({ verb: "change_customer_password", name: customer.name, passwordHash });
    printPassword(tools, { name: customer.name }, password);
  });
}

/** `counterfoil customer log NAME`: the log entries about a customer's systems and entitlements. */
function showCustomerLog(tools: Tools, name: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id } = await findCustomer(services, name);
    for await (const page of everyPage(services.queries.log.ofCustomer, services.organizationId, id)) {
      for (const entry of page) tools.print(lineOf(entry));
    }
  });
}

/** The customer of this name; ends with a sentence when there is none. */
export async function findCustomer({ queries, organizationId }: CommandServices, name: string): Promise<KnownCustomer> {
  const customer = await queries.customers.byName(organizationId, name);
  if (customer !== undefined) return customer;
  throw new CommandError(`There is no customer ${name}. "counterfoil customer add" makes one.`);
}

function lineOf({ kind, code, deviceName, occurredAtMs, address }: CustomerLogEntry): string {
  const words = [new Date(occurredAtMs).toISOString(), kind.replaceAll("_", " "), code, deviceName];
  return [...words, address === null ? null : `from ${address}`].filter((word) => word !== null).join("  ");
}
