import { hashPassword } from "../access/password.ts";
import type { OperatorRole } from "../core/operator.ts";
import type { Queries } from "../queries/queries.ts";
import type { DemoTarget } from "./demo-target.ts";

const operators: readonly { login: string; password: string; role: OperatorRole }[] = [
  { login: "owner", password: "counterfoil", role: "owner" },
  { login: "admin", password: "admin", role: "administrator" },
  { login: "username", password: "password", role: "administrator" },
  { login: "reseller", password: "reseller", role: "reseller" },
  { login: "Aladdin", password: "open sesame", role: "administrator" },
];

const token = "demo-token";

/** The operators of the sample data, and a token for the owner. */
export async function addOperators({ organizationId, execute }: DemoTarget, queries: Queries): Promise<void> {
  for (const { login, password, role } of operators) {
    const passwordHash = await hashPassword(password);
    const created = await execute(organizationId, { verb: "create_operator", login, passwordHash, role });
    if (created.ok || created.refusal === "login_taken") continue;
    throw new Error(`The sample data could not be made: ${created.refusal}`);
  }
  for (const { id, login, role } of await queries.operators.all(organizationId)) {
    if (role !== "owner") continue;
    await execute(organizationId, { verb: "create_token", operatorId: id, login, token, lifetimeMs: null });
  }
}
