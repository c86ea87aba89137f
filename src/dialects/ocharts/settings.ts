import type { Organization } from "../../engine/reader.ts";
import type { SettingDescription } from "../dialect.ts";
import { readVersion, type Version } from "./decode.ts";
import { deliveryDaysDefault, deliveryDaysMax, deliveryDaysSetting, parseDeliveryDays } from "./delivery-format.ts";

/** How an organization wants the protocol spoken. */
export interface OchartsSettings {
  /** The oldest client that is served; `undefined` for any. */
  readonly minVersion: Version | undefined;
  /** Whether every task is put off. Downloads go on. */
  readonly isInMaintenance: boolean;
  /** How long a link is good for, if what it leads to is kept as long. */
  readonly linkHours: number;
}

const linkHoursMax = 24 * deliveryDaysMax;

interface Setting extends SettingDescription {
  /** Whether a text can be its value. */
  fits(text: string): boolean;
  /** What a value must be, after "must be". */
  readonly shape: string;
}

const minVersion: Setting = {
  name: "ocharts.minVersion",
  values: [],
  byDefault: "none",
  meaning: "the oldest plugin that is served, as 3.3.13; older ones, and those that do not tell, are asked to update",
  fits: (text) => text === "none" || readVersion(text) !== undefined,
  shape: "a version like 3.3.13, or none",
};

const maintenance: Setting = {
  name: "ocharts.maintenance",
  values: ["off", "on"],
  byDefault: "off",
  meaning: "on: every task is answered with the maintenance mode; downloads go on",
  fits: (text) => text === "off" || text === "on",
  shape: "one of: off, on",
};

/** Read where chart sets are built. */
const deliveryDays: Setting = {
  name: deliveryDaysSetting,
  values: [],
  byDefault: String(deliveryDaysDefault),
  meaning: "for how many days a chart set is kept once it was prepared; then it must be requested again",
  fits: (text) => parseDeliveryDays(text) !== undefined,
  shape: `a whole number from 1 to ${deliveryDaysMax}`,
};

const linkHours: Setting = {
  name: "ocharts.linkHours",
  values: [],
  byDefault: "24",
  meaning: "how many hours a download link is good for; every list of charts has new ones",
  fits: (text) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= linkHoursMax,
  shape: `a whole number from 1 to ${linkHoursMax}`,
};

const settings: readonly Setting[] = [minVersion, maintenance, deliveryDays, linkHours];

export const settingDescriptions: readonly SettingDescription[] = settings.map(
  ({ name, values, byDefault, meaning }) => ({ name, values, byDefault, meaning }),
);

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(name: string, value: unknown): string | undefined {
  const setting = settings.find((one) => one.name === name);
  if (setting === undefined) {
    return `There is no setting ${name}. There are: ${settings.map((one) => one.name).join(", ")}.`;
  }
  return typeof value === "string" && setting.fits(value) ? undefined : `${name} must be ${setting.shape}.`;
}

/** The organization's settings; what is unset has its default. A value was checked when it was set. */
export function readSettings(organization: Organization): OchartsSettings {
  const textOf = ({ name, byDefault, fits }: Setting) => {
    const value = organization.settings.get(name);
    return typeof value === "string" && fits(value) ? value : byDefault;
  };
  return {
    minVersion: readVersion(textOf(minVersion)),
    isInMaintenance: textOf(maintenance) === "on",
    linkHours: Number(textOf(linkHours)),
  };
}
