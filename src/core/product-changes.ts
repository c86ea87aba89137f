import type { Category } from "./category.ts";
import type { LogDetail, Plain } from "./log-entry.ts";
import { formatMoney } from "./money.ts";
import type { KeyLimit, Product, ProductAccessKeys } from "./product.ts";

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
 * the changed ones alone are told. Access keys are secret, so only their numbers are told.
 */
export function changesOf(
  before: Product,
  keysBefore: ProductAccessKeys,
  after: Product,
  keysAfter: ProductAccessKeys,
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
  const known = new Set(keysBefore.keys);
  const isSame = known.size === keysAfter.keys.length && keysAfter.keys.every((key) => known.has(key));
  if (!isSame) detail.accessKeys = { from: known.size, to: keysAfter.keys.length };
  if (!areSameLimits(keysBefore.limits, keysAfter.limits)) {
    detail.limitedAccessKeys = { from: keysBefore.limits.length, to: keysAfter.limits.length };
  }
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

function areSameLimits(before: readonly KeyLimit[], after: readonly KeyLimit[]): boolean {
  const text = (limits: readonly KeyLimit[]) => limits.map(({ key, categories }) => [key, ...categories].join()).sort();
  return text(before).join(" ") === text(after).join(" ");
}
