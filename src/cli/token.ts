import { readValue } from "./secret-input.ts";
import { CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/**
 * `counterfoil token revoke [TOKEN]`: running servers refuse it within seconds. Without, it is read from a file or
 * standard input.
 */
export async function revokeToken(tools: Tools, given: string | undefined, fromFile?: string): Promise<void> {
  const token = await readValue(tools, { given, fromFile, question: "token" });
  return withServices(tools, async ({ administration, organizationId }) => {
    if (!(await administration.revokeToken(organizationId, token))) {
      throw new CommandError("There is no such token, or it has ended already.");
    }
    tools.print("The token is revoked.");
  });
}

/** `counterfoil token revoke-all LOGIN`: ends every token of an operator. */
export function revokeTokensOf(tools: Tools, login: string): Promise<void> {
  return withServices(tools, async ({ administration, organizationId }) => {
    const count = await administration.revokeTokensOf(organizationId, login);
    tools.print(`${count} tokens of ${login} are revoked.`);
  });
}
