import { randomBytes } from "node:crypto";
import type { CommandOf } from "../core/command.ts";
import type { ProductKind } from "../core/product.ts";
import type { KnownOperator } from "../queries/operators.ts";
import { checkSetting, type SettingDescription } from "../settings.ts";
import { readValue } from "./secret-input.ts";
import { accepted, CommandError, type CommandServices, type Tools } from "./tools.ts";
import { withServices } from "./with-services.ts";

/** `counterfoil setting list`: the organization's settings, or those of one reseller, and what they may be. */
export function listSettings(tools: Tools, reseller?: string): Promise<void> {
  return withServices(tools, async (services) => {
    const settings =
      reseller === undefined
        ? (await services.queries.organizations.byId(services.organizationId))?.settings
        : (await findReseller(services, reseller)).settings;
    for (const { name, values, byDefault, meaning, isSecret, isResellers } of tools.organizationSettings) {
      if (reseller !== undefined && isResellers !== true) continue;
      const value = settings?.get(name);
      const shown = value === undefined ? `${byDefault} (default)` : shownValue(isSecret === true, String(value));
      tools.print(`${name} = ${shown}${values.length === 0 ? "" : `\n  one of ${values.join(", ")}`}\n  ${meaning}`);
    }
  });
}

/** The options of `counterfoil setting set`. */
export interface PutSettingOptions {
  readonly reseller?: string;
  readonly fromFile?: string;
}

/**
 * `counterfoil setting set NAME [VALUE]`: running servers follow within seconds. With `reseller` it is that reseller's
 * own setting. The value of a secret setting need not be an argument: it is read from a file or from standard input.
 * `onMissing` ends the command when the value of another setting is missing.
 */
export async function putSetting(
  tools: Tools,
  name: string,
  given: string | undefined,
  { reseller, fromFile }: PutSettingOptions,
  onMissing: () => never,
): Promise<void> {
  const setting = tools.organizationSettings.find((one) => one.name === name);
  if (given === undefined && fromFile === undefined && setting?.isSecret !== true) onMissing();
  const value = await readValue(tools, { given, fromFile, question: name });
  return writeSetting(tools, name, value, reseller);
}

/** Checks a value and writes the setting of the organization, or of this reseller. */
async function writeSetting(tools: Tools, name: string, value: string, reseller: string | undefined): Promise<void> {
  const setting = tools.organizationSettings.find((one) => one.name === name);
  const isSecret = setting?.isSecret === true;
  const problem = checkSetting(tools.organizationSettings, name, value);
  if (problem !== undefined) throw new CommandError(problem);
  refuseOthers(setting, reseller);
  return withServices(tools, async (services) => {
    if (setting?.isNameOf !== undefined) await refuseUnknownProduct(services, setting.isNameOf, value);
    await change(services, reseller, { name, value, isSecret });
    tools.print(`${name} = ${shownValue(isSecret, value)}`);
  });
}

/** Changes a setting of the organization, or of this reseller. */
async function change(
  services: CommandServices,
  reseller: string | undefined,
  setting: Pick<CommandOf<"change_setting">, "name" | "value" | "isSecret">,
): Promise<void> {
  const whose = reseller === undefined ? {} : { operator: (await findReseller(services, reseller)).login };
  accepted(await services.execute({ verb: "change_setting", ...setting, ...whose }));
}

/** Refuses the name of a missing product: every order would fail later. */
async function refuseUnknownProduct(
  { queries, organizationId }: CommandServices,
  kind: ProductKind,
  name: string,
): Promise<void> {
  if ((await queries.products.byName(organizationId, kind, name)) !== undefined) return;
  throw new CommandError(`There is no product ${name}. "counterfoil ${kind} product ${name}" makes one.`);
}

/** These bytes make a secret of 32 characters, since a character of base64 holds 6 bits. */
const drawnSecretBytes = 24;

/** `counterfoil setting draw NAME`: sets a secret setting to a value that is drawn and shown once. */
export async function drawSetting(tools: Tools, name: string, reseller?: string): Promise<void> {
  if (findSetting(tools, name).isSecret !== true)
    throw new CommandError(`${name} is no secret: "counterfoil setting set" sets it.`);
  const value = randomBytes(drawnSecretBytes).toString("base64url");
  await writeSetting(tools, name, value, reseller);
  tools.print(`${value}\nIt is not shown again.`);
}

/** Refuses a reseller's own setting where resellers have none. */
function refuseOthers(setting: SettingDescription | undefined, reseller: string | undefined): void {
  if (reseller === undefined || setting?.isResellers === true) return;
  throw new CommandError(`Resellers have no ${setting?.name ?? "such setting"} of their own.`);
}

function findSetting({ organizationSettings }: Tools, name: string): SettingDescription {
  const setting = organizationSettings.find((one) => one.name === name);
  if (setting !== undefined) return setting;
  throw new CommandError(`There is no setting ${name}. See "counterfoil setting list".`);
}

async function findReseller({ queries, organizationId }: CommandServices, login: string): Promise<KnownOperator> {
  const operator = await queries.operators.byLogin(organizationId, login);
  if (operator?.role === "reseller") return operator;
  throw new CommandError(`There is no reseller ${login}. See "counterfoil operator list".`);
}

function shownValue(isSecret: boolean, value: string): string {
  return isSecret ? "(set)" : value;
}

/**
 * `counterfoil setting unset NAME`: back to the default; with `reseller` that reseller follows the organization again.
 */
export async function unsetSetting(tools: Tools, name: string, reseller?: string): Promise<void> {
  const setting = findSetting(tools, name);
  refuseOthers(setting, reseller);
  return withServices(tools, async (services) => {
    await change(services, reseller, { name });
    tools.print(`${name} = ${reseller === undefined ? setting.byDefault : "the organization's"} (default)`);
  });
}
