import { hashPassword } from "../access/password.ts";
import type { OperatorRole } from "../core/operator.ts";
import type { Queries } from "../queries/queries.ts";
import { ensure, type SampleData, type SampleTarget } from "./sample.ts";

/** Set when the sample data is complete. From then on nothing that was changed or removed is restored. */
const madeSetting = "demo.made";

const operators: readonly { login: string; password: string; role: OperatorRole }[] = [
  { login: "owner", password: "counterfoil", role: "owner" },
  { login: "admin", password: "admin", role: "administrator" },
  { login: "username", password: "password", role: "administrator" },
  { login: "reseller", password: "reseller", role: "reseller" },
  { login: "Aladdin", password: "open sesame", role: "administrator" },
  { login: "kiosk", password: "kiosk", role: "reseller" },
];

const token = "demo-token";

/**
 * Fills the organization with operators and these samples, unless that was done before. An interrupted call is
 * completed by the next one. Resolves with whether anything was added.
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

/** The operators of the sample data, and a token for the owner. */
async function addOperators(target: SampleTarget, queries: Queries): Promise<void> {
  for (const { login, password, role } of operators) {
    await ensure(target, { verb: "create_operator", login, passwordHash: await hashPassword(password), role });
  }
  const owner = await queries.operators.byLogin(target.organizationId, "owner");
  if (owner === undefined) throw new Error("The sample data has no owner.");
  await ensure(target, { verb: "create_token", operatorId: owner.id, login: owner.login, token, lifetimeMs: null });
}
