import type { Entitlement } from "./entitlement.ts";
import type { Money } from "./money.ts";

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
