import type { Money } from "./money.ts";
import type { StockTerms } from "./product.ts";

/** A price that holds from a moment on, in the currency of the product. */
export interface DatedPrice {
  readonly fromMs: number;
  /** Tax included, in minor units. */
  readonly minor: bigint;
}

/** The prices that a product may have ahead. Its row has all of them, so that a sale reads nothing else. */
export const pricesAheadMax = 100;

/** The price of one card at this moment, tax included. */
export function priceAt({ price, prices }: Pick<StockTerms, "price" | "prices">, atMs: number): Money {
  const inForce = prices?.findLast(({ fromMs }) => fromMs <= atMs);
  return inForce === undefined ? price : { ...price, minor: inForce.minor };
}

/**
 * The terms with another price from a moment on; a moment that has passed means now. A price that was set for the same
 * moment is replaced. Prices that are out of force are left out: the log has them.
 */
export function withPrice(terms: StockTerms, { fromMs, minor }: DatedPrice, nowMs: number): StockTerms {
  const price = priceAt(terms, nowMs);
  const ahead = (terms.prices ?? []).filter((one) => one.fromMs > nowMs && one.fromMs !== fromMs);
  if (fromMs <= nowMs) return { ...terms, price: { ...price, minor }, prices: orNull(ahead) };
  const prices = [...ahead, { fromMs, minor }].sort((a, b) => a.fromMs - b.fromMs);
  return { ...terms, price, prices };
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
