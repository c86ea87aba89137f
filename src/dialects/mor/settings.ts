import { saleQuantityMax } from "../../core/sale.ts";
import { choice, defineSettings, type ReadSettings, type SettingValues, text, whole } from "../../settings.ts";

/** Shorter keys can be guessed. A shorter key that is in use already stays valid. */
const secretLengthMin = 16;
const secretLengthMax = 255;
const secretShape = new RegExp(`^[\\x21-\\x7e]{${secretLengthMin},${secretLengthMax}}$`);

/** The settings of the house. The defaults are the strict ones. */
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
  // 100,000 cards take about 50 MB.
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

/** How the protocol is spoken with an operator. */
export type MorSettings = ReadSettings<typeof settings>;

/** Whether the API may be called; never without a secret. */
export function isOn({ api, secret }: MorSettings): boolean {
  return api === "on" && secret !== "";
}

/**
 * The settings of a reseller. It has its own secret and its own check of hashes, and nothing is on for it that is off
 * for the house. Where it has no setting of its own, its answers, numbers and stock follow the house.
 */
export function readResellersSettings(house: MorSettings, values: SettingValues): MorSettings {
  const own = settings.read(values);
  const inherited = <K extends keyof MorSettings>(name: K) => (values.has(`mor.${name}`) ? own[name] : house[name]);
  return {
    api: isOn(house) ? own.api : "off",
    get: house.get === "on" ? inherited("get") : "off",
    secret: own.secret,
    hash: own.hash,
    xml: inherited("xml"),
    gzip: inherited("gzip"),
    quantityMax: house.quantityMax,
    numbers: inherited("numbers"),
    stockMax: inherited("stockMax"),
  };
}

/** Prefixes that are separated by commas; `undefined` for a text that is no list of 1 to 100 prefixes. */
function readPrefixes(text: string): readonly string[] | "any" | undefined {
  if (text === "any") return "any";
  if (text === "none") return [];
  if (!/^\d{1,19}( *, *\d{1,19}){0,99}$/.test(text)) return undefined;
  return text.split(",").map((prefix) => prefix.trim());
}
