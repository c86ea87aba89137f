import type { Queries } from "../queries/queries.ts";
import type { DemoTarget } from "./demo-target.ts";
import { addLicenses } from "./ezpert.ts";
import { addCards } from "./mor.ts";
import { addEvents } from "./nokkis.ts";
import { addCharts } from "./ocharts.ts";
import { addOperators } from "./operators.ts";

/** Set once all the sample data is there: from then on nothing is put back that was changed or removed. */
const madeSetting = "demo.made";

/**
 * Fills the organization with the sample data, unless that was done before; broken off in the middle, it is completed
 * the next time. Resolves with whether anything was added.
 */
export async function addDemoData(target: DemoTarget, queries: Queries): Promise<boolean> {
  const organization = await queries.organizations.byId(target.organizationId);
  if (organization?.settings.get(madeSetting) === true) return false;
  await addOperators(target, queries);
  await addEvents(target);
  await addCards(target, queries);
  await addLicenses(target, queries);
  await addCharts(target, queries);
  const made = await target.execute(target.organizationId, { verb: "change_setting", name: madeSetting, value: true });
  if (!made.ok) throw new Error(`The sample data could not be made: ${made.refusal}`);
  return true;
}
