import { defaultOrganizationId } from "../engine/administration.ts";
import { CommandError, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil setting list`: the organization's settings and what they may be. */
export function listSettings(tools: Tools): Promise<void> {
  return withServices(tools, async ({ reader }) => {
    const organization = await reader.organization("");
    for (const { name, values, byDefault, meaning } of tools.organizationSettings) {
      const value = organization?.settings.get(name);
      const shown = value === undefined ? `${byDefault} (default)` : String(value);
      tools.print(`${name} = ${shown}\n  one of ${values.join(", ")}\n  ${meaning}`);
    }
  });
}

/** `counterfoil setting set NAME VALUE`: takes effect within seconds, also in servers that run. */
export function putSetting(tools: Tools, name: string, value: string): Promise<void> {
  const problem = tools.checkOrganizationSetting(name, value);
  if (problem !== undefined) throw new CommandError(problem);
  return withServices(tools, async ({ administration }) => {
    await administration.putSetting(defaultOrganizationId, name, value);
    tools.print(`${name} = ${value}`);
  });
}

/** `counterfoil setting unset NAME`: back to the default. */
export function unsetSetting(tools: Tools, name: string): Promise<void> {
  const setting = tools.organizationSettings.find((one) => one.name === name);
  if (setting === undefined) throw new CommandError(`There is no setting ${name}. See "counterfoil setting list".`);
  return withServices(tools, async ({ administration }) => {
    await administration.putSetting(defaultOrganizationId, name, undefined);
    tools.print(`${name} = ${setting.byDefault} (default)`);
  });
}
