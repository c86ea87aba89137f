import { hashPassword } from "../access/password.ts";
import type { OperatorRole } from "../core/operator.ts";
import type { SampleTarget } from "./sample.ts";

const operators: readonly { login: string; password: string; role: OperatorRole }[] = [
  { login: "owner", password: "counterfoil", role: "owner" },
  { login: "admin", password: "admin", role: "administrator" },
  { login: "username", password: "password", role: "administrator" },
  { login: "reseller", password: "reseller", role: "reseller" },
  { login: "Aladdin", password: "open sesame", role: "administrator" },
];

const token = "demo-token";

/** The operators of the sample data, and a token for the owner. */
export async function addOperators({ organizationId, administration }: SampleTarget): Promise<void> {
  for (const { login, password, role } of operators) {
    const passwordHash = await hashPassword(password);
    const operatorId = await administration.putOperator(organizationId, { login, passwordHash, role });
    if (role === "owner") await administration.putToken(organizationId, { operatorId, token, expiresAtMs: null });
  }
}
