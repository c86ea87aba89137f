import type { RefusalOf } from "../../core/command.ts";
import type { Refusal } from "../../core/refusal.ts";
import { DialectError } from "../dialect.ts";

/**
 * Every error with its words and its place in the answer: a check before the call (`status`), a call about cards
 * (`card`) or a call about devices (`device`). The words are the documentation's, except where a note says that they
 * are ours.
 */
export const errors = {
  apiDisabled: { text: "API Requests are disabled", place: "status" },
  getDisabled: { text: "GET Requests are disabled", place: "status" },
  badLogin: { text: "Bad login", place: "status" },
  incorrectHash: { text: "Incorrect hash", place: "status" },

  notAuthorized: { text: "You are not authorized to use this functionality", place: "card" },
  cardgroupNotFound: { text: "Cardgroup was not found", place: "card" },
  freeCardsNotFound: { text: "Free cards was not found", place: "card" },
  cardSold: { text: "Card is already sold", place: "card" },
  groupIdWrong: { text: "Wrong Calling Cards Group ID", place: "card" },
  groupsNotFound: { text: "Calling Cards Groups were not found", place: "card" },
  cardsNotFound: { text: "Cards were not found", place: "card" },
  cardGroupNotFound: { text: "Card Group was not found", place: "card" },
  fromAfterTill: { text: "Cards from must not be greater than Cards till", place: "card" },
  pinTooShort: { text: "PIN is too short for this interval", place: "card" },
  cardsExist: { text: "Cards already exist", place: "card" },
  callingCardNotFound: { text: "Calling Card was not found", place: "card" },
  currencyDisabled: { text: "Currency disabled", place: "card" },
  // The documentation names these two errors, but not their words.
  fromWrong: { text: "Cards from is in wrong format", place: "card" },
  tillWrong: { text: "Cards till is in wrong format", place: "card" },
  // The words from here on are ours.
  intervalTooLong: { text: "Too many Cards in this interval", place: "card" },
  callingCardNotSold: { text: "Calling Card is not sold", place: "card" },
  amountWrong: { text: "Amount is not correct", place: "card" },
  emailWrong: { text: "Email is not correct", place: "card" },
  keyWrong: { text: "Idempotency-Key is not correct", place: "card" },
  keyReused: { text: "Idempotency-Key was used before for another request", place: "card" },

  accessDenied: { text: "Access Denied", place: "device" },
  userIdEmpty: { text: "user_id is empty", place: "device" },
  userNotFound: { text: "User not found", place: "device" },
  deviceNotFound: { text: "Device was not found", place: "device" },

  // Also ours: errors outside of the calls.
  requestTooLarge: { text: "Request is too large", place: "status" },
  requestBroken: { text: "Request cannot be read", place: "status" },
  methodNotFound: { text: "API method was not found", place: "status" },
  postOnly: { text: "Only POST and GET requests are allowed", place: "status" },
  unavailable: { text: "Service is not available, try again", place: "status" },
  broken: { text: "Internal error", place: "status" },
} as const satisfies Record<string, { text: string; place: ErrorPlace }>;

export type ErrorPlace = "status" | "card" | "device";
export type ErrorName = keyof typeof errors;

/** A request that ends in an error. */
export class ProtocolError extends DialectError<ErrorName> {
  get error(): (typeof errors)[ErrorName] {
    return errors[this.name];
  }
}

/** Refusals that any call can meet. */
const ofAnyCall = { idempotency_key_reused: "keyReused", not_permitted: "notAuthorized" } as const;

const ofSales: Record<RefusalOf<"sell">, ErrorName> = {
  ...ofAnyCall,
  product_not_found: "cardgroupNotFound",
  entitlement_not_found: "freeCardsNotFound",
  code_replaced: "freeCardsNotFound",
  // This call names no hold and no reference.
  hold_not_found: "broken",
  quantity_invalid: "freeCardsNotFound",
  text_invalid: "broken",
  product_retired: "cardgroupNotFound",
  entitlement_revoked: "freeCardsNotFound",
  entitlement_suspended: "freeCardsNotFound",
  hold_ended: "broken",
  already_redeemed: "cardSold",
  already_sold: "cardSold",
  // Not "already sold": a client would strike the card off, and the hold may lapse.
  entitlement_held: "freeCardsNotFound",
  // Cards of a group that is closed for sale are not free.
  product_closed: "freeCardsNotFound",
  stock_short: "freeCardsNotFound",
  quota_reached: "freeCardsNotFound",
  not_yet_valid: "freeCardsNotFound",
  no_longer_valid: "freeCardsNotFound",
};

const ofNewCards: Record<RefusalOf<"add_stock">, ErrorName> = {
  ...ofAnyCall,
  product_not_found: "cardGroupNotFound",
  quantity_invalid: "intervalTooLong",
  code_invalid: "fromWrong",
  // No call gives pins.
  secret_taken: "cardsExist",
  product_retired: "cardGroupNotFound",
  capacity_reached: "intervalTooLong",
  secret_space_short: "pinTooShort",
};

const ofPayments: Record<RefusalOf<"top_up">, ErrorName> = {
  ...ofAnyCall,
  product_not_found: "callingCardNotFound",
  entitlement_not_found: "callingCardNotFound",
  code_replaced: "callingCardNotFound",
  // An amount that cannot be read is refused earlier, so this is a currency that the organization does not have.
  amount_invalid: "currencyDisabled",
  product_retired: "callingCardNotFound",
  entitlement_revoked: "callingCardNotFound",
  entitlement_suspended: "callingCardNotFound",
  not_sold: "callingCardNotSold",
};

/** The calls that change something give the same refusal different errors. */
const errorsOf = { sell: ofSales, create: ofNewCards, pay: ofPayments };
export type Clause = keyof typeof errorsOf;

/** The error for a refusal in this call. */
export function protocolErrorOf<C extends Clause>(
  refusal: keyof (typeof errorsOf)[C] & Refusal,
  clause: C,
): ProtocolError {
  const errorNames: Partial<Record<Refusal, ErrorName>> = errorsOf[clause];
  return new ProtocolError(errorNames[refusal] ?? "broken");
}
