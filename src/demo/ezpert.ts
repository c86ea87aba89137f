import type { Command } from "../core/command.ts";
import type { Queries } from "../queries/queries.ts";
import type { DemoTarget } from "./demo-target.ts";

const productName = "EZP5";
const client = "mario.rossi@sangah.com";
/** The machine's address is masked in the documents; it is no hexadecimal number. */
const machine = { kind: "machine", name: "08-00-27-AA-6H-7N" } as const;
const attachedCode = "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA";
const codes = ["ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA", attachedCode, "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA"];

/** The licences of the sample data. */
export async function addLicenses(target: DemoTarget, queries: Queries): Promise<void> {
  const productId = await ensureProduct(target, queries);
  // One after the other: they are listed in the order in which they were made.
  for (const code of codes) await carryOut(target, { verb: "issue", productId, code, holder: client });
  await carryOut(target, { verb: "bind", productId, code: attachedCode, device: machine, register: true });
}

/** The number of the product, which is found by its name: the number is drawn. */
async function ensureProduct(target: DemoTarget, queries: Queries): Promise<number> {
  const { organizationId, execute } = target;
  const known = await queries.products.byName(organizationId, "license", productName);
  if (known !== undefined) return known.id;
  const terms = { description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const outcome = await execute(organizationId, {
    verb: "create_product",
    kind: "license",
    slots: 1,
    terms: { name: productName, ...terms },
  });
  if (!outcome.ok) throw new Error(`The sample data could not be made: ${outcome.refusal}`);
  return outcome.value.product.id;
}

/** Carries out a command; what is there already stays as it is. */
async function carryOut({ organizationId, execute }: DemoTarget, command: Command): Promise<void> {
  const outcome = await execute(organizationId, command);
  if (outcome.ok || outcome.refusal === "code_taken") return;
  throw new Error(`The sample data could not be made: ${outcome.refusal}`);
}
