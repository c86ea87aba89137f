import { ensure, type SampleData, type SampleTarget } from "../../demo/sample.ts";
import type { Queries } from "../../queries/queries.ts";
import { machineNamed } from "./mac-address.ts";

const productName = "EZP5";
const client = "mario.rossi@sangah.com";
/** The machine's address is masked in the documents; it is no hexadecimal number. */
const machine = machineNamed("08-00-27-AA-6H-7N");
const attachedCode = "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA";
const codes = ["ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA", attachedCode, "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA"];

/** A product with licences of one client, one of them attached to a machine. */
export const sample: SampleData = {
  add: addLicenses,
  hints: ["curl -u username:password -d client_id=mario.rossi@sangah.com URL/shop/api/ezpert/QueryLicenses.action"],
};

async function addLicenses(target: SampleTarget, queries: Queries): Promise<void> {
  const productId = await ensureProduct(target, queries);
  // One after the other: they are listed in the order in which they were made.
  for (const code of codes) await ensure(target, { verb: "issue", productId, code, holder: client });
  await ensure(target, { verb: "bind", productId, code: attachedCode, device: machine, register: true });
}

/** The number of the product. It is found by its name, since its number is generated. */
async function ensureProduct(target: SampleTarget, queries: Queries): Promise<number> {
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
