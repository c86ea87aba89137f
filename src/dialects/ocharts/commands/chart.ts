import { type Listed, type ListingOptions, printList, printOne } from "../../../cli/listing.ts";
import { zoneSentence } from "../../../cli/moment.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatDay } from "../../../core/day.ts";
import { currentEdition } from "../../../core/edition.ts";
import type { Product } from "../../../core/product.ts";
import type { Refusal } from "../../../core/refusal.ts";
import { isTimeZone } from "../../../core/time-zone.ts";
import { everyPage } from "../../../queries/pages.ts";
import { findChart } from "./find-chart.ts";

/** The options of `counterfoil chart add`. */
export interface ChartOptions {
  readonly id?: string;
  readonly slots: string;
  readonly description: string;
  readonly timeZone: string;
}

/** `counterfoil chart add NAME`: makes a chart to sell; `edition add` fills it, `order add` sells it. */
export function addChart(tools: Tools, name: string, options: ChartOptions): Promise<void> {
  const slots = readWhole("--slots", options.slots);
  if (slots === 0) throw new CommandError(sentences.slots_invalid);
  const given = options.id === undefined ? {} : { id: readWhole("--id", options.id) };
  if (given.id === 0) throw new CommandError("A chart has a number from 1.");
  const { description, timeZone } = options;
  checkTerms({ name, timeZone });
  return withServices(tools, async (services) => {
    await refuseKnownName(services, name);
    const terms = { name, description, timeZone, startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
    const command = { verb: "create_product", kind: "chart", slots, terms, ...given } as const;
    const { product } = accepted<{ product: Product }, Refusal>(await services.execute(command), sentences);
    tools.print(`${name} has the number ${product.id}.`);
  });
}

/** The options of `counterfoil chart change`. */
export type ChartChanges = Partial<Pick<ChartOptions, "description" | "timeZone">> & { readonly name?: string };

/** `counterfoil chart change NUMBER`: another name, note or time zone; what no option names stays. */
export function changeChart(tools: Tools, number: string, options: ChartChanges & ListingOptions): Promise<void> {
  const { json: _, ...terms } = options;
  if (Object.keys(terms).length === 0) {
    throw new CommandError("Nothing is to be changed: give --name, --description or --time-zone.");
  }
  checkTerms(terms);
  return withServices(tools, async (services) => {
    const { id: productId, name, retiredAtMs } = await findChart(services, "The number", number);
    if (retiredAtMs !== null) {
      throw new CommandError(`${name} is retired. "counterfoil chart restore ${productId}" takes that back.`);
    }
    if (terms.name !== undefined && terms.name !== name) await refuseKnownName(services, terms.name);
    const command = { verb: "change_product", kind: "chart", productId, terms } as const;
    const { product } = accepted<{ product: Product }, Refusal>(await services.execute(command), sentences);
    await print(tools, services, product, options);
  });
}

function checkTerms({ name = "", timeZone = "UTC" }: { readonly name?: string; readonly timeZone?: string }): void {
  if (name.includes(";")) {
    throw new CommandError("The name of a chart has no semicolon: clients part their lists with it.");
  }
  if (!isTimeZone(timeZone)) throw new CommandError(zoneSentence(timeZone));
}

async function refuseKnownName({ queries, organizationId }: CommandServices, name: string): Promise<void> {
  const known = await queries.products.byName(organizationId, "chart", name);
  if (known !== undefined) throw new CommandError(`There is a chart ${name} already; its number is ${known.id}.`);
}

/** `counterfoil chart list` and `chart find TEXT`: charts that are not retired, by number. */
export function listCharts(tools: Tools, text: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const none = text === "" ? "There are no charts." : `No chart has "${text}" in its name.`;
    await printList(tools, options, chartRows(services, text.toLowerCase()), none);
  });
}

async function* chartRows(services: CommandServices, wanted: string): AsyncGenerator<readonly Listed[]> {
  const { queries, organizationId } = services;
  for await (const page of everyPage(queries.products.list, organizationId, { kind: "chart" })) {
    const charts = page.filter(({ name }) => name.toLowerCase().includes(wanted));
    yield await Promise.all(charts.map((chart) => factsOf(services, chart)));
  }
}

async function factsOf({ queries, organizationId }: CommandServices, { id, name, slots, issued, closed }: Product) {
  const current = currentEdition(await queries.content.editions(organizationId, id), Date.now());
  return {
    number: id,
    name,
    slots,
    edition: current?.name ?? null,
    published: current === undefined ? null : formatDay(current.publishedAtMs),
    sold: issued,
    sale: closed === null ? "open" : closed.renewable ? "closed" : "closed, for renewals too",
  };
}

/** `counterfoil chart show NUMBER` */
export function showChart(tools: Tools, number: string, options: ListingOptions): Promise<void> {
  return withServices(tools, async (services) => {
    await print(tools, services, await findChart(services, "The number", number), options);
  });
}

/** Prints a chart with what its holders have in force, and what they wait for. */
async function print(tools: Tools, services: CommandServices, chart: Product, options: ListingOptions): Promise<void> {
  const { id, description, timeZone, retiredAtMs } = chart;
  const { inForce, waiting } = await services.queries.products.outstanding(services.organizationId, id, Date.now());
  const { sale, ...facts } = await factsOf(services, chart);
  printOne(tools, options, {
    ...facts,
    inForce,
    waitingDeliveries: waiting,
    sale: retiredAtMs === null ? sale : "retired",
    timeZone,
    description,
  });
}

/** Refusals in words for the person at the terminal. */
const sentences = {
  name_invalid: "A chart has a name of 1 to 255 characters.",
  slots_invalid: "A chart has 1 to 100 slots: systems that can hold one that was bought.",
  product_id_taken: "This number is taken: by another product, or by a chart that was retired.",
};
