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
  /** With which digits the numbers of cards begin that resellers make. */
  readonly numberPrefixes: readonly string[] | "any";
  /** Unsold cards that a reseller may have in a group. */
  readonly stockMax: number;
}

/** Without a setting; so many cards take some 50 MB. */
const stockMaxByDefault = 100_000;

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
  {
    name: "mor.numbers",
    values: [],
    byDefault: "none",
    meaning:
      "with which digits the numbers of cards begin that resellers make, parted by commas, or any; a reseller may have its own",
    isResellers: true,
  },
  {
    name: "mor.stockMax",
    values: [],
    byDefault: String(stockMaxByDefault),
    meaning: "how many unsold cards a reseller may have in a group; a reseller may have its own limit",
    isResellers: true,
  },
];

/** Shorter keys can be guessed. They go on where they are in use already. */
const secretLengthMin = 16;
const secretLengthMax = 255;
const secretShape = new RegExp(`^[\\x21-\\x7e]{${secretLengthMin},${secretLengthMax}}$`);

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkSetting(name: string, value: unknown): string | undefined {
  const setting = settingDescriptions.find((description) => description.name === name);
  if (setting === undefined) {
    return `There is no setting ${name}. There are: ${settingDescriptions.map((one) => one.name).join(", ")}.`;
  }
  const text = typeof value === "string" ? value : "";
  if (name === "mor.secret") {
    return secretShape.test(text)
      ? undefined
      : `mor.secret must be ${secretLengthMin} to ${secretLengthMax} visible ASCII characters. "counterfoil setting draw mor.secret" draws one.`;
  }
  if (name === "mor.numbers") {
    return readPrefixes(text) === undefined
      ? `${name} must be none, any, or the first digits of numbers, parted by commas.`
      : undefined;
  }
  if (name === "mor.stockMax") {
    return readStockMax(text) === undefined ? `${name} must be a number of at most nine digits.` : undefined;
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
    numberPrefixes: readPrefixes(values.get("mor.numbers")) ?? [],
    stockMax: readStockMax(values.get("mor.stockMax")) ?? stockMaxByDefault,
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
    numberPrefixes: values.has("mor.numbers") ? own.numberPrefixes : house.numberPrefixes,
    stockMax: values.has("mor.stockMax") ? own.stockMax : house.stockMax,
  };
}

function readPrefixes(value: unknown): readonly string[] | "any" | undefined {
  if (value === "any") return "any";
  if (value === "none") return [];
  if (typeof value !== "string" || !/^\d{1,19}( *, *\d{1,19}){0,99}$/.test(value)) return undefined;
  return value.split(",").map((prefix) => prefix.trim());
}

function readStockMax(value: unknown): number | undefined {
  return typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

function readQuantityMax(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{1,4}$/.test(value)) return undefined;
  const quantity = Number(value);
  return quantity >= 1 && quantity <= saleQuantityMax ? quantity : undefined;
}
