import { readDay, readWhole } from "../../../cli/read-option.ts";
import { accepted, type Tools } from "../../../cli/tools.ts";
import { withServices } from "../../../cli/with-services.ts";
import type { CommandOf } from "../../../core/command.ts";
import { currentEdition } from "../../../core/edition.ts";

/** `counterfoil edition withdraw NAME`, `restore NAME` and `schedule NAME DAY`: who gets an edition, and when. */
export function changeEdition(
  tools: Tools,
  name: string,
  change: "withdraw" | "restore" | { readonly day: string },
  { product }: { readonly product: string },
): Promise<void> {
  const productId = readWhole("--product", product);
  const command: CommandOf<"change_edition"> = {
    verb: "change_edition",
    productId,
    kind: "chart",
    name,
    change: typeof change === "string" ? change : { publishedAtMs: readDay("The day", change.day) },
  };
  return withServices(tools, async ({ execute, queries, organizationId }) => {
    const { edition } = accepted(await execute(command), {
      product_not_found: `There is no chart ${productId}.`,
      edition_not_found: `There is no edition ${name}. "counterfoil edition list" shows all.`,
    });
    const current = currentEdition(await queries.content.editions(organizationId, productId), Date.now());
    const given = current === undefined ? "Nobody gets an edition." : `The current edition is ${current.name}.`;
    const from = edition.availableAtMs === null ? "" : ` from ${new Date(edition.availableAtMs).toISOString()} on`;
    tools.print(`${name} is ${edition.withdrawnAtMs === null ? `given${from}` : "withdrawn"}. ${given}`);
  });
}
