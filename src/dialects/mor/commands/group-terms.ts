import type { Command } from "commander";
import { jsonOption, type Listed, type ListingOptions, printList, printOne } from "../../../cli/listing.ts";
import { readMoment } from "../../../cli/moment.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatMoney, isCurrency, type Money, parseMoney } from "../../../core/money.ts";
import type { Operator } from "../../../core/operator.ts";
import { priceAt } from "../../../core/price-list.ts";
import type { Product, StockTerms } from "../../../core/product.ts";
import { everyPage } from "../../../queries/pages.ts";

type Group = Product & { readonly stock: StockTerms };

/** Groups as they are, and the changes of their terms. */
export function defineGroupTerms(group: Command, tools: Tools): void {
  group
    .command("list")
    .description("list the groups of the house and of all resellers")
    .option(...jsonOption)
    .action((options: ListingOptions) => listGroups(tools, options));
  group
    .command("show")
    .argument("<number>", "the group")
    .description("show a group, and the prices that follow; times are in UTC")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => showGroup(tools, number, options));
  group
    .command("price")
    .argument("<number>", "the group")
    .argument("<amount>", "price of one, tax included")
    .description("change the price of a group; cards that were sold keep theirs")
    .option("--from <time>", "the moment from which on it holds, in UTC; without, from now on")
    .addHelpText("after", "\nExample:\n  counterfoil group price 6 13.50 --from 2027-01-01")
    .action((number: string, amount: string, { from }: { from?: string }) => changePrice(tools, number, amount, from));
  group
    .command("withdraw-price")
    .argument("<number>", "the group")
    .requiredOption("--from <time>", "the moment from which on the price would hold, in UTC")
    .description("withdraw a price that follows; group show lists them")
    .addHelpText("after", "\nExample:\n  counterfoil group withdraw-price 6 --from 2027-01-01")
    .action((number: string, { from }: { from: string }) => withdrawPrice(tools, number, from));
  group
    .command("pins")
    .argument("<number>", "the group")
    .argument("<renew|keep>", "whether a card that is returned to stock gets a new pin")
    .description("say what becomes of the pin of a returned card")
    .action((number: string, word: string) => changePins(tools, number, word));
}

/** The group with this number; ends with a sentence when there is none. */
export async function findGroup({ queries, organizationId }: CommandServices, number: number): Promise<Group> {
  const found = await queries.products.byId(organizationId, number);
  const stock = found?.product.stock;
  if (found === undefined || stock == null) throw new CommandError(`There is no card group ${number}.`);
  return { ...found.product, stock };
}

/** An amount in the currency of a group; ends with a sentence for anything else. */
export function readPrice(option: string, text: string, { stock }: Group): Money {
  const { currency } = stock.price;
  const price = isCurrency(currency) ? parseMoney(text, currency) : undefined;
  if (price !== undefined && price.minor >= 0n) return price;
  throw new CommandError(`${option} "${text}" is no amount in ${currency}, like 12.40.`);
}

function listGroups(tools: Tools, options: ListingOptions): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    const operators = await queries.operators.all(organizationId);
    const rows: Listed[] = [];
    for await (const page of everyPage(queries.products.list, organizationId, { kind: "card_group" })) {
      for (const { stock, ...group } of page) if (stock !== null) rows.push(listed({ ...group, stock }, operators));
    }
    await printList(tools, options, [rows], 'There are no groups. "counterfoil group add" makes one.');
  });
}

function listed({ id, name, stock, prices, inStock, issued }: Group, operators: readonly Operator[]): Listed {
  const price = priceAt(stock.price, prices, Date.now());
  const owner = operators.find((one) => one.id === stock.ownerId)?.login ?? "the house";
  return { number: id, name, owner, price: formatMoney(price), currency: price.currency, inStock, out: issued };
}

function showGroup(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const group = await findGroup(services, readWhole("The number", number));
    const { stock, prices } = group;
    const operators = await services.queries.operators.all(services.organizationId);
    const nowMs = Date.now();
    const following = prices
      .filter(({ fromMs }) => fromMs > nowMs)
      .map(({ fromMs, minor }) => `${formatMoney({ ...stock.price, minor })} from ${new Date(fromMs).toISOString()}`);
    printOne(tools, options, {
      ...listed(group, operators),
      tax: `${stock.taxPpm / 10_000} %`,
      following: following.join(", ") || null,
      numberDigits: stock.numberDigits,
      pinDigits: stock.secretDigits,
      renewsPins: group.renewsPin,
      retired: group.retiredAtMs === null ? null : new Date(group.retiredAtMs).toISOString(),
    });
  });
}

function changePrice(tools: Tools, number: string, text: string, from: string | undefined): Promise<void> {
  const productId = readWhole("The number", number);
  const fromMs = from === undefined ? undefined : readMoment("--from", from, "UTC");
  if (fromMs !== undefined && fromMs < Date.now()) {
    throw new CommandError(`--from "${from}" has passed. Without it the price holds from now on.`);
  }
  return withServices(tools, async (services) => {
    const amount = readPrice("The price", text, await findGroup(services, productId));
    const price = { amount, ...(fromMs === undefined ? {} : { fromMs }) };
    accepted(await services.execute({ verb: "change_stock_terms", productId, price }), {
      product_retired: `The group ${productId} is retired.`,
      quantity_invalid: "The group has too many prices that follow.",
    });
    const since = fromMs === undefined ? "now" : new Date(fromMs).toISOString();
    tools.print(`group ${productId} costs ${formatMoney(amount)} ${amount.currency} from ${since} on`);
  });
}

function withdrawPrice(tools: Tools, number: string, from: string): Promise<void> {
  const productId = readWhole("The number", number);
  const withdrawnFromMs = readMoment("--from", from, "UTC");
  return withServices(tools, async (services) => {
    await findGroup(services, productId);
    const since = new Date(withdrawnFromMs).toISOString();
    accepted(await services.execute({ verb: "change_stock_terms", productId, withdrawnFromMs }), {
      price_not_found: `No price of group ${productId} follows at ${since}. "counterfoil group show ${productId}" shows those that do.`,
      product_retired: `The group ${productId} is retired.`,
    });
    tools.print(`the price of group ${productId} from ${since} on is withdrawn`);
  });
}

function changePins(tools: Tools, number: string, word: string): Promise<void> {
  const productId = readWhole("The number", number);
  if (word !== "renew" && word !== "keep") throw new CommandError(`"${word}" is neither renew nor keep.`);
  return withServices(tools, async (services) => {
    await findGroup(services, productId);
    const renewsPin = word === "renew";
    accepted(await services.execute({ verb: "change_stock_terms", productId, renewsPin }), {
      product_retired: `The group ${productId} is retired.`,
    });
    tools.print(`a returned card of group ${productId} ${renewsPin ? "gets a new pin" : "keeps its pin"}`);
  });
}
