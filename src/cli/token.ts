import { findOperator } from "./operator.ts";
import { readValue } from "./secret-input.ts";
import { accepted, CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/**
 * `counterfoil token revoke [TOKEN]`: running servers refuse the token within seconds. If the argument is missing, it
 * is read from a file or from standard input.
 */
export async function revokeToken(tools: Tools, given: string | undefined, fromFile?: string): Promise<void> {
  const token = await readValue(tools, { given, fromFile, question: "token" });
  return withServices(tools, async ({ execute }) => {
    const { ok } = await execute({ verb: "revoke_token", token });
    if (!ok) throw new CommandError("There is no such token, or it has ended already.");
    tools.print("The token is revoked.");
  });
}

/** `counterfoil token revoke-all LOGIN`: ends every token of an operator. */
export function revokeTokensOf(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async (services) => {
    const operator = await findOperator(services, login);
    const { revoked } = accepted(await services.execute({ verb: "revoke_tokens", login: operator.login }));
    tools.print(`${revoked} tokens of ${operator.login} are revoked.`);
  });
}
