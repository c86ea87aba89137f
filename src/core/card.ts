import { type Entitlement, entitlements, isHeld } from "./entitlement.ts";
import type { Money } from "./money.ts";
import { lookup, noun } from "./state.ts";

/** The secret of an entitlement that is sold from stock, and the money on it. */
export interface Card {
  /** In clear here, sealed in the database. Empty when the product has no pins. */
  readonly pin: string;
  /** The amount that may be spent, without tax. */
  readonly balance: Money;
  /** The name of the print run; empty when it has none. */
  readonly batch: string;
  /** Kept for the protocols. No rule looks at them. */
  readonly details: CardDetails;
}

export interface CardDetails {
  readonly name?: string;
  readonly callerId?: string;
  readonly language?: string;
  /** A plain decimal in the currency of the balance. */
  readonly minimalBalance?: string;
  readonly distributorId?: number;
}

/** A card together with its entitlement. */
export interface StockedCard {
  readonly entitlement: Entitlement;
  readonly card: Card;
}

/** One pin in so many of the same length may be in use. More would make pins easy to guess. */
const secretShare = 5n;

/** How many pins of this length may be in use. */
export function secretsMax(digits: number): bigint {
  return 10n ** BigInt(digits) / secretShare;
}

/** A random pin of at least so many digits is almost never taken, so few spare ones are drawn. */
export const longPinDigits = 12;

/** A card with the code and the number of its entitlement. */
export interface CodedCard {
  readonly code: string;
  readonly entitlementId: number;
  readonly card: Card;
}

/** Cards, by the codes of their entitlements. A card is locked with its entitlement. */
export const cards = noun<string, CodedCard>({ name: "card", keyOf: ({ code }) => code });

/** A number of entitlements from the stock of a product. */
export interface StockWanted {
  readonly productId: number;
  readonly count: number;
}

/** Whether a piece of stock can be sold to anybody at this moment: no hold keeps it, and it is not suspended. */
export function isFree(entitlement: Entitlement, atMs: number): boolean {
  return entitlement.inStock && entitlement.suspendedAtMs === null && !isHeld(entitlement, atMs);
}

/**
 * The stock of a product, the lowest number first: at least as many free entitlements as are wanted, or all. Others may
 * be among them; see {@link isFree}.
 */
export const stock = lookup<StockWanted, Entitlement>({
  name: "stock",
  noun: entitlements,
  brings: [cards],
  entriesOf: ({ inStock, productId }) => (inStock ? [productId] : []),
  entryFor: ({ productId }) => productId,
  compare: (a, b) => (a.code < b.code ? -1 : 1),
  nameOf: ({ productId }) => String(productId),
  rowsOf: ({ count }) => count,
});

/** The stock that the hold with this number was given, the lowest number first. The hold may have lapsed. */
export const stockOf = lookup<number, Entitlement>({
  name: "stock_of",
  noun: entitlements,
  brings: [cards],
  entriesOf: ({ inStock, hold }) => (inStock && hold !== null ? [hold.id] : []),
  entryFor: (holdId) => holdId,
  compare: (a, b) => (a.code < b.code ? -1 : 1),
  nameOf: String,
});

/** Pins that are in use. */
export const pins = noun<string, string>({ name: "pin", keyOf: (pin) => pin });

/** How many pins of a length are in use. */
export interface SecretSpace {
  readonly digits: number;
  readonly used: bigint;
}

/** Secret spaces, by the length of their pins. */
export const secretSpaces = noun<number, SecretSpace>({ name: "secret_space", keyOf: ({ digits }) => digits });
