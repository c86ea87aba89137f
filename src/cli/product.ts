import type { Command } from "commander";
import { isAccessKey, type Product, type ProductKind } from "../core/product.ts";
import type { Availability } from "../queries/holds.ts";
import { everyPage } from "../queries/pages.ts";
import type { KnownProduct } from "../queries/products.ts";
import { priceText } from "./category.ts";
import { jsonOption, type Listed, type ListingOptions, printList, printOne } from "./listing.ts";
import { shown } from "./moment.ts";
import { defineProductLife } from "./product-life.ts";
import { readKeys, readTerms, type TermOptions, usesText, withTermOptions } from "./product-terms.ts";
import { none, readWhole } from "./read-option.ts";
import { sentences } from "./sentences.ts";
import { accepted, CommandError, type CommandServices, type SoldKind, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

const productArgument = ["<number>", "the number of the product"] as const;

/** The part of the command line about products. */
export function defineProductCommands(program: Command, tools: Tools): void {
  const product = program
    .command("product")
    .aliases(madeHere(tools).map(({ called }) => called))
    .description("what is sold: its time, places, categories, and how often each is honoured");
  product
    .command("list")
    .description("list the products that are not retired")
    .option(...jsonOption)
    .action((options: ListingOptions) => listProducts(tools, "", options));
  product
    .command("find")
    .argument("<text>", "a part of the name")
    .description("find products that are not retired, whatever the case of letters")
    .option(...jsonOption)
    .addHelpText("after", example("product find midsummer"))
    .action((text: string, options: ListingOptions) => listProducts(tools, text, options));
  product
    .command("show")
    .argument(...productArgument)
    .description("show a product with its places, categories and access keys")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => showProduct(tools, number, options));
  withTermOptions(product.command("add").argument("<name>").description("make a product"))
    .option(...jsonOption)
    .addHelpText(
      "after",
      example(
        "product add Midsummer --starts '2026-06-20 18:00' --ends 2026-06-21 --time-zone Europe/Helsinki --capacity 500 --category key=adult,capacity=400,price=12.40EUR --category key=child",
      ),
    )
    .action((name: string, options: AddOptions) => addProduct(tools, name, options));
  withTermOptions(product.command("change").argument(...productArgument))
    .description(`change a product; what no option names stays, and ${none} takes a value away`)
    .option("--name <name>", "its name from now on")
    .option("--remove-category <key...>", "categories that nobody has")
    .option(...jsonOption)
    .addHelpText("after", example("product change 4 --capacity 600 --category key=child,capacity=200"))
    .action((number: string, options: ChangeOptions) => changeProduct(tools, number, options));
  defineProductLife(product, tools, { called: "product" });
  product
    .command("inside")
    .argument(...productArgument)
    .description("count who is inside now, by category")
    .option(...jsonOption)
    .action((number: string, options: ListingOptions) => countInside(tools, number, options));
}

function example(words: string): string {
  return `\nExample:\n  counterfoil ${words}`;
}

/** The kinds of products that our own commands make. */
export function madeHere({ dialects }: Tools): readonly SoldKind[] {
  return dialects.flatMap(({ productKinds = [] }) => productKinds.filter(({ unit }) => unit !== undefined));
}

/** The product of this number, retired ones too; ends with a sentence when there is none. */
export async function findProduct(
  { queries, organizationId }: CommandServices,
  option: string,
  text: string,
): Promise<KnownProduct> {
  const found = await queries.products.byId(organizationId, readWhole(option, text));
  if (found !== undefined) return found;
  throw new CommandError(`There is no product ${text}. "counterfoil product list" shows all.`);
}

/** `counterfoil product list` and `product find TEXT` */
function listProducts(tools: Tools, text: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    const wanted = text.toLowerCase();
    const rows: Listed[] = [];
    for await (const page of everyPage(queries.products.list, organizationId, {})) {
      rows.push(...page.filter(({ name }) => name.toLowerCase().includes(wanted)).map((one) => rowOf(tools, one)));
    }
    await printList(
      tools,
      options,
      [rows],
      text === "" ? "There are no products." : `No product has "${text}" in its name.`,
    );
  });
}

function rowOf({ dialects }: Tools, product: Product): Listed {
  const { id, kind, name, startsAtMs, endsAtMs, capacity, issued, uses, timeZone, closed } = product;
  const sold = dialects.flatMap(({ productKinds = [] }) => productKinds).find((one) => one.kind === kind);
  return {
    number: id,
    name,
    kind: sold?.called ?? kind,
    starts: shown(timeZone, startsAtMs),
    ends: shown(timeZone, endsAtMs),
    capacity,
    issued,
    uses: usesText(uses),
    closed: closed !== null,
  };
}

/** `counterfoil product show NUMBER` */
function showProduct(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    await print(tools, services, (await findProduct(services, "The number", number)).product.id, options);
  });
}

interface AddOptions extends TermOptions, ListingOptions {}

/** `counterfoil product add NAME` */
function addProduct(tools: Tools, name: string, options: AddOptions): Promise<void> {
  const { accessKeys = [], ...terms } = readTerms(options, undefined);
  const keys = readKeys(options.key ?? []);
  // The limits are set by a command after the one that makes the product, so they are looked at before both.
  const known = new Set(terms.categories?.map(({ key }) => key));
  if (keys.some(({ categories }) => categories?.some((key) => !known.has(key)))) {
    throw new CommandError(sentences.category_not_found);
  }
  if (!accessKeys.every(isAccessKey)) throw new CommandError(sentences.access_key_invalid);
  return withServices(tools, async (services) => {
    // Keys that are limited are given with their limits: until then they open nothing.
    const isLimited = keys.some(({ categories }) => categories !== null);
    const { product } = accepted(
      await services.execute({
        verb: "create_product",
        kind: kindOf(tools),
        terms: {
          name,
          description: "",
          startsAtMs: null,
          endsAtMs: null,
          capacity: null,
          ...terms,
          accessKeys: isLimited ? [] : accessKeys,
        },
      }),
      sentences,
    );
    if (isLimited) {
      const given = { terms: { accessKeys }, keyLimits: keys };
      accepted(await services.execute({ verb: "change_product", productId: product.id, ...given }), sentences);
    }
    await print(tools, services, product.id, options);
  });
}

function kindOf(tools: Tools): ProductKind {
  const [first] = madeHere(tools);
  if (first === undefined) throw new Error("No dialect has a kind of product that our own commands make.");
  return first.kind;
}

interface ChangeOptions extends AddOptions {
  readonly name?: string;
  readonly removeCategory?: readonly string[];
}

/** `counterfoil product change NUMBER` */
function changeProduct(tools: Tools, number: string, options: ChangeOptions): Promise<void> {
  const { name, removeCategory = [], key } = options;
  return withServices(tools, async (services) => {
    const { product } = await findProduct(services, "The number", number);
    const { categories = product.categories, ...terms } = readTerms(options, product);
    if (
      Object.keys(terms).length === 0 &&
      name === undefined &&
      categories === product.categories &&
      removeCategory.length === 0
    ) {
      throw new CommandError('Nothing is to be changed: "counterfoil product change --help" lists what can be.');
    }
    const unknown = removeCategory.find((gone) => !categories.some((one) => one.key === gone));
    if (unknown !== undefined) throw new CommandError(`The product has no category ${unknown}.`);
    const command = {
      verb: "change_product",
      productId: product.id,
      terms: {
        ...terms,
        ...(name === undefined ? {} : { name }),
        categories: categories.filter((one) => !removeCategory.includes(one.key)),
      },
      ...(key === undefined ? {} : { keyLimits: readKeys(key) }),
    } as const;
    accepted(await services.execute(command), sentences);
    await print(tools, services, product.id, options);
  });
}

/** `counterfoil product inside NUMBER` */
function countInside(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { product } = await findProduct(services, "The number", number);
    if (product.reentry === "none") {
      throw new CommandError(`${product.name} asks for no exits, so nobody counts as inside.`);
    }
    const rows = await queries.uses.inside(organizationId, product.id);
    await printList(tools, options, [rows.map((row) => ({ ...row }))], `Nobody is inside ${product.name}.`);
  });
}

/** Prints a product as it is now. */
async function print(
  tools: Tools,
  { queries, organizationId }: CommandServices,
  productId: number,
  options: ListingOptions,
): Promise<void> {
  const known = await queries.products.byId(organizationId, productId);
  const room = await queries.holds.availability(organizationId, productId, Date.now());
  if (known === undefined || room === undefined) throw new CommandError("The product is removed.");
  const { product, accessKeys, keyLimits } = known;
  const keys = accessKeys.map((key) => {
    const limit = keyLimits.find((one) => one.key === key);
    return limit === undefined ? key : `${key}:${limit.categories.join(",")}`;
  });
  const facts = factsOf(product, room);
  const categories = categoriesOf(product, room);
  if (options.json) {
    tools.print(JSON.stringify({ ...facts, metadata: product.metadata, keys, categories }));
    return;
  }
  printOne(tools, options, { ...facts, metadata: metadataText(product.metadata), keys: keys.join(" ") });
  if (categories.length === 0) return;
  tools.print("");
  await printList(tools, options, [categories], "");
}

function factsOf(product: Product, { places, stock }: Availability) {
  const { id, name, description, timeZone, startsAtMs, endsAtMs, uses, reentry, attention } = product;
  const { closed, retiredAtMs } = product;
  return {
    number: id,
    name,
    description,
    starts: shown(timeZone, startsAtMs),
    ends: shown(timeZone, endsAtMs),
    timeZone,
    ...places,
    ...(stock === null ? {} : { inStock: stock.inStock, held: stock.held, free: stock.free }),
    uses: usesText(uses),
    reentry,
    attention,
    ...(closed === null ? {} : { closed: shown(timeZone, closed.atMs), renewable: closed.renewable }),
    ...(retiredAtMs === null ? {} : { retired: shown(timeZone, retiredAtMs) }),
  };
}

function categoriesOf({ categories }: Product, room: Availability): readonly Listed[] {
  return categories.map(({ key, name, price, colour }, index) => {
    const { capacity = null, issued = 0, held = 0, free = null } = room.categories[index] ?? {};
    return { category: key, name, capacity, issued, held, free, price: priceText(price), colour };
  });
}

/** Metadata as it is written in an option; `null` for none. */
export function metadataText(metadata: Product["metadata"]): string | null {
  if (metadata === null) return null;
  return Object.entries(metadata)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
