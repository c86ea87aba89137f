import { confirm } from "../../../cli/confirm.ts";
import { readWhole } from "../../../cli/read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { Product } from "../../../core/product.ts";

const notFound = { product_not_found: "The chart was retired or removed meanwhile." };

/** `counterfoil chart close ID`: sells a chart no more, and delivers it on. */
export function closeChart(tools: Tools, number: string, { renewal }: { readonly renewal: boolean }): Promise<void> {
  return withServices(tools, async (services) => {
    const { id: productId, name, issued } = await findChart(services, number);
    accepted(await services.execute({ verb: "close_product", productId, kind: "chart", renewable: renewal }), notFound);
    const renewed = renewal ? "can be renewed" : "cannot be renewed";
    tools.print(`${name} is closed for sale. The ${issued} that are sold are delivered on, and ${renewed}.`);
  });
}

/** `counterfoil chart reopen ID`: sells a chart again that was closed. */
export function reopenChart(tools: Tools, number: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { id: productId, name } = await findChart(services, number);
    accepted(await services.execute({ verb: "reopen_product", productId, kind: "chart" }), notFound);
    tools.print(`${name} is sold.`);
  });
}

/** `counterfoil chart retire ID`: ends a chart, and removes it if it was never sold. It asks first. */
export function retireChart(tools: Tools, number: string, options: { readonly yes?: boolean }): Promise<void> {
  return withServices(tools, async (services) => {
    const { id: productId, name, issued, everIssued } = await findChart(services, number);
    const consequences = everIssued
      ? `${name} is sold and delivered no more, to the holders of ${issued} that are sold either. "counterfoil chart close" ends the sale alone.`
      : `${name} was never sold: it is removed for good, with its editions.`;
    await confirm(tools, consequences, options);
    const { deleted } = accepted(
      await services.execute({ verb: "retire_product", productId, kind: "chart" }),
      notFound,
    );
    tools.print(
      deleted
        ? `Chart ${productId} was never sold: it is removed, with its editions.`
        : `Chart ${productId} is retired: it is sold and delivered no more. "counterfoil chart restore ${productId}" takes that back.`,
    );
  });
}

/** `counterfoil chart restore ID`: takes back that a chart was retired. */
export function restoreChart(tools: Tools, number: string): Promise<void> {
  const productId = readWhole("The number", number);
  return withServices(tools, async ({ execute }) => {
    const command = { verb: "restore_product", productId, kind: "chart" } as const;
    const { product } = accepted(await execute(command), { product_not_found: `There is no chart ${productId}.` });
    tools.print(`${product.name} is ${product.closed === null ? "sold and delivered" : "delivered"}.`);
  });
}

/** The chart of this number that is not retired; ends with a sentence when there is none. */
async function findChart({ queries, organizationId }: CommandServices, number: string): Promise<Product> {
  const productId = readWhole("The number", number);
  const found = await queries.products.byId(organizationId, productId);
  if (found?.product.kind === "chart" && found.product.retiredAtMs === null) return found.product;
  throw new CommandError(
    `There is no chart ${productId} that could be changed. "counterfoil chart list" shows those that are sold.`,
  );
}
