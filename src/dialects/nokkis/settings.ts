import type { Organization } from "../../queries/organizations.ts";
import type { SettingDescription } from "../dialect.ts";

/** How an organization wants the protocol spoken. */
export interface NokkisSettings {
  /** Whether a gate that presents no apikey is let through (`open`) or answered with error 11 (`key`). */
  readonly gate: "key" | "open";
  /** Whether events and logs need an operator (`operator`) or nobody in particular (`open`). */
  readonly admin: "operator" | "open";
  /** The HTTP status of an error: always 200, as old clients need it, or one that fits (`semantic`). */
  readonly httpStatus: "200" | "semantic";
}

export const settingDescriptions: readonly SettingDescription[] = [
  {
    name: "nokkis.gate",
    values: ["key", "open"],
    byDefault: "key",
    meaning: "key: a gate must present an apikey of the event; open: it need not",
  },
  {
    name: "nokkis.admin",
    values: ["operator", "open"],
    byDefault: "operator",
    meaning: "operator: events, new barcodes and logs need an operator's password or token; open: they need nothing",
  },
  {
    name: "nokkis.httpStatus",
    values: ["200", "semantic"],
    byDefault: "200",
    meaning: "200: every answer has status 200, as old clients expect; semantic: errors have a status of their own",
  },
];

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(name: string, value: unknown): string | undefined {
  const setting = settingDescriptions.find((description) => description.name === name);
  if (setting === undefined) {
    return `There is no setting ${name}. There are: ${settingDescriptions.map((one) => one.name).join(", ")}.`;
  }
  if (typeof value === "string" && setting.values.includes(value)) return undefined;
  return `${name} must be one of: ${setting.values.join(", ")}.`;
}

/** The organization's settings; what is unset or does not fit has its default, which is the strict one. */
export function readSettings(organization: Organization | undefined): NokkisSettings {
  const value = (name: string) => organization?.settings.get(`nokkis.${name}`);
  return {
    gate: value("gate") === "open" ? "open" : "key",
    admin: value("admin") === "open" ? "open" : "operator",
    httpStatus: value("httpStatus") === "semantic" ? "semantic" : "200",
  };
}
