import { operatorRoles } from "../core/operator.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type Services, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil operator list` */
export function listOperators(tools: Tools): Promise<void> {
  return withServices(tools, async ({ administration }) => {
    for (const { login, role, createdAtMs } of await administration.listOperators(defaultOrganizationId)) {
      tools.print(`${login}  ${role}  since ${new Date(createdAtMs).toISOString()}`);
    }
  });
}

/** `counterfoil operator add LOGIN --role ROLE`: a new account; its password is drawn and shown once. */
export function addOperator(tools: Tools, login: string, roleName: string): Promise<void> {
  const role = operatorRoles.find((one) => one === roleName);
  if (role === undefined)
    throw new CommandError(`There is no role "${roleName}". There are: ${operatorRoles.join(", ")}.`);
  if (!/^[^\s:]{1,100}$/.test(login)) {
    throw new CommandError("A login has 1 to 100 characters, and neither blanks nor colons.");
  }
  return withServices(tools, async ({ administration }) => {
    const operators = await administration.listOperators(defaultOrganizationId);
    if (operators.some((operator) => operator.login === login.normalize("NFC"))) {
      throw new CommandError(
        `There is an operator ${login}. "counterfoil operator password ${login}" sets a new password.`,
      );
    }
    await putOperator(tools, administration, login, role);
  });
}

/** `counterfoil operator password LOGIN`: a new password, drawn and shown once. */
export function renewPassword(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async ({ administration }) => {
    const operators = await administration.listOperators(defaultOrganizationId);
    const operator = operators.find((one) => one.login === login.normalize("NFC"));
    if (operator === undefined) {
      const logins = operators.map((one) => one.login).join(", ");
      throw new CommandError(`There is no operator ${login}. There are: ${logins}.`);
    }
    await putOperator(tools, administration, login, operator.role);
  });
}

async function putOperator(
  tools: Tools,
  administration: Services["administration"],
  login: string,
  role: (typeof operatorRoles)[number],
): Promise<void> {
  const { password, passwordHash } = await newPassword();
  await administration.putOperator(defaultOrganizationId, { login, passwordHash, role });
  tools.print(`login     ${login}\nrole      ${role}\npassword  ${password}\nIt is not shown again.`);
}
