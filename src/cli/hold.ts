import type { Command } from "commander";
import { type Hold, isLive } from "../core/hold.ts";
import type { Product } from "../core/product.ts";
import { everyPage } from "../queries/pages.ts";
import { codeDigits, requireMadeHere } from "./entitlement.ts";
import { rowOf as entitlementRow } from "./entitlement-facts.ts";
import { jsonOption, type Listed, type ListingOptions, printList, printOne } from "./listing.ts";
import { readDuration, shown } from "./moment.ts";
import { findProduct } from "./product.ts";
import { readWhole } from "./read-option.ts";
import { sentences } from "./sentences.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

const holdArgument = ["<number>", "the number of the hold"] as const;

/** The part of the command line about holds. */
export function defineHoldCommands(program: Command, tools: Tools): void {
  const hold = program.command("hold").description("places, or cards in stock, that are kept for a buyer for a while");
  hold
    .command("add")
    .description("keep places of a product for a buyer, or cards of its stock, the lowest numbers first")
    .requiredOption("--product <number>", "the product")
    .requiredOption("--reference <text>", "your own name for it, such as an order number")
    .option("--count <number>", "how many", "1")
    .option("--category <key>", "one of the product's categories")
    .option("--for <time>", "how long, like 90s, 15m or 2h, at most a day", "15m")
    .option(...jsonOption)
    .addHelpText("after", example("hold add --product 4 --category adult --count 2 --reference ORDER-7"))
    .action((options: AddOptions) => addHold(tools, options));
  hold
    .command("list")
    .description("list the holds of a product that have not ended")
    .requiredOption("--product <number>", "the product")
    .option(...jsonOption)
    .action((options: ListOptions) => listHolds(tools, options));
  hold
    .command("find")
    .argument("<reference>", "your own name for it")
    .description("find holds, also those that ended lately")
    .option(...jsonOption)
    .action((reference: string, options: ListingOptions) => findHolds(tools, reference, options));
  hold
    .command("show")
    .argument(...holdArgument)
    .description("show a hold")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => showHold(tools, number, options));
  hold
    .command("confirm")
    .argument(...holdArgument)
    .description("issue or sell what a hold keeps; it ends the hold")
    .option("--count <number>", "how many of it (default: all); the rest is free again")
    .option("--holder <name>", "who will hold it, as an e-mail address; cards are mailed there")
    .option(...jsonOption)
    .addHelpText("after", example("hold confirm 1 --holder ada@example.com"))
    .action((number: string, options: ConfirmOptions) => confirmHold(tools, number, options));
  hold
    .command("release")
    .argument(...holdArgument)
    .description("give back what a hold keeps")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => releaseHold(tools, number, options));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

interface AddOptions extends ListingOptions {
  readonly product: string;
  readonly reference: string;
  readonly count: string;
  readonly category?: string;
  readonly for: string;
}

/** `counterfoil hold add` */
function addHold(tools: Tools, options: AddOptions): Promise<void> {
  const { reference, category } = options;
  const count = readWhole("--count", options.count);
  const durationMs = readDuration("--for", options.for);
  return withServices(tools, async (services) => {
    const { product } = await findProduct(services, "--product", options.product);
    const { id: productId, stock } = product;
    if (stock !== null && category !== undefined) throw new CommandError("A stock has no categories.");
    const what =
      stock === null
        ? { places: count, ...(category === undefined ? {} : { category }) }
        : { stock: count, ownerId: stock.ownerId };
    const held = accepted(await services.execute({ verb: "hold", productId, what, reference, durationMs }), sentences);
    const codes = held.codes.length === 0 ? {} : { codes: held.codes.join(" ") };
    printOne(tools, options, { ...rowOf(product, held.hold, Date.now()), ...codes });
  });
}

interface ListOptions extends ListingOptions {
  readonly product: string;
}

/** `counterfoil hold list` */
function listHolds(tools: Tools, options: ListOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { product } = await findProduct(services, "--product", options.product);
    const pages = everyPage(queries.holds.live, organizationId, product.id, Date.now());
    await printList(tools, options, rowsOf(services, pages), `Nothing of ${product.name} is held.`);
  });
}

/** `counterfoil hold find REFERENCE` */
function findHolds(tools: Tools, reference: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const pages = everyPage(services.queries.holds.byReference, services.organizationId, reference);
    await printList(tools, options, rowsOf(services, pages), `No hold has the reference "${reference}".`);
  });
}

async function* rowsOf(
  { queries, organizationId }: CommandServices,
  pages: AsyncIterable<readonly Hold[]>,
): AsyncGenerator<readonly Listed[]> {
  for await (const page of pages) {
    const known = await Promise.all(page.map(({ productId }) => queries.products.byId(organizationId, productId)));
    yield page.flatMap((hold, index) => {
      const product = known[index]?.product;
      return product === undefined ? [] : [rowOf(product, hold, Date.now())];
    });
  }
}

/** `counterfoil hold show NUMBER` */
function showHold(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { product, hold } = await findHold(services, number);
    printOne(tools, options, rowOf(product, hold, Date.now()));
  });
}

interface ConfirmOptions extends ListingOptions {
  readonly count?: string;
  readonly holder?: string;
}

/** `counterfoil hold confirm NUMBER`: places become entitlements with codes that are drawn, stock becomes a sale. */
function confirmHold(tools: Tools, number: string, options: ConfirmOptions): Promise<void> {
  const { count, holder = null } = options;
  return withServices(tools, async (services) => {
    const { product, hold } = await findHold(services, number);
    const quantity = count === undefined ? hold.quantity : readWhole("--count", count);
    const { id: productId, stock } = product;
    const confirmed =
      stock === null
        ? await issueHeld(tools, services, { product, hold, quantity, holder })
        : accepted(
            await services.execute({
              verb: "sell",
              productId,
              ownerId: stock.ownerId,
              what: { hold: hold.id, quantity },
              email: holder,
              currency: null,
              channel: "terminal",
              reference: hold.reference,
            }),
            sentences,
          ).cards.map(({ entitlement }) => entitlement);
    await printList(tools, options, [confirmed.map((one) => entitlementRow(product, one, Date.now()))], "");
  });
}

async function issueHeld(
  tools: Tools,
  { execute }: CommandServices,
  { product, hold, quantity, holder }: { product: Product; hold: Hold; quantity: number; holder: string | null },
) {
  requireMadeHere(tools, product);
  const issued = accepted(
    await execute({
      verb: "issue",
      productId: product.id,
      hold: hold.id,
      quantity,
      holder,
      code: { randomDigits: codeDigits },
      reference: hold.reference,
    }),
    sentences,
  );
  return [issued.entitlement, ...issued.others];
}

/** `counterfoil hold release NUMBER` */
function releaseHold(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { product, hold } = await findHold(services, number);
    const command = { verb: "release", productId: product.id, hold: hold.id } as const;
    const released = accepted(await services.execute(command), sentences);
    printOne(tools, options, rowOf(product, released.hold, Date.now()));
  });
}

/** The hold of this number with its product; ends with a sentence when there is none. */
async function findHold(
  services: CommandServices,
  number: string,
): Promise<{ readonly product: Product; readonly hold: Hold }> {
  const { queries, organizationId } = services;
  const hold = await queries.holds.byId(organizationId, readWhole("The number", number));
  const known = hold && (await queries.products.byId(organizationId, hold.productId));
  if (hold === undefined || known === undefined) {
    throw new CommandError(`There is no hold ${number}. "counterfoil hold list" shows those of a product.`);
  }
  return { product: known.product, hold };
}

function rowOf({ timeZone }: Product, hold: Hold, nowMs: number): Listed {
  const { id, productId, category, quantity, reference, endsAtMs } = hold;
  return {
    number: id,
    product: productId,
    category,
    count: quantity,
    reference,
    ends: shown(timeZone, endsAtMs),
    state: stateOf(hold, nowMs),
  };
}

function stateOf(hold: Hold, nowMs: number): string {
  if (isLive(hold, nowMs)) return "held";
  if (hold.isConfirmed) return "confirmed";
  return hold.endedAtMs !== null && hold.endedAtMs < hold.endsAtMs ? "released" : "lapsed";
}
