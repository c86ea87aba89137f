import type { Category } from "./category.ts";
import type { LogDetail, Plain } from "./log-entry.ts";
import { formatMoney } from "./money.ts";
import type { Product } from "./product.ts";

const plainTerms = [
  "name",
  "description",
  "startsAtMs",
  "endsAtMs",
  "capacity",
  "reentry",
  "timeZone",
  "attention",
] as const;

type Parts = Readonly<Record<string, Plain>>;

/**
 * The changed terms with their old and new values, for the log; nothing when none changed. Of categories and metadata
 * the changed ones alone are told. Access keys are secret, so only their number is told.
 */
export function changesOf(
  before: Product,
  keysBefore: readonly string[],
  after: Product,
  keysAfter: readonly string[],
): { readonly detail?: LogDetail } {
  const detail: Record<string, Plain> = {};
  for (const term of plainTerms) {
    if (before[term] !== after[term]) detail[term] = { from: before[term], to: after[term] };
  }
  const compound: Readonly<Record<string, readonly [Parts, Parts]>> = {
    uses: [{ ...before.uses }, { ...after.uses }],
    categories: [categoryParts(before.categories), categoryParts(after.categories)],
    metadata: [before.metadata ?? {}, after.metadata ?? {}],
  };
  for (const [term, [from, to]] of Object.entries(compound)) {
    const isChanged = (part: string) => JSON.stringify(from[part]) !== JSON.stringify(to[part]);
    const changed = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(isChanged);
    if (changed.length > 0) detail[term] = { from: only(from, changed), to: only(to, changed) };
  }
  const known = new Set(keysBefore);
  const isSame = known.size === keysAfter.length && keysAfter.every((key) => known.has(key));
  if (!isSame) detail.accessKeys = { from: known.size, to: keysAfter.length };
  return Object.keys(detail).length === 0 ? {} : { detail };
}

/** Categories by their keys, each with its place in the list. */
function categoryParts(categories: readonly Category[]): Parts {
  const parts = categories.map(({ key, name, capacity, price, colour }, index): [string, Plain] => {
    const amount = price && `${formatMoney(price)} ${price.currency}`;
    return [key, { position: index + 1, name, capacity, price: amount, colour }];
  });
  return Object.fromEntries(parts);
}

function only(parts: Parts, names: readonly string[]): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => names.includes(name)));
}
