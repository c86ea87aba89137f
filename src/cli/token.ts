import { CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil token revoke TOKEN`: running servers refuse it within seconds. */
export function revokeToken(tools: Tools, token: string): Promise<void> {
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
