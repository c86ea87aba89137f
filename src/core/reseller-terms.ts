import type { Money } from "./money.ts";
import { priceAt } from "./price-list.ts";
import type { Product } from "./product.ts";
import { lookup, noun } from "./state.ts";

/** Commissions are kept in millionths of the price. */
export const partUnit = 1_000_000n;

/** The terms on which a reseller sells the cards of one of the house's products. */
export interface ResellerTerms {
  readonly operatorId: number;
  readonly productId: number;
  /** The reseller's own price of one card, tax included, in the product's currency; `null` for the product's price. */
  readonly price: Money | null;
  /** The part of the price, tax included, that the reseller keeps, in millionths. */
  readonly commissionPpm: number;
  /** How many cards it may sell; `null` for no bound. Of 0 it does not even see the product. */
  readonly quota: number | null;
  /** How many cards it has sold, without the sales that were reversed. */
  readonly sold: number;
}

/** The key of a reseller's terms for a product. */
export function termsKey(operatorId: number, productId: number): string {
  return `${productId} ${operatorId}`;
}

/** The number of the product in a key of `termsKey`. */
export function productOfTerms(key: string): number {
  return Number(key.slice(0, key.indexOf(" ")));
}

/** Terms of resellers, by `termsKey`. */
export const resellerTerms = noun<string, ResellerTerms>({
  name: "reseller_terms",
  keyOf: ({ operatorId, productId }) => termsKey(operatorId, productId),
});

/** The terms of all resellers for a product. */
export const termsOfProduct = lookup<number, ResellerTerms>({
  name: "terms_of_product",
  noun: resellerTerms,
  entriesOf: ({ productId }) => [productId],
  entryFor: (productId) => productId,
});

/** The conditions of one sale. */
export interface Offer {
  /** Of one card, tax included. */
  readonly price: Money;
  readonly commissionPpm: number;
  /** How many cards may still be sold; infinite without a quota. */
  readonly left: number;
}

/**
 * The conditions on which an owner sells the cards of a product now: its own, or those of the house by its terms.
 * `undefined` when it may not sell them.
 */
export function offerFor(
  { stock, prices }: Pick<Product, "stock" | "prices">,
  ownerId: number | null,
  terms: ResellerTerms | undefined,
  nowMs: number,
): Offer | undefined {
  if (stock === null) return undefined;
  const price = priceAt(stock.price, prices, nowMs);
  if (stock.ownerId === ownerId) return { price, commissionPpm: 0, left: Number.POSITIVE_INFINITY };
  if (stock.ownerId !== null || terms === undefined || terms.quota === 0) return undefined;
  const left = terms.quota === null ? Number.POSITIVE_INFINITY : Math.max(0, terms.quota - terms.sold);
  return { price: terms.price ?? price, commissionPpm: terms.commissionPpm, left };
}
