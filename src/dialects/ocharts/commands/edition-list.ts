import { type Listed, type ListingOptions, printList, printOne } from "../../../cli/listing.ts";
import { shown } from "../../../cli/moment.ts";
import { CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import { formatDay } from "../../../core/day.ts";
import { currentEdition, type Edition } from "../../../core/edition.ts";
import type { Package } from "../../../core/package.ts";
import type { Product } from "../../../core/product.ts";
import { formatBytes } from "./edition.ts";
import { findChart } from "./find-chart.ts";

interface ChartNamed extends ListingOptions {
  readonly product: string;
}

/** `counterfoil edition list`: the editions of a chart in the order of publication. */
export function listEditions(tools: Tools, options: ChartNamed): Promise<void> {
  return withServices(tools, async (services) => {
    const chart = await findChart(services, "--product", options.product);
    await printList(tools, options, [await rowsOf(services, chart, options)], `${chart.name} has no edition yet.`);
  });
}

/** `counterfoil edition show NAME` */
export function showEdition(tools: Tools, name: string, options: ChartNamed): Promise<void> {
  return withServices(tools, async (services) => {
    const chart = await findChart(services, "--product", options.product);
    const found = (await rowsOf(services, chart, options)).find(({ edition }) => edition === name);
    if (found === undefined) {
      throw new CommandError(`${chart.name} has no edition ${name}. "counterfoil edition list" shows all.`);
    }
    printOne(tools, options, { chart: chart.name, ...found });
  });
}

async function rowsOf(
  { queries, organizationId }: CommandServices,
  chart: Product,
  { json = false }: ListingOptions,
): Promise<readonly Listed[]> {
  const editions = await queries.content.editions(organizationId, chart.id);
  const packages = await queries.packages.ofProduct(organizationId, chart.id);
  const nowMs = Date.now();
  const current = currentEdition(editions, nowMs);
  return editions.map((edition) => ({
    edition: edition.name,
    published: formatDay(edition.publishedAtMs),
    state: stateOf(edition, current, nowMs),
    from: shown(chart.timeZone, edition.availableAtMs),
    packed: packedAs(edition, packages, editions),
    added: new Date(edition.addedAtMs).toISOString(),
    files: edition.content.files,
    size: json ? edition.content.bytes : formatBytes(edition.content.bytes),
    sha256: edition.content.sha256,
  }));
}

function stateOf({ id, withdrawnAtMs, availableAtMs }: Edition, current: Edition | undefined, nowMs: number): string {
  if (id === current?.id) return "current";
  if (withdrawnAtMs !== null) return "withdrawn";
  return availableAtMs !== null && availableAtMs > nowMs ? "scheduled" : "former";
}

/** The packages that bring a user to an edition; `null` as long as there are none. */
function packedAs({ id }: Edition, packages: readonly Package[], editions: readonly Edition[]): string | null {
  const names = packages
    .filter(({ editionId }) => editionId === id)
    .map(({ fromEditionId }) => editions.find((one) => one.id === fromEditionId)?.name)
    .map((from) => (from === undefined ? "base" : `update of ${from}`));
  return names.length === 0 ? null : names.join(", ");
}
