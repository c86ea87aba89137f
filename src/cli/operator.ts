import type { CommandOf } from "../core/command.ts";
import { canonicalLogin, type OperatorRole, operatorRoles } from "../core/operator.ts";
import type { ListedOperator } from "../queries/operators.ts";
import { type ListingOptions, printList } from "./listing.ts";
import { newPassword, printPassword } from "./new-password.ts";
import { readGivenNumber } from "./read-option.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil operator list` */
export function listOperators(tools: Tools, options: ListingOptions): Promise<void> {
  return withServices(tools, async ({ queries, organizationId }) => {
    const operators = await queries.operators.all(organizationId);
    const rows = operators.map(({ id, login, role, createdAtMs, disabledAtMs }) => ({
      number: id,
      login,
      role,
      since: new Date(createdAtMs).toISOString(),
      disabled: disabledAtMs === null ? null : new Date(disabledAtMs).toISOString(),
    }));
    await printList(tools, options, [rows], "There are no operators.");
  });
}

/** The options of `counterfoil operator add`. */
export interface AddOptions {
  readonly role: string;
  readonly id?: string;
}

/** `counterfoil operator add LOGIN --role ROLE`: a new account; its password is drawn and shown once. */
export function addOperator(tools: Tools, login: string, options: AddOptions): Promise<void> {
  const role = readRole(options.role);
  const given = readGivenNumber(options.id);
  if (!/^[^\s:]{1,100}$/.test(login)) {
    throw new CommandError("A login has 1 to 100 characters, and neither blanks nor colons.");
  }
  return withServices(tools, async (services) => {
    const { password, passwordHash } = await newPassword();
    const outcome = await services.execute({ verb: "create_operator", login, passwordHash, role, ...given });
    if (!outcome.ok && outcome.refusal === "login_taken") {
      const { disabledAtMs } = await findOperator(services, login);
      throw new CommandError(
        `There is an operator ${login}. ${
          disabledAtMs === null
            ? `"counterfoil operator password ${login}" sets a new password.`
            : `"counterfoil operator enable ${login}" lets it in again.`
        }`,
      );
    }
    accepted(outcome, {
      number_taken: `Another operator has the number ${options.id}. "counterfoil operator list" shows which.`,
    });
    printPassword(tools, { login, role }, password);
  });
}

/** `counterfoil operator password LOGIN`: a new password, drawn and shown once; it ends all tokens of the operator. */
export function renewPassword(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const { role, disabledAtMs } = await findOperator(services, login);
    const { password, passwordHash } = await newPassword();
    await execute(services, { verb: "change_operator", login, passwordHash });
    printPassword(tools, { login, role }, password);
    tools.print(`Tokens of ${login} are revoked.`);
    if (disabledAtMs !== null) tools.print(`${login} is still disabled: see "counterfoil operator enable".`);
  });
}

/** `counterfoil operator disable LOGIN`: running servers refuse its password and tokens within seconds. */
export function disableOperator(tools: Tools, login: string): Promise<void> {
  const command = { verb: "change_operator", login, isDisabled: true } as const;
  return change(tools, command, `${login} is disabled, and its tokens are revoked.`);
}

/** `counterfoil operator enable LOGIN`: it may log in again, with its password. */
export function enableOperator(tools: Tools, login: string): Promise<void> {
  return change(tools, { verb: "change_operator", login, isDisabled: false }, `${login} is enabled.`);
}

/** `counterfoil operator role LOGIN ROLE`: running servers follow within seconds. */
export function changeRole(tools: Tools, login: string, roleName: string): Promise<void> {
  const role = readRole(roleName);
  return change(tools, { verb: "change_operator", login, role }, `${login} is ${role} now.`);
}

/** `counterfoil operator remove LOGIN`: what it did stays in the log. */
export function removeOperator(tools: Tools, login: string): Promise<void> {
  return change(tools, { verb: "remove_operator", login }, `${login} is removed.`);
}

function readRole(name: string): OperatorRole {
  const role = operatorRoles.find((one) => one === name);
  if (role !== undefined) return role;
  throw new CommandError(`There is no role "${name}". There are: ${operatorRoles.join(", ")}.`);
}

/** The operator of this login, disabled or not; ends with a sentence when there is none. */
export async function findOperator(
  { queries, organizationId }: CommandServices,
  login: string,
): Promise<ListedOperator> {
  const operators = await queries.operators.all(organizationId);
  const operator = operators.find((one) => one.login === canonicalLogin(login));
  if (operator !== undefined) return operator;
  throw new CommandError(`There is no operator ${login}. There are: ${operators.map((one) => one.login).join(", ")}.`);
}

/** The reseller of this login; ends with a sentence when it is another kind of operator, or none. */
export async function findReseller(services: CommandServices, login: string): Promise<ListedOperator> {
  const operator = await findOperator(services, login);
  if (operator.role === "reseller") return operator;
  throw new CommandError(`${operator.login} is no reseller. What a reseller does not own belongs to the house.`);
}

type Change = CommandOf<"change_operator"> | CommandOf<"remove_operator">;

function change(tools: Tools, command: Change, sentence: string): Promise<void> {
  return withServices(tools, async (services) => {
    await execute(services, command);
    tools.print(sentence);
  });
}

/** Changes an operator; ends with a sentence when that is refused. */
async function execute(services: CommandServices, command: Change): Promise<void> {
  const { login } = command;
  const outcome = await services.execute(command);
  if (!outcome.ok && outcome.refusal === "operator_not_found") await findOperator(services, login);
  accepted(outcome, {
    last_owner: `${login} is the last owner. Make another first: "counterfoil operator add LOGIN --role owner".`,
    possessions_left: `${login} owns card groups or customers, which nobody else would see. "counterfoil operator disable ${login}" shuts it out.`,
  });
}
