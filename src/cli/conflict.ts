import type { Command } from "commander";
import type { Product } from "../core/product.ts";
import type { KnownConflict, KnownRedemption } from "../queries/conflicts.ts";
import { everyPage } from "../queries/pages.ts";
import { jsonOption, type Listed, type ListingOptions, printList } from "./listing.ts";
import { shown } from "./moment.ts";
import { findProduct } from "./product.ts";
import type { CommandServices, Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

interface ConflictOptions extends ListingOptions {
  readonly product: string;
}

/** The part of the command line about conflicts. */
export function defineConflictCommands(program: Command, tools: Tools): void {
  program
    .command("conflict")
    .description("scans that do not count although a gate without network may have let somebody in")
    .command("list")
    .description("list the conflicts of a product, with the use that counts and the one that does not")
    .requiredOption("--product <number>", "the product")
    .option(...jsonOption)
    .action((options: ConflictOptions) => listConflicts(tools, options));
}

/** `counterfoil conflict list` */
function listConflicts(tools: Tools, options: ConflictOptions): Promise<void> {
  return withServices(tools, async (services) => {
    const { queries, organizationId } = services;
    const { product } = await findProduct(services, "--product", options.product);
    const pages = everyPage(queries.conflicts.list, organizationId, product.id);
    await printList(tools, options, rowsOf(services, product, pages), `${product.name} has no conflicts.`);
  });
}

async function* rowsOf(
  { queries, organizationId }: CommandServices,
  { timeZone }: Product,
  pages: AsyncIterable<readonly KnownConflict[]>,
): AsyncGenerator<readonly Listed[]> {
  const gates = new Map((await queries.gates.all(organizationId)).map(({ id, name }) => [id, name]));
  const gateOf = (one: KnownRedemption | null) => (one?.gateId ? (gates.get(one.gateId) ?? String(one.gateId)) : null);
  for await (const page of pages) {
    yield page.map(({ code, refusal, kept, lost, recordedAtMs }) => ({
      code,
      reason: refusal.replaceAll("_", " "),
      time: shown(timeZone, lost.atMs),
      gate: gateOf(lost),
      counts: shown(timeZone, kept?.atMs ?? null),
      atGate: gateOf(kept),
      reported: shown(timeZone, recordedAtMs),
    }));
  }
}
