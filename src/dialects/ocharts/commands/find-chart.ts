import { readWhole } from "../../../cli/read-option.ts";
import { CommandError, type CommandServices } from "../../../cli/tools.ts";
import type { Product } from "../../../core/product.ts";

/** The chart of this number, retired ones too; ends with a sentence when there is none. */
export async function findChart(
  { queries, organizationId }: CommandServices,
  option: string,
  number: string,
): Promise<Product> {
  const found = await queries.products.byId(organizationId, readWhole(option, number));
  if (found?.product.kind === "chart") return found.product;
  throw new CommandError(`There is no chart ${number}. "counterfoil chart list" shows all.`);
}
