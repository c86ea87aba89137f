import { findCustomer } from "../../../cli/customer.ts";
import { type Listed, type ListingOptions, printList, printOne } from "../../../cli/listing.ts";
import { newPassword } from "../../../cli/new-password.ts";
import { readGivenNumber, readWhole } from "../../../cli/read-option.ts";
import { readValue } from "../../../cli/secret-input.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { CommandOf } from "../../../core/command.ts";
import type { PhoneDevice } from "../../../core/phone-device.ts";
import { everyPage } from "../../../queries/pages.ts";

/** The options of `counterfoil phone list`. */
export interface PhoneListOptions extends ListingOptions {
  readonly customer: string;
}

/** `counterfoil phone list`: the phones of a customer, hidden ones too. */
export function listPhones(tools: Tools, options: PhoneListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { id, name } = await findCustomer(services, options.customer);
    const pages = everyPage(queries.phones.list, organizationId, { customerId: id, visibleOnly: false });
    await printList(tools, options, rowsOf(pages), `${name} has no phones.`);
  });
}

async function* rowsOf(pages: AsyncIterable<readonly PhoneDevice[]>): AsyncGenerator<readonly Listed[]> {
  for await (const page of pages) {
    yield page.map(({ id, type, groupId, isPrimary, username, host, port, isHidden }) => ({
      ...{ number: id, type, group: groupId, primary: isPrimary, username, host, port, hidden: isHidden },
    }));
  }
}

/** `counterfoil phone show NUMBER`: a phone; its password with `--secret` alone. */
export function showPhone(
  tools: Tools,
  text: string,
  { secret: isShown = false, ...options }: ListingOptions & { readonly secret?: boolean },
): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const phone = await findPhone(services, text);
    const { id, customerId, groupId, isPrimary, isHidden, secret, ...account } = phone;
    const customer = await queries.customers.byId(organizationId, customerId);
    const facts = { number: id, customer: customer?.name ?? "", group: groupId, primary: isPrimary, hidden: isHidden };
    printOne(tools, options, { ...facts, ...account, secret: isShown ? secret : secret !== "" });
  });
}

/** What a new phone is given, and what of a phone is changed. */
export interface PhoneOptions {
  readonly type?: string;
  readonly group?: string;
  readonly username?: string;
  readonly host?: string;
  readonly port?: string;
  readonly callerId?: string;
  readonly description?: string;
  readonly secretFromFile?: string;
  readonly drawSecret?: boolean;
  readonly primary?: boolean;
}

/** `counterfoil phone add`: a phone of a customer; its group is the customer's primary one, unless it is named. */
export async function addPhone(
  tools: Tools,
  options: PhoneOptions & {
    readonly customer: string;
    readonly type: string;
    readonly id?: string;
    readonly hidden?: boolean;
  },
): Promise<void> {
  const given = readGivenNumber(options.id);
  const { secret, ...account } = await readAccount(tools, options);
  return withServices(tools, async (services) => {
    const { id: customerId, name } = await findCustomer(services, options.customer);
    const outcome = await services.execute({
      verb: "add_phone",
      customerId,
      ...given,
      ...{ username: "", host: "", port: null, ...account },
      type: options.type,
      secret: secret ?? "",
      isPrimary: options.primary ?? false,
      isHidden: options.hidden ?? false,
    });
    const { phoneId, groupId } = accepted(outcome, {
      ...sentences,
      device_group_not_found: noGroup(name, options.group),
      number_taken: `Another device has the number ${options.id}.`,
    });
    tools.print(`phone ${phoneId} of ${name}, in the group ${groupId}`);
    printDrawn(tools, options, secret);
  });
}

/** `counterfoil phone change NUMBER`: what is not named stays. */
export async function changePhone(
  tools: Tools,
  text: string,
  options: PhoneOptions & { readonly hide?: boolean; readonly show?: boolean },
): Promise<void> {
  if (options.hide && options.show) throw new CommandError("Give --hide or --show, and not both.");
  const changes: CommandOf<"change_phone">["changes"] = {
    ...(await readAccount(tools, options)),
    ...(options.hide || options.show ? { isHidden: options.hide ?? false } : {}),
  };
  const { primary: isPrimary = false } = options;
  if (Object.keys(changes).length === 0 && !isPrimary) {
    throw new CommandError('Nothing is to be changed: "counterfoil phone change --help" lists what can be.');
  }
  return withServices(tools, async (services) => {
    const { id: phoneId } = await findPhone(services, text);
    accepted(await services.execute({ verb: "change_phone", phoneId, changes, isPrimary }), {
      ...sentences,
      device_group_not_found: noGroup("The customer of this phone", options.group),
    });
    tools.print(`Phone ${phoneId} is changed.`);
    printDrawn(tools, options, changes.secret);
  });
}

/** `counterfoil phone remove NUMBER`: for good; `phone change --hide` keeps it. */
export function removePhone(tools: Tools, text: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id: phoneId } = await findPhone(services, text);
    accepted(await services.execute({ verb: "remove_phone", phoneId }));
    tools.print(`Phone ${phoneId} is removed.`);
  });
}

async function findPhone({ queries, organizationId }: CommandServices, text: string): Promise<PhoneDevice> {
  const phone = await queries.phones.byId(organizationId, readWhole("The number", text));
  if (phone !== undefined) return phone;
  throw new CommandError(`There is no phone ${text}. "counterfoil phone list" shows the phones of a customer.`);
}

/** The members of an account that the options name. */
async function readAccount(
  tools: Tools,
  { group, port, drawSecret = false, secretFromFile, ...options }: PhoneOptions,
): Promise<Partial<Omit<PhoneDevice, "groupId">> & { readonly groupId?: number }> {
  if (drawSecret && secretFromFile !== undefined) {
    throw new CommandError("Give --secret-from-file or --draw-secret, and not both.");
  }
  const { type, username, host, callerId, description } = options;
  const texts = Object.entries({ type, username, host, callerId, description });
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    ...(group === undefined ? {} : { groupId: readWhole("--group", group) }),
    ...(port === undefined ? {} : { port: port === "none" ? null : readWhole("--port", port) }),
    ...(drawSecret ? { secret: (await newPassword()).password } : {}),
    ...(secretFromFile === undefined ? {} : { secret: await readSecret(tools, secretFromFile) }),
  };
}

function readSecret(tools: Tools, path: string): Promise<string> {
  return readValue(tools, {
    given: path === "-" ? path : undefined,
    fromFile: path === "-" ? undefined : path,
    question: "password of the phone",
  });
}

/** Shows a drawn password this once. */
function printDrawn(tools: Tools, { drawSecret = false }: PhoneOptions, secret: string | undefined): void {
  if (drawSecret && secret !== undefined) tools.print(`secret ${secret}`);
}

function noGroup(name: string, group: string | undefined): string {
  return `${name} has no device group ${group}. "counterfoil device-group list" shows the groups of a customer.`;
}

const sentences = {
  phone_invalid:
    "A phone has a type of 1 to 32 characters, texts of 255 at most in one line, and a port from 0 to 65535.",
};
