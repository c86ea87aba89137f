import type { Reader } from "../engine/reader.ts";
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
export async function addDemoData(target: DemoTarget, reader: Reader): Promise<boolean> {
  const organization = await reader.organizationById(target.organizationId);
  if (organization?.settings.get(madeSetting) === true) return false;
  await addOperators(target);
  await addEvents(target);
  await addCards(target, reader);
  await addLicenses(target, reader);
  await addCharts(target, reader);
  await target.administration.putSetting(target.organizationId, madeSetting, true);
  return true;
}
