import type { Queries } from "../queries/queries.ts";
import { addOperators } from "./operators.ts";
import { ensure, type SampleData, type SampleTarget } from "./sample.ts";

/** Set once all the sample data is there: from then on nothing is put back that was changed or removed. */
const madeSetting = "demo.made";

/**
 * Fills the organization with operators and these samples, unless that was done before; broken off in the middle, it is
 * completed the next time. Resolves with whether anything was added.
 */
export async function addDemoData(
  target: SampleTarget,
  queries: Queries,
  samples: readonly SampleData[],
): Promise<boolean> {
  const organization = await queries.organizations.byId(target.organizationId);
  if (organization?.settings.get(madeSetting) === true) return false;
  await addOperators(target, queries);
  for (const sample of samples) await sample.add(target, queries);
  await ensure(target, { verb: "change_setting", name: madeSetting, value: true });
  return true;
}
