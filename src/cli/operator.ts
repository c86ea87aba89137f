import { randomBytes } from "node:crypto";
import { hashPassword } from "../access/password.ts";
import { readConfig } from "../config.ts";
import { operatorRoles } from "../core/operator.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import { CommandError, type Services, type Tools } from "./tools.ts";

/** Does something with the services, beside a running server or alone. */
export async function withServices(tools: Tools, act: (services: Services) => Promise<void>): Promise<void> {
  const config = readConfig(tools.environment);
  const database = await tools.openDatabase(config);
  try {
    await database.migrate();
    const services = await tools.openServices(config, database);
    try {
      await services.administration.ensureOrganization(defaultOrganizationId, "Default");
      await act(services);
    } finally {
      await services.close();
    }
  } finally {
    await database.close();
  }
}

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
    if (operators.some((operator) => operator.login === login)) {
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
    const operator = operators.find((one) => one.login === login);
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
  const password = randomBytes(15).toString("base64url");
  await administration.putOperator(defaultOrganizationId, { login, passwordHash: await hashPassword(password), role });
  tools.print(`login     ${login}\nrole      ${role}\npassword  ${password}\nIt is not shown again.`);
}
