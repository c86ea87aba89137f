import { hashPassword } from "../access/password.ts";
import type { OperatorRole } from "../core/operator.ts";
import type { Queries } from "../queries/queries.ts";
import { ensure, type SampleTarget } from "./sample.ts";

const operators: readonly { login: string; password: string; role: OperatorRole }[] = [
  { login: "owner", password: "counterfoil", role: "owner" },
  { login: "admin", password: "admin", role: "administrator" },
  { login: "username", password: "password", role: "administrator" },
  { login: "reseller", password: "reseller", role: "reseller" },
  { login: "Aladdin", password: "open sesame", role: "administrator" },
];

const token = "demo-token";

/** The operators of the sample data, and a token for the owner. */
export async function addOperators(target: SampleTarget, queries: Queries): Promise<void> {
  for (const { login, password, role } of operators) {
    await ensure(target, { verb: "create_operator", login, passwordHash: await hashPassword(password), role });
  }
  const owner = await queries.operators.byLogin(target.organizationId, "owner");
  if (owner === undefined) throw new Error("The sample data has no owner.");
  await ensure(target, { verb: "create_token", operatorId: owner.id, login: owner.login, token, lifetimeMs: null });
}
