import { saleQuantityMax } from "../../core/sale.ts";
import { choice, defineSettings, type SettingValues, text, whole } from "../../settings.ts";

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
  /** Whether lists of devices are packed for clients that accept it, or always. */
  readonly gzip: "negotiated" | "always";
  /** Cards that one call may sell. */
  readonly quantityMax: number;
  /** With which digits the numbers of cards begin that resellers make. */
  readonly numberPrefixes: readonly string[] | "any";
  /** Unsold cards that a reseller may have in a group. */
  readonly stockMax: number;
}

/** Shorter keys can be guessed. They go on where they are in use already. */
const secretLengthMin = 16;
const secretLengthMax = 255;
const secretShape = new RegExp(`^[\\x21-\\x7e]{${secretLengthMin},${secretLengthMax}}$`);

/** Of the house. The defaults are the strict ones. */
export const settings = defineSettings("mor", {
  api: choice(["on", "off"], {
    byDefault: "off",
    meaning: "on: the API may be called, once there is a mor.secret; for resellers only while it is on for the house",
    isResellers: true,
  }),
  get: choice(["on", "off"], {
    byDefault: "off",
    meaning: "on: GET is allowed besides POST, for tests; for resellers only while it is on for the house",
    isResellers: true,
  }),
  secret: text({
    byDefault: "none",
    otherwise: "",
    meaning: "API secret key, with which callers make the hash of a request; resellers have keys of their own",
    isSecret: true,
    isResellers: true,
    parse: (secret) => secret,
    problemWith: (secret) =>
      secretShape.test(secret)
        ? undefined
        : `must be ${secretLengthMin} to ${secretLengthMax} visible ASCII characters. "counterfoil setting draw mor.secret" draws one`,
  }),
  hash: choice(["on", "off"], {
    byDefault: "on",
    meaning: "off: requests need no hash, so that whoever knows a login may call; only for closed networks",
    isResellers: true,
  }),
  xml: choice(["html", "xml"], {
    byDefault: "html",
    meaning: "whether answers are presented as text/html or as text/xml; resellers follow the house",
    isResellers: true,
  }),
  gzip: choice(["negotiated", "always"], {
    byDefault: "negotiated",
    meaning: "always: lists of devices are sent as gzip whatever the client accepts; resellers follow the house",
    isResellers: true,
  }),
  quantityMax: whole(
    { min: 1, max: saleQuantityMax },
    {
      byDefault: saleQuantityMax,
      meaning: `how many cards one call may sell, from 1 to ${saleQuantityMax}`,
      must: `a number from 1 to ${saleQuantityMax}`,
    },
  ),
  numbers: text<readonly string[] | "any">({
    byDefault: "none",
    otherwise: [],
    meaning:
      "with which digits the numbers of cards begin that resellers make, parted by commas, or any; a reseller may have its own",
    isResellers: true,
    must: "none, any, or the first digits of numbers, parted by commas",
    parse: readPrefixes,
  }),
  // A hundred thousand cards take some 50 MB.
  stockMax: whole(
    { min: 0, max: 999_999_999 },
    {
      byDefault: 100_000,
      meaning: "how many unsold cards a reseller may have in a group; a reseller may have its own limit",
      must: "a number of at most nine digits",
      isResellers: true,
    },
  ),
});

/** The settings of the house. */
export function readSettings(values?: SettingValues): MorSettings {
  const { api, get, secret, hash, xml, gzip, quantityMax, numbers, stockMax } = settings.read(values);
  return {
    isOn: api === "on" && secret !== "",
    allowsGet: get === "on",
    secret,
    checksHash: hash === "on",
    mediaType: xml === "xml" ? "text/xml" : "text/html",
    gzip,
    quantityMax,
    numberPrefixes: numbers,
    stockMax,
  };
}

/**
 * The settings of a reseller: its own secret and hash checking; nothing is on for it that is off for the house; how
 * answers look is as for the house unless it has its own.
 */
export function readResellersSettings(house: MorSettings, values: SettingValues): MorSettings {
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

function readPrefixes(text: string): readonly string[] | "any" | undefined {
  if (text === "any") return "any";
  if (text === "none") return [];
  if (!/^\d{1,19}( *, *\d{1,19}){0,99}$/.test(text)) return undefined;
  return text.split(",").map((prefix) => prefix.trim());
}
