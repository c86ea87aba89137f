import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import {
  type Admission,
  admissionText,
  type Gate,
  type GateRight,
  type GateTerms,
  gateKeyLengthMin,
  gateRights,
} from "../core/gate.ts";
import { jsonOption, type ListingOptions, printList, printOne } from "./listing.ts";
import { shown } from "./moment.ts";
import { itemsOf, none, readWhole } from "./read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The options of `counterfoil gate add` and `counterfoil gate change`. */
interface GateOptions {
  readonly name?: string;
  readonly product?: readonly string[];
  readonly right?: readonly string[];
  readonly key?: readonly string[];
  readonly newKey?: boolean;
}

/** The part of the command line about gates. */
export function defineGateCommands(program: Command, tools: Tools): void {
  const gate = program.command("gate").description("where people are let in: what a place may admit to, and its keys");
  const product = [
    "--product <product...>",
    "what it admits to: 2, or 2:adult,child for some categories alone",
  ] as const;
  const right = ["--right <right...>", `what it may do besides redeeming: ${gateRights.join(", ")}`] as const;
  gate
    .command("list")
    .description("list all gates, retired ones too")
    .option(...jsonOption)
    .action((options: ListingOptions) => listGates(tools, options));
  gate
    .command("show <name>")
    .description("show a gate with its access keys")
    .option(...jsonOption)
    .action((name: string, options: ListingOptions) => showGate(tools, name, options));
  gate
    .command("add <name>")
    .description("make a gate, with an access key that is drawn")
    .option(...product)
    .option(...right)
    .option("--key <key...>", "access keys that scanners have already, instead of a drawn one")
    .addHelpText("after", example("gate add 'North entrance' --product 2:adult,child --right undo"))
    .action((name: string, options: GateOptions) => addGate(tools, name, options));
  gate
    .command("change <name>")
    .description("change a gate; running servers follow within seconds")
    .option("--name <name>", "its name from now on")
    .option(product[0], `${product[1]}; ${none} for nothing`)
    .option(right[0], `${right[1]}; ${none} for nothing`)
    .option("--key <key...>", `its access keys from now on; ${none} for no key`)
    .option("--new-key", "draw an access key in place of those that it has")
    .addHelpText("after", example("gate change 'North entrance' --product 2 3 --new-key"))
    .action((name: string, options: GateOptions) => changeGate(tools, name, options));
  gate
    .command("retire <name>")
    .description("end a gate: its keys open nothing within seconds, and the log still names it")
    .action((name: string) => retireGate(tools, name));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

/** `counterfoil gate list` */
function listGates(tools: Tools, options: ListingOptions): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    const rows = (await queries.gates.all(organizationId)).map(
      ({ id, name, admits, rights, accessKeys, retiredAtMs }) => ({
        number: id,
        name,
        products: listed(admits.map(admissionText)),
        rights: listed(rights),
        keys: accessKeys.length,
        retired: shown("UTC", retiredAtMs),
      }),
    );
    await printList(tools, options, [rows], "There are no gates.");
  });
}

/** `counterfoil gate show NAME` */
function showGate(tools: Tools, name: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => print(tools, await findGate(services, name), options));
}

/** `counterfoil gate add NAME`: a new gate; without keys of its own one is drawn. */
function addGate(tools: Tools, name: string, options: GateOptions): Promise<void> {
  const { admits = [], rights = [], accessKeys = [drawKey()] } = readTerms(options);
  return withServices(tools, async ({ execute }) => {
    const { gate } = accepted(
      await execute({ verb: "create_gate", terms: { name, admits, rights, accessKeys } }),
      sentences,
    );
    print(tools, gate);
  });
}

/** `counterfoil gate change NAME`: options that are absent keep their terms. */
function changeGate(tools: Tools, name: string, options: GateOptions): Promise<void> {
  if (options.key !== undefined && options.newKey === true) {
    throw new CommandError("A key is either given with --key or drawn with --new-key.");
  }
  const terms = {
    ...readTerms(options),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.newKey === true ? { accessKeys: [drawKey()] } : {}),
  };
  return withServices(tools, async (services) => {
    const { id: gateId } = await findGate(services, name);
    print(tools, accepted(await services.execute({ verb: "change_gate", gateId, terms }), sentences).gate);
  });
}

/** `counterfoil gate retire NAME`: it stays in the list, and its name and keys are free. */
function retireGate(tools: Tools, name: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id: gateId } = await findGate(services, name);
    const { gate } = accepted(await services.execute({ verb: "retire_gate", gateId }));
    tools.print(`${gate.name} is retired, and its keys open nothing.`);
  });
}

const sentences = {
  product_not_found: "There is no such product.",
  category_not_found: "The product has no such category.",
  name_invalid: "A gate has a name of 1 to 255 characters.",
  access_key_invalid: `An access key of a gate has ${gateKeyLengthMin} to 128 characters of A-Z, a-z and 0-9.`,
  gate_taken: "There is another gate of this name.",
  access_key_taken: "The key stands at another gate: a key is for one gate.",
};

/** The gate of this name; ends with a sentence when there is none. */
async function findGate({ queries, organizationId }: CommandServices, name: string): Promise<Gate> {
  const gate = await queries.gates.byName(organizationId, name);
  if (gate !== undefined) return gate;
  throw new CommandError(`There is no gate ${name}. "counterfoil gate list" shows all.`);
}

/** The terms that the options set. */
function readTerms({ product, right, key }: GateOptions): Partial<Omit<GateTerms, "name">> {
  return {
    ...(product === undefined ? {} : { admits: itemsOf(product).map(readAdmission) }),
    ...(right === undefined ? {} : { rights: itemsOf(right).map(readRight) }),
    ...(key === undefined ? {} : { accessKeys: itemsOf(key) }),
  };
}

function readAdmission(text: string): Admission {
  const [number = "", categories, ...more] = text.split(":");
  if (more.length > 0) throw new CommandError(`--product "${text}" is no product, like 2 or 2:adult,child.`);
  const productId = readWhole("--product", number);
  return { productId, categories: categories === undefined ? null : categories.split(",") };
}

function readRight(text: string): GateRight {
  const right = gateRights.find((one) => one === text);
  if (right !== undefined) return right;
  throw new CommandError(`There is no right "${text}". There are: ${gateRights.join(", ")}.`);
}

const keyBytes = 10;

function drawKey(): string {
  return randomBytes(keyBytes).toString("hex");
}

function print(tools: Tools, { id, name, admits, rights, accessKeys }: Gate, options: ListingOptions = {}): void {
  printOne(tools, options, {
    name,
    number: id,
    products: listed(admits.map(admissionText)),
    rights: listed(rights),
    keys: listed(accessKeys),
  });
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? none : words.join(" ");
}
