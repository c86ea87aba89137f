import type { Organization } from "../../queries/organizations.ts";
import type { SettingDescription } from "../dialect.ts";

/** How an organization wants the protocol spoken. */
export interface EzpertSettings {
  /** The product code of what CreateLicense issues: the name of a product of licences. */
  readonly product: string;
  /** The HTTP status of an error that is not about who calls: always 200, or one that fits (`semantic`). */
  readonly httpStatus: "200" | "semantic";
  /** The zone in which `reg_date` is written. */
  readonly timeZone: string;
}

const defaults: EzpertSettings = { product: "EZP5", httpStatus: "200", timeZone: "UTC" };

export const settingDescriptions: readonly SettingDescription[] = [
  {
    name: "ezpert.product",
    values: ["the name of any product of licences"],
    isNameOf: "license",
    byDefault: defaults.product,
    meaning: "the product code of the licences that CreateLicense issues",
  },
  {
    name: "ezpert.httpStatus",
    values: ["200", "semantic"],
    byDefault: defaults.httpStatus,
    meaning:
      "200: an error of an operation has status 200, as old clients expect; semantic: it has a status of its own",
  },
  {
    name: "ezpert.timeZone",
    values: ["UTC", "Asia/Seoul", "any other name of the IANA time zones"],
    byDefault: defaults.timeZone,
    meaning: "the time zone in which reg_date is written",
  },
];

const checks: Record<keyof EzpertSettings, (value: unknown) => string | undefined> = {
  product: (value) =>
    typeof value === "string" && value.trim() !== "" ? undefined : "ezpert.product must be the name of a product.",
  httpStatus: (value) =>
    value === "200" || value === "semantic" ? undefined : "ezpert.httpStatus must be one of: 200, semantic.",
  timeZone: (value) =>
    typeof value === "string" && isTimeZone(value)
      ? undefined
      : "ezpert.timeZone must be a name like Asia/Seoul or UTC.",
};

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(name: string, value: unknown): string | undefined {
  const check = Object.entries(checks).find(([key]) => name === `ezpert.${key}`)?.[1];
  if (check === undefined) {
    return `There is no setting ${name}. There are: ${settingDescriptions.map((one) => one.name).join(", ")}.`;
  }
  return check(value);
}

/** The organization's settings; what is unset has its default. A value was checked when it was set. */
export function readSettings(organization: Organization | undefined): EzpertSettings {
  const text = (name: keyof EzpertSettings) => {
    const value = organization?.settings.get(`ezpert.${name}`);
    return typeof value === "string" ? value : defaults[name];
  };
  return {
    product: text("product"),
    httpStatus: text("httpStatus") === "semantic" ? "semantic" : "200",
    timeZone: text("timeZone"),
  };
}
