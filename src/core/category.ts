import { isCurrency, type Money } from "./money.ts";
import { isLongerThan } from "./text.ts";

/** A sort of entitlement within a product, such as adult and child, with a capacity of its own. */
export interface Category extends CategoryTerms {
  /** The number of its places that are taken; see `issued` of a product. */
  readonly issued: number;
}

/** The part of a category that its operator writes. */
export interface CategoryTerms {
  /** Unique in the product. It never changes, since entitlements and gates name it. */
  readonly key: string;
  readonly name: string;
  /** The number of places; `null` for no bound besides that of the product. */
  readonly capacity: number | null;
  /** What one costs; `null` when it is not said. */
  readonly price: Money | null;
  /** The colour on the screen of a gate, as `#rrggbb`; `null` for none. */
  readonly colour: string | null;
}

export const categoriesMax = 100;
const categoryNameLengthMax = 100;
const keyShape = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const colourShape = /^#[0-9a-f]{6}$/;

/** Whether these may be the categories of a product: each by itself, and no key twice. */
export function areCategories(categories: readonly CategoryTerms[]): boolean {
  const keys = new Set(categories.map(({ key }) => key));
  return keys.size === categories.length && categories.length <= categoriesMax && categories.every(isCategory);
}

function isCategory({ key, name, capacity, price, colour }: CategoryTerms): boolean {
  return (
    keyShape.test(key) &&
    name.trim() !== "" &&
    !isLongerThan(name, categoryNameLengthMax) &&
    (capacity === null || (Number.isSafeInteger(capacity) && capacity >= 0)) &&
    (price === null || (isCurrency(price.currency) && price.minor >= 0n)) &&
    (colour === null || colourShape.test(colour))
  );
}

/** The category with this key; `undefined` if there is none. */
export function categoryIn(categories: readonly Category[], key: string): Category | undefined {
  return categories.find((category) => category.key === key);
}

/** The categories with so many more places taken in the one with this key; `null` for an entitlement without one. */
export function withIssued(categories: readonly Category[], key: string | null, more: number): readonly Category[] {
  if (key === null) return categories;
  return categories.map((one) => (one.key === key ? { ...one, issued: one.issued + more } : one));
}

/** Whether a caller who is limited to these categories may admit this one. Absent: the caller is not limited. */
export function isAdmitted(category: string | null, admits: readonly string[] | undefined): boolean {
  return admits === undefined || (category !== null && admits.includes(category));
}
