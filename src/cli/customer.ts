import type { Command } from "commander";
import { type Customer, customerNameLengthMax } from "../core/customer.ts";
import type { ListedCustomer } from "../queries/customers.ts";
import type { CustomerLogEntry } from "../queries/log.ts";
import { everyPage } from "../queries/pages.ts";
import { jsonOption, type Listed, type ListingOptions, printList, printOne } from "./listing.ts";
import { newPassword, printPassword } from "./new-password.ts";
import { findReseller } from "./operator.ts";
import { readGivenNumber } from "./read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

const customerArgument = ["<customer>", "its name or its number"] as const;

/** The part of the command line about customers. */
export function defineCustomerCommands(program: Command, tools: Tools): void {
  const customer = program.command("customer").description("who buys, and logs in to fetch what was bought");
  customer
    .command("list")
    .description("list the customers by their numbers")
    .option("--reseller <login>", "only those of this reseller")
    .option("--house", "only those of no reseller")
    .option(...jsonOption)
    .addHelpText("after", example("customer list --reseller alpha"))
    .action((options: ListOptions) => listCustomers(tools, undefined, options));
  customer
    .command("find")
    .argument("<text>", "a part of the name, or of the name by which it is addressed")
    .description("find customers, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("customer find example.com"))
    .action((text: string, options: ListOptions) => listCustomers(tools, text, options));
  customer
    .command("show")
    .argument(...customerArgument)
    .description("show a customer")
    .option(...jsonOption)
    .addHelpText("after", example("customer show skipper@example.com"))
    .action((name: string, options: ListingOptions) => showCustomer(tools, name, options));
  customer
    .command("add")
    .argument("<name>", "an e-mail address, or any other name")
    .description("make a customer; the password is drawn and shown once")
    .option("--no-password", "one who does not log in")
    .option("--id <number>", "the number that it had on another server; without, the next free one")
    .option("--called <name>", "how it is addressed", "")
    .option("--reseller <login>", "the reseller whose customer it is; without, it belongs to the house")
    .addHelpText("after", example("customer add skipper@example.com --id 100"))
    .action((name: string, options: AddOptions) => addCustomer(tools, name, options));
  customer
    .command("change")
    .argument(...customerArgument)
    .description("change a customer; its number, and all that it has, stay")
    .option("--name <name>", "another e-mail address or name")
    .option("--called <name>", "how it is addressed")
    .option("--reseller <login>", "the reseller whose customer it is from now on")
    .option("--house", "it belongs to no reseller from now on")
    .addHelpText("after", example("customer change skipper@example.com --name captain@example.com"))
    .action((name: string, options: ChangeOptions) => changeCustomer(tools, name, options));
  customer
    .command("password")
    .argument(...customerArgument)
    .description("draw a new password and show it once; clients that were logged in have to log in again")
    .addHelpText("after", example("customer password skipper@example.com"))
    .action((name: string) => renewCustomerPassword(tools, name));
  customer
    .command("log")
    .argument(...customerArgument)
    .description("show what was done with the systems of a customer and with what the customer has bought")
    .addHelpText("after", example("customer log skipper@example.com"))
    .action((name: string) => showCustomerLog(tools, name));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

interface OwnerOptions {
  readonly reseller?: string;
  readonly house?: boolean;
}

/** The owner that the options name: the number of a reseller, `null` for the house, `undefined` for neither. */
async function readOwner(
  services: CommandServices,
  { reseller, house = false }: OwnerOptions,
): Promise<number | null | undefined> {
  if (house && reseller !== undefined) throw new CommandError("Give --reseller or --house, and not both.");
  if (house) return null;
  return reseller === undefined ? undefined : (await findReseller(services, reseller)).id;
}

interface ListOptions extends ListingOptions, OwnerOptions {}

/** `counterfoil customer list` and `customer find TEXT` */
function listCustomers(tools: Tools, text: string | undefined, options: ListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const ownerId = await readOwner(services, options);
    const filter = { ...(text === undefined ? {} : { text }), ...(ownerId === undefined ? {} : { ownerId }) };
    const logins = await loginsOf(services);
    const pages = everyPage(queries.customers.list, organizationId, filter);
    const none = text === undefined ? "There are no customers." : `No customer has "${text}" in its name.`;
    await printList(tools, options, rowsOf(pages, logins), none);
  });
}

async function* rowsOf(
  pages: AsyncIterable<readonly ListedCustomer[]>,
  logins: ReadonlyMap<number, string>,
): AsyncGenerator<readonly Listed[]> {
  for await (const page of pages) {
    yield page.map(({ hasPassword, createdAtMs, ...customer }) => ({
      ...factsOf(customer, logins),
      logsIn: hasPassword,
      since: new Date(createdAtMs).toISOString(),
    }));
  }
}

function factsOf({ id, name, displayName, ownerId }: Customer, logins: ReadonlyMap<number, string>) {
  return {
    number: id,
    name,
    called: displayName,
    reseller: ownerId === null ? null : (logins.get(ownerId) ?? ownerId),
  };
}

/** The logins of operators by their numbers. */
async function loginsOf({ queries, organizationId }: CommandServices): Promise<ReadonlyMap<number, string>> {
  return new Map((await queries.operators.all(organizationId)).map(({ id, login }) => [id, login]));
}

/** `counterfoil customer show CUSTOMER` */
function showCustomer(tools: Tools, text: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const customer = await findCustomer(services, text);
    const known = await queries.customers.byName(organizationId, customer.name);
    const logsIn = known !== undefined && known.passwordHash !== null;
    printOne(tools, options, { ...factsOf(customer, await loginsOf(services)), logsIn });
  });
}

interface AddOptions {
  readonly password: boolean;
  readonly id?: string;
  readonly called: string;
  readonly reseller?: string;
}

/**
 * `counterfoil customer add NAME`: a new customer; without a password it cannot log in, and only holds entitlements.
 */
function addCustomer(tools: Tools, text: string, { password, called, ...options }: AddOptions): Promise<void> {
  const name = text.trim();
  if (name === "" || name.length > customerNameLengthMax) throw new CommandError(nameSentence);
  const given = readGivenNumber(options.id);
  return withServices(tools, async (services) => {
    const ownerId = (await readOwner(services, options)) ?? null;
    const drawn = password ? await newPassword() : undefined;
    const hash = drawn === undefined ? {} : { passwordHash: drawn.passwordHash };
    const outcome = await services.execute({
      verb: "create_customer",
      name,
      displayName: called,
      ownerId,
      ...given,
      ...hash,
    });
    if (!outcome.ok && outcome.refusal === "customer_exists") {
      const known = await services.queries.customers.byName(services.organizationId, name);
      throw new CommandError(
        `There is a customer ${known?.name ?? name}. "counterfoil customer password" sets a new password.`,
      );
    }
    const { customer } = accepted(outcome, {
      name_invalid: nameSentence,
      number_taken: `Another customer has the number ${options.id}. "counterfoil customer show ${options.id}" shows which.`,
    });
    const facts = { name, number: String(customer.id) };
    if (drawn !== undefined) printPassword(tools, facts, drawn.password);
    else {
      for (const [fact, value] of Object.entries(facts)) tools.print(`${fact.padEnd(8)}  ${value}`);
      tools.print('It has no password: "counterfoil customer password" sets one.');
    }
  });
}

interface ChangeOptions extends OwnerOptions {
  readonly name?: string;
  readonly called?: string;
}

/** `counterfoil customer change CUSTOMER`: another name, form of address or reseller. */
function changeCustomer(tools: Tools, text: string, { name, called, ...options }: ChangeOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const ownerId = await readOwner(services, options);
    const changes = {
      ...(name === undefined ? {} : { newName: name }),
      ...(called === undefined ? {} : { displayName: called }),
      ...(ownerId === undefined ? {} : { ownerId }),
    };
    if (Object.keys(changes).length === 0) {
      throw new CommandError("Nothing is to be changed: give --name, --called, --reseller or --house.");
    }
    const before = await findCustomer(services, text);
    const outcome = await services.execute({ verb: "change_customer", name: before.name, ...changes });
    const { customer } = accepted(outcome, {
      name_invalid: nameSentence,
      customer_exists: `There is another customer ${name}.`,
    });
    printOne(tools, {}, factsOf(customer, await loginsOf(services)));
  });
}

/** `counterfoil customer password CUSTOMER`: a new password, drawn and shown once; clients have to log in again. */
function renewCustomerPassword(tools: Tools, text: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { name } = await findCustomer(services, text);
    const { password, passwordHash } = await newPassword();
    accepted(await services.execute({ verb: "change_customer_password", name, passwordHash }));
    printPassword(tools, { name }, password);
  });
}

/** `counterfoil customer log CUSTOMER`: the log entries about a customer's systems and entitlements. */
function showCustomerLog(tools: Tools, text: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id } = await findCustomer(services, text);
    for await (const page of everyPage(services.queries.log.ofCustomer, services.organizationId, id)) {
      for (const entry of page) tools.print(lineOf(entry));
    }
  });
}

/**
 * The customer with this name or this number. Ends with a sentence when there is none, or when one has the text as its
 * name and another one as its number.
 */
export async function findCustomer({ queries, organizationId }: CommandServices, text: string): Promise<Customer> {
  const named = await queries.customers.byName(organizationId, text);
  const numbered = /^[1-9]\d{0,14}$/.test(text)
    ? await queries.customers.byId(organizationId, Number(text))
    : undefined;
  if (named !== undefined && numbered !== undefined && named.id !== numbered.id) {
    throw new CommandError(
      `${text} is the name of the customer ${named.id}, and the number of ${numbered.name}. Give the other name or number.`,
    );
  }
  const found = named ?? numbered;
  if (found !== undefined) return found;
  throw new CommandError(`There is no customer ${text}. "counterfoil customer add" makes one.`);
}

const nameSentence = `A customer has a name of 1 to ${customerNameLengthMax} characters.`;

function lineOf({ kind, code, deviceName, occurredAtMs, address }: CustomerLogEntry): string {
  const words = [new Date(occurredAtMs).toISOString(), kind.replaceAll("_", " "), code, deviceName];
  return [...words, address === null ? null : `from ${address}`].filter((word) => word !== null).join("  ");
}
