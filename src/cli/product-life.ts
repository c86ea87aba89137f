import type { Command } from "commander";
import type { Product, ProductKind } from "../core/product.ts";
import { confirm, yesOption } from "./confirm.ts";
import { readWhole } from "./read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** The products that a group of commands is about. */
interface Sold {
  /** The group, and its word for a product. */
  readonly called: string;
  /** Absent: products of any kind. */
  readonly kind?: ProductKind;
}

/** Adds the commands that end the sale of a product, or all of it, and those that take that back. */
export function defineProductLife(group: Command, tools: Tools, sold: Sold): void {
  const example = (words: string) => `\nExample:\n  counterfoil ${sold.called} ${words}`;
  const add = (name: string, description: string) =>
    group
      .command(name)
      .argument("<number>", `the number of the ${sold.called}`)
      .description(description)
      .addHelpText("after", example(`${name} 15`));
  add("retire", `end a ${sold.called}, after a question: nothing of it is sold or honoured; an unsold one is removed`)
    .option(...yesOption)
    .action((number: string, options: { yes?: boolean }) => retire(tools, sold, number, options));
  add("restore", `take back that a ${sold.called} was retired`).action((number: string) =>
    restore(tools, sold, number),
  );
  add("close", `sell a ${sold.called} no more, and honour and deliver what was sold`)
    .option("--no-renewal", "what is sold cannot be renewed either")
    .action((number: string, options: { renewal: boolean }) => close(tools, sold, number, options));
  add("reopen", `sell a ${sold.called} again that was closed`).action((number: string) => reopen(tools, sold, number));
}

const goneSentence = { product_not_found: "It was retired or removed meanwhile." };

/** Sells a product no more, and honours and delivers what was sold. */
function close(tools: Tools, sold: Sold, number: string, { renewal }: { readonly renewal: boolean }): Promise<void> {
  return withServices(tools, async (services) => {
    const { id, name, issued } = await find(services, sold, number);
    const command = { verb: "close_product", ...named(sold, id), renewable: renewal } as const;
    accepted(await services.execute(command), goneSentence);
    const renewed = renewal ? "can be renewed" : "cannot be renewed";
    tools.print(`${name} is closed for sale. The ${issued} that are sold stay valid, and ${renewed}.`);
  });
}

/** Sells a product again that was closed. */
function reopen(tools: Tools, sold: Sold, number: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id, name } = await find(services, sold, number);
    accepted(await services.execute({ verb: "reopen_product", ...named(sold, id) }), goneSentence);
    tools.print(`${name} is sold.`);
  });
}

/** Ends a product, and removes it if it was never sold. It asks first, and tells who would lose something. */
function retire(tools: Tools, sold: Sold, number: string, options: { readonly yes?: boolean }): Promise<void> {
  return withServices(tools, async (services) => {
    const { id, name, everIssued } = await find(services, sold, number);
    const { inForce, waiting } = await services.queries.products.outstanding(services.organizationId, id, Date.now());
    const consequences = everIssued
      ? `${name} is sold, honoured and delivered no more: ${inForce} in force end with it, and ${waiting} waiting ${waiting === 1 ? "delivery" : "deliveries"}. "counterfoil ${sold.called} close ${id}" ends the sale alone.`
      : `${name} was never sold: it is removed for good.`;
    await confirm(tools, consequences, options);
    const { deleted } = accepted(await services.execute({ verb: "retire_product", ...named(sold, id) }), goneSentence);
    tools.print(
      deleted
        ? `${name} was never sold, and is removed.`
        : `${name} is retired. "counterfoil ${sold.called} restore ${id}" takes that back.`,
    );
  });
}

/** Takes back that a product was retired. */
function restore(tools: Tools, sold: Sold, number: string): Promise<void> {
  const id = readWhole("The number", number);
  return withServices(tools, async ({ execute }) => {
    const { product } = accepted(await execute({ verb: "restore_product", ...named(sold, id) }), {
      product_not_found: `There is no ${sold.called} ${id}.`,
    });
    tools.print(product.closed === null ? `${product.name} is sold.` : `${product.name} is closed for sale.`);
  });
}

function named({ kind }: Sold, productId: number) {
  return { productId, ...(kind === undefined ? {} : { kind }) };
}

/** The product of this number that is not retired; ends with a sentence when there is none. */
async function find({ queries, organizationId }: CommandServices, sold: Sold, number: string): Promise<Product> {
  const { called, kind } = sold;
  const id = readWhole("The number", number);
  const found = (await queries.products.byId(organizationId, id))?.product;
  if (found === undefined || (kind ?? found.kind) !== found.kind) {
    throw new CommandError(`There is no ${called} ${id}. "counterfoil ${called} list" shows all.`);
  }
  if (found.retiredAtMs === null) return found;
  throw new CommandError(`${found.name} is retired. "counterfoil ${called} restore ${id}" takes that back.`);
}
