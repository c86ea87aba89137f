import type { Category, CategoryTerms } from "../core/category.ts";
import { formatMoney, isCurrency, type Money, parseMoney } from "../core/money.ts";
import { none, readText, readWhole } from "./read-option.ts";
import { CommandError } from "./tools.ts";

/** How a category is written in an option. */
export const categoryWords =
  "key=adult,name=Adult,capacity=300,price=12.40EUR,colour=#2a9d8f; all but the key may be left out";

/**
 * The categories after these changes. A change names a category by its key and tells the terms that are new; an unknown
 * key is a further category, at the end. Ends with a sentence for what cannot be read.
 */
export function changedCategories(before: readonly Category[], given: readonly string[]): readonly CategoryTerms[] {
  const terms = new Map<string, CategoryTerms>(before.map((one) => [one.key, one]));
  for (const text of given) {
    const parts = readParts(text);
    const key = parts.get("key");
    if (key === undefined) throw new CommandError(`--category "${text}" has no key, like key=adult.`);
    const known = terms.get(key) ?? { key, name: titleOf(key), capacity: null, price: null, colour: null };
    terms.set(key, { ...known, ...termsOf(parts) });
  }
  return [...terms.values()];
}

const names: ReadonlySet<string> = new Set(["key", "name", "capacity", "price", "colour"]);

function readParts(text: string): ReadonlyMap<string, string> {
  const parts = text.split(",").map((part) => {
    const [name = "", ...value] = part.split("=");
    if (!names.has(name.trim()) || value.length === 0) {
      throw new CommandError(`--category "${text}" cannot be read at "${part}". It is written ${categoryWords}.`);
    }
    return [name.trim(), value.join("=").trim()] as const;
  });
  return new Map(parts);
}

function termsOf(parts: ReadonlyMap<string, string>): Partial<CategoryTerms> {
  const [name, capacity, price, colour] = [...names].slice(1).map((one) => parts.get(one));
  return {
    ...(name === undefined ? {} : { name }),
    ...(capacity === undefined ? {} : { capacity: capacity === none ? null : readWhole("capacity", capacity) }),
    ...(price === undefined ? {} : { price: price === none ? null : readPrice(price) }),
    ...(colour === undefined ? {} : { colour: readText(colour.toLowerCase()) }),
  };
}

function readPrice(text: string): Money {
  const [, amount = "", currency = ""] = /^(\S+?) ?([A-Z]{3})$/.exec(text) ?? [];
  const price = isCurrency(currency) ? parseMoney(amount, currency) : undefined;
  if (price !== undefined) return price;
  throw new CommandError(`price "${text}" is no amount with its currency, like 12.40EUR.`);
}

/** `adult` is called Adult, unless its name is told. */
function titleOf(key: string): string {
  return key.slice(0, 1).toUpperCase() + key.slice(1).replaceAll(/[-_]/g, " ");
}

/** An amount with its currency; `null` for none. */
export function priceText(price: Money | null): string | null {
  return price === null ? null : `${formatMoney(price)} ${price.currency}`;
}
