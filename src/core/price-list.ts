import type { Money } from "./money.ts";
import type { Product } from "./product.ts";

/** A price that holds from a moment on, in the currency of the product. */
export interface DatedPrice {
  readonly fromMs: number;
  /** Tax included, in minor units. */
  readonly minor: bigint;
}

/** The prices that may follow. The row of a product has all of them, so that a sale reads no other. */
export const pricesMax = 100;

/** The price of one card at this moment, tax included: that of the stock, or the last one that has begun. */
export function priceAt(price: Money, prices: readonly DatedPrice[], atMs: number): Money {
  const begun = prices.findLast(({ fromMs }) => fromMs <= atMs);
  return begun === undefined ? price : { ...price, minor: begun.minor };
}

/**
 * The product with another price from a moment on; a moment that has passed means now. A price that was set for the same
 * moment is replaced. Prices that are over are left out: the log has them. A product without stock stays as it is.
 */
export function withPrice(product: Product, { fromMs, minor }: DatedPrice, nowMs: number): Product {
  const { stock, prices } = product;
  if (stock === null) return product;
  const price = priceAt(stock.price, prices, nowMs);
  const later = prices.filter((one) => one.fromMs > nowMs && one.fromMs !== fromMs);
  if (fromMs <= nowMs) return { ...product, stock: { ...stock, price: { ...price, minor } }, prices: later };
  const following = [...later, { fromMs, minor }].sort((a, b) => a.fromMs - b.fromMs);
  return { ...product, stock: { ...stock, price }, prices: following };
}

/** The product without the price that begins at a moment ahead; `undefined` when it has none. */
export function withoutPrice(product: Product, fromMs: number, nowMs: number): Product | undefined {
  const left = product.prices.filter((one) => one.fromMs !== fromMs);
  return fromMs <= nowMs || left.length === product.prices.length ? undefined : { ...product, prices: left };
}
