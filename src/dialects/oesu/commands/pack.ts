import { setTimeout as pause } from "node:timers/promises";
import { openProgress } from "../../../cli/progress.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { Edition } from "../../../core/edition.ts";
import { readEditionNumber } from "../../../kinds/chart/edition-number.ts";
import { everyPage } from "../../../queries/pages.ts";
import { chartPackages } from "../package-format.ts";

const lookEveryMs = 500;

/**
 * `counterfoil edition pack`: queues the making of the packages that editions lack, and follows it. The server makes
 * them, in the background, also when this command is broken off; what is made stays made.
 */
export function packEditions(tools: Tools, options: { readonly product?: string }): Promise<void> {
  const productId = options.product === undefined ? undefined : readWhole("--product", options.product);
  return withServices(tools, async (services) => {
    const wanted = await editionsToPack(services, productId);
    if (wanted.length === 0) return tools.print("Every edition that can be packed is packed.");
    // One job makes everything that the product lacks.
    for (const { productId, id } of new Map(wanted.map((edition) => [edition.productId, edition])).values()) {
      accepted(await services.execute({ verb: "make_packages", productId, editionId: id }));
    }
    tools.print(`The server makes the packages of ${wanted.length} editions.`);
    const progress = openProgress(tools, "editions", wanted.length);
    let done = 0;
    try {
      while (await isUnderWay(services)) {
        const left = (await editionsToPack(services, productId)).length;
        progress.advance(Math.max(0, wanted.length - left - done));
        done = wanted.length - left;
        await pause(lookEveryMs);
      }
      const left = await editionsToPack(services, productId);
      progress.advance(Math.max(0, wanted.length - left.length - done));
      done = wanted.length - left.length;
    } finally {
      progress.close();
    }
    if (done < wanted.length) {
      tools.print(
        `${wanted.length - done} editions have no packages: they hold no cells for today's clients, or the log of the server tells why.`,
      );
    }
  });
}

/** The editions without a base whose name has a number. */
async function editionsToPack(
  { queries, organizationId }: CommandServices,
  productId: number | undefined,
): Promise<readonly Edition[]> {
  const found: Edition[] = [];
  let isKnown = productId === undefined;
  for await (const page of everyPage(queries.products.list, organizationId, { kind: chartPackages.kind })) {
    for (const { id } of page) {
      if (productId !== undefined && productId !== id) continue;
      isKnown = true;
      const [editions, packages] = await Promise.all([
        queries.content.editions(organizationId, id),
        queries.packages.ofProduct(organizationId, id),
      ]);
      const packed = new Set(packages.flatMap((made) => (made.fromEditionId === null ? [made.editionId] : [])));
      const lacking = editions.filter(({ id, name }) => !packed.has(id) && readEditionNumber(name) !== undefined);
      found.push(...lacking);
    }
  }
  if (!isKnown) throw new CommandError(`There is no chart ${productId}.`);
  return found;
}

/** Whether a job that makes packages waits or runs. */
async function isUnderWay({ queries }: CommandServices): Promise<boolean> {
  const counts = await queries.jobs.counts();
  return counts.some(({ task, waiting }) => task === "make_packages" && waiting > 0);
}
