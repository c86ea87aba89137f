import { saleQuantityMax } from "../../core/sale.ts";
import type { SettingDescription } from "../dialect.ts";

/** How the protocol is spoken with an operator. */
export interface MorSettings {
  /** Whether the API may be called; never without a secret. */
  readonly isOn: boolean;
  /** Whether GET may be used besides POST. */
  readonly allowsGet: boolean;
  /** The key at the end of every hash; empty for none. */
  readonly secret: string;
  readonly checksHash: boolean;
  /** How answers are presented: as XML, or as HTML for clients that stumble over XML. */
  readonly mediaType: "text/xml" | "text/html";
  /** Whether a list of devices is packed when the client takes that, or whatever it takes. */
  readonly gzip: "negotiated" | "always";
  /** Cards that one call may sell. */
  readonly quantityMax: number;
}

export const settingDescriptions: readonly SettingDescription[] = [
  {
    name: "mor.api",
    values: ["on", "off"],
    byDefault: "off",
    meaning: "on: the API may be called, once there is a mor.secret; for resellers only while it is on for the house",
    isResellers: true,
  },
  {
    name: "mor.get",
    values: ["on", "off"],
    byDefault: "off",
    meaning: "on: GET is allowed besides POST, for tests; for resellers only while it is on for the house",
    isResellers: true,
  },
  {
    name: "mor.secret",
    values: [],
    byDefault: "none",
    meaning: "API secret key, with which callers make the hash of a request; resellers have keys of their own",
    isSecret: true,
    isResellers: true,
  },
  {
    name: "mor.hash",
    values: ["on", "off"],
    byDefault: "on",
    meaning: "off: requests need no hash, so that whoever knows a login may call; only for closed networks",
    isResellers: true,
  },
  {
    name: "mor.xml",
    values: ["html", "xml"],
    byDefault: "html",
    meaning: "whether answers are presented as text/html or as text/xml; resellers follow the house",
    isResellers: true,
  },
  {
    name: "mor.gzip",
    values: ["negotiated", "always"],
    byDefault: "negotiated",
    meaning: "always: lists of devices are sent as gzip whatever the client accepts; resellers follow the house",
    isResellers: true,
  },
  {
    name: "mor.quantityMax",
    values: [],
    byDefault: String(saleQuantityMax),
    meaning: `how many cards one call may sell, from 1 to ${saleQuantityMax}`,
  },
];

const secretShape = /^[\x21-\x7e]{1,255}$/;

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(name: string, value: unknown): string | undefined {
  const setting = settingDescriptions.find((description) => description.name === name);
  if (setting === undefined) {
    return `There is no setting ${name}. There are: ${settingDescriptions.map((one) => one.name).join(", ")}.`;
  }
  const text = typeof value === "string" ? value : "";
  if (name === "mor.secret") {
    return secretShape.test(text) ? undefined : "mor.secret must be 1 to 255 visible ASCII characters.";
  }
  if (name === "mor.quantityMax") {
    return readQuantityMax(text) === undefined ? `${name} must be a number from 1 to ${saleQuantityMax}.` : undefined;
  }
  return setting.values.includes(text) ? undefined : `${name} must be one of: ${setting.values.join(", ")}.`;
}

/** Settings by their names, of an organization or of an operator. */
type Values = ReadonlyMap<string, unknown>;

/** The settings of the house; what is unset or does not fit has its default, which is the strict one. */
export function readSettings(values: Values = new Map()): MorSettings {
  const secret = values.get("mor.secret");
  const hasSecret = typeof secret === "string" && secret !== "";
  return {
    isOn: values.get("mor.api") === "on" && hasSecret,
    allowsGet: values.get("mor.get") === "on",
    secret: hasSecret ? secret : "",
    checksHash: values.get("mor.hash") !== "off",
    mediaType: values.get("mor.xml") === "xml" ? "text/xml" : "text/html",
    gzip: values.get("mor.gzip") === "always" ? "always" : "negotiated",
    quantityMax: readQuantityMax(values.get("mor.quantityMax")) ?? saleQuantityMax,
  };
}

/**
 * The settings of a reseller: its own secret and hash checking; nothing is on for it that is off for the house; how
 * answers look is as for the house unless it has its own.
 */
export function readResellersSettings(house: MorSettings, values: Values): MorSettings {
  const own = readSettings(values);
  return {
    ...own,
    isOn: house.isOn && own.isOn,
    allowsGet: house.allowsGet && (own.allowsGet || !values.has("mor.get")),
    mediaType: values.has("mor.xml") ? own.mediaType : house.mediaType,
    gzip: values.has("mor.gzip") ? own.gzip : house.gzip,
    quantityMax: house.quantityMax,
  };
}

function readQuantityMax(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{1,4}$/.test(value)) return undefined;
  const quantity = Number(value);
  return quantity >= 1 && quantity <= saleQuantityMax ? quantity : undefined;
}
