import { readWhole } from "../../../cli/read-option.ts";
import { CommandError, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatDay } from "../../../core/day.ts";
import { currentEdition } from "../../../core/edition.ts";
import type { Refusal } from "../../../core/refusal.ts";
import { everyPage } from "../../../queries/pages.ts";

/** The options of `counterfoil chart add`. */
export interface ChartOptions {
  readonly id?: string;
  readonly slots: string;
  readonly description: string;
}

/** `counterfoil chart add NAME`: makes a chart to sell; `edition add` fills it, `order add` sells it. */
export function addChart(tools: Tools, name: string, options: ChartOptions): Promise<void> {
  const slots = readWhole("--slots", options.slots);
  if (slots === 0) throw new CommandError(slotsSentence);
  if (name.includes(";"))
    throw new CommandError("The name of a chart has no semicolon: clients part their lists with it.");
  const given = options.id === undefined ? {} : { id: readWhole("--id", options.id) };
  if (given.id === 0) throw new CommandError("A chart has a number from 1.");
  return withServices(tools, async ({ execute, queries, organizationId }) => {
    const known = await queries.products.byName(organizationId, "chart", name);
    if (known !== undefined) throw new CommandError(`There is a chart ${name} already; its number is ${known.id}.`);
    const { description } = options;
    const terms = { name, description, startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
    const command = { verb: "create_product", kind: "chart", slots, terms, ...given } as const;
    const outcome = await execute(command);
    if (!outcome.ok) throw new CommandError(sentences[outcome.refusal] ?? `Refused: ${outcome.refusal}.`);
    tools.print(`${name} has the number ${outcome.value.product.id}.`);
  });
}

/** `counterfoil chart list`: the charts that are sold, by number, each with its current edition. */
export function listCharts(tools: Tools): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    for await (const page of everyPage(queries.products.list, organizationId, { kind: "chart" })) {
      for (const { id, name, slots, issued, closed } of page) {
        const current = currentEdition(await queries.content.editions(organizationId, id), Date.now());
        const edition =
          current === undefined ? "no edition" : `edition ${current.name} of ${formatDay(current.publishedAtMs)}`;
        tools.print(
          `${id}  ${name}  ${slots} slots  ${edition}  ${issued} sold${closed === null ? "" : "  closed for sale"}`,
        );
      }
    }
  });
}

const slotsSentence = "A chart has 1 to 100 slots: systems that can hold one that was bought.";

/** Refusals in words for the person at the terminal. */
const sentences: Partial<Record<Refusal, string>> = {
  name_invalid: "A chart has a name of 1 to 255 characters.",
  slots_invalid: slotsSentence,
  product_id_taken: "This number is taken: by another product, or by a chart that was retired.",
};
