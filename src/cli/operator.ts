import { operatorRoles } from "../core/operator.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil operator list` */
export function listOperators(tools: Tools): Promise<void> {
  return withServices(tools, async ({ administration, organizationId }) => {
    for (const { login, role, createdAtMs } of await administration.listOperators(organizationId)) {
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
  return withServices(tools, async (services) => {
    const operators = await services.administration.listOperators(services.organizationId);
    if (operators.some((operator) => operator.login === login.normalize("NFC"))) {
      throw new CommandError(
        `There is an operator ${login}. "counterfoil operator password ${login}" sets a new password.`,
      );
    }
    await putOperator(tools, services, login, role);
  });
}

/** `counterfoil operator password LOGIN`: a new password, drawn and shown once. */
export function renewPassword(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const operators = await services.administration.listOperators(services.organizationId);
    const operator = operators.find((one) => one.login === login.normalize("NFC"));
    if (operator === undefined) {
      const logins = operators.map((one) => one.login).join(", ");
      throw new CommandError(`There is no operator ${login}. There are: ${logins}.`);
    }
    await putOperator(tools, services, login, operator.role);
  });
}

async function putOperator(
  tools: Tools,
  { administration, organizationId }: CommandServices,
  login: string,
  role: (typeof operatorRoles)[number],
): Promise<void> {
  const { password, passwordHash } = await newPassword();
  await administration.putOperator(organizationId, { login, passwordHash, role });
  tools.print(`login     ${login}\nrole      ${role}\npassword  ${password}\nIt is not shown again.`);
}
