import { type OperatorRole, operatorRoles } from "../core/operator.ts";
import type { ListedOperator } from "../queries/operators.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil operator list` */
export function listOperators(tools: Tools): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    for (const { login, role, createdAtMs, disabledAtMs } of await queries.operators.all(organizationId)) {
      const since = `since ${new Date(createdAtMs).toISOString()}`;
      const until = disabledAtMs === null ? "" : `  disabled ${new Date(disabledAtMs).toISOString()}`;
      tools.print(`${login}  ${role}  ${since}${until}`);
    }
  });
}

/** `counterfoil operator add LOGIN --role ROLE`: a new account; its password is drawn and shown once. */
export function addOperator(tools: Tools, login: string, roleName: string): Promise<void> {
  const role = readRole(roleName);
  if (!/^[^\s:]{1,100}$/.test(login)) {
    throw new CommandError("A login has 1 to 100 characters, and neither blanks nor colons.");
  }
  return withServices(tools, async (services) => {
    const operators = await services.queries.operators.all(services.organizationId);
    const known = operators.find((operator) => operator.login === login.normalize("NFC"));
    if (known !== undefined) {
      const isDisabled = known.disabledAtMs !== null;
      throw new CommandError(
        `There is an operator ${login}. ${
          isDisabled
            ? `"counterfoil operator enable ${login}" lets it in again.`
            : `"counterfoil operator password ${login}" sets a new password.`
        }`,
      );
    }
    await putOperator(tools, services, login, role);
  });
}

/** `counterfoil operator password LOGIN`: a new password, drawn and shown once; it ends all tokens of the operator. */
export function renewPassword(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { role, disabledAtMs } = await findOperator(services, login);
    await putOperator(tools, services, login, role);
    tools.print(`Tokens of ${login} are revoked.`);
    if (disabledAtMs !== null) tools.print(`${login} is still disabled: see "counterfoil operator enable".`);
  });
}

/** `counterfoil operator disable LOGIN`: running servers refuse its password and tokens within seconds. */
export function disableOperator(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    await findOperator(services, login);
    if (!(await services.administration.setOperatorDisabled(services.organizationId, login, true)))
      throw lastOwner(login);
    tools.print(`${login} is disabled, and its tokens are revoked.`);
  });
}

/** `counterfoil operator enable LOGIN`: it may log in again, with its password. */
export function enableOperator(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    await findOperator(services, login);
    await services.administration.setOperatorDisabled(services.organizationId, login, false);
    tools.print(`${login} is enabled.`);
  });
}

/** `counterfoil operator role LOGIN ROLE`: running servers follow within seconds. */
export function changeRole(tools: Tools, login: string, roleName: string): Promise<void> {
  const role = readRole(roleName);
  return withServices(tools, async (services) => {
    const operator = await findOperator(services, login);
    if (!(await services.administration.setOperatorRole(services.organizationId, login, role)))
      throw mustStay(operator);
    tools.print(`${login} is ${role} now.`);
  });
}

/** `counterfoil operator remove LOGIN`: what it did stays in the log. */
export function removeOperator(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const operator = await findOperator(services, login);
    if (!(await services.administration.removeOperator(services.organizationId, login))) throw mustStay(operator);
    tools.print(`${login} is removed.`);
  });
}

function readRole(name: string): OperatorRole {
  const role = operatorRoles.find((one) => one === name);
  if (role !== undefined) return role;
  throw new CommandError(`There is no role "${name}". There are: ${operatorRoles.join(", ")}.`);
}

/** The operator of this login, disabled or not; ends with a sentence when there is none. */
async function findOperator({ queries, organizationId }: CommandServices, login: string): Promise<ListedOperator> {
  const operators = await queries.operators.all(organizationId);
  const operator = operators.find((one) => one.login === login.normalize("NFC"));
  if (operator !== undefined) return operator;
  throw new CommandError(`There is no operator ${login}. There are: ${operators.map((one) => one.login).join(", ")}.`);
}

function lastOwner(login: string): CommandError {
  return new CommandError(
    `${login} is the last owner. Make another first: "counterfoil operator add LOGIN --role owner".`,
  );
}

function mustStay({ login, role }: ListedOperator): CommandError {
  if (role !== "reseller") return lastOwner(login);
  return new CommandError(
    `${login} owns card groups or customers, which nobody else would see. "counterfoil operator disable ${login}" shuts it out.`,
  );
}

async function putOperator(
  tools: Tools,
  { administration, organizationId }: CommandServices,
  login: string,
  role: OperatorRole,
): Promise<void> {
  const { password, passwordHash } = await newPassword();
  await administration.putOperator(organizationId, { login, passwordHash, role });
  tools.print(`login     ${login}\nrole      ${role}\npassword  ${password}\nIt is not shown again.`);
}
