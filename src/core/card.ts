import { type Entitlement, entitlements } from "./entitlement.ts";
import type { Money } from "./money.ts";
import { lookup, noun } from "./state.ts";

/** What an entitlement that is sold from stock has besides its number: a secret and money on it. */
export interface Card {
  /** In clear; kept sealed. Empty when its product has no pins. */
  readonly pin: string;
  /** What may be spent, without tax. */
  readonly balance: Money;
  /** The delivery to which it belongs; empty when unnamed. */
  readonly batch: string;
  /** What a protocol keeps of it and the rules never look at. */
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

/** Of all pins of a length, one in so many may be in use, so that they cannot be guessed. */
const secretShare = 5n;

/** How many pins of this length may be in use. */
export function secretsMax(digits: number): bigint {
  return 10n ** BigInt(digits) / secretShare;
}

/** Of pins that are so long, nobody ever uses one in a hundred: the ones that are drawn are free, but for rare accidents. */
export const longPinDigits = 12;

/** A card under the code of its entitlement. */
export interface CodedCard {
  readonly code: string;
  readonly entitlementId: number;
  readonly card: Card;
}

/** Cards, by the codes of their entitlements, which are locked with them. */
export const cards = noun<string, CodedCard>({ name: "card", keyOf: ({ code }) => code });

/** So many of a product that are in stock. */
export interface StockWanted {
  readonly productId: number;
  readonly count: number;
}

/** What is in stock of a product, the lowest number first; at least as many as are wanted, if there are as many. */
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

/** Pins that are in use. */
export const pins = noun<string, string>({ name: "pin", keyOf: (pin) => pin });

/** How many pins of a length are in use. */
export interface SecretSpace {
  readonly digits: number;
  readonly used: bigint;
}

/** Secret spaces, by the length of their pins. */
export const secretSpaces = noun<number, SecretSpace>({ name: "secret_space", keyOf: ({ digits }) => digits });
