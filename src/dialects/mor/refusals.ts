import type { Refusal } from "../../core/refusal.ts";

/**
 * Every error with its words, and where in the answer it stands: that of a check before the call (`status`), of a call
 * about cards (`card`) or of one about devices (`device`). The words are those of the documentation, except where a note
 * says that they are ours.
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
  // From here on ours.
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

  // Also ours: what goes wrong outside of the calls.
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
export class Failure {
  readonly error: (typeof errors)[ErrorName];
  /** What of the request is to blame: names of parameters, never values. */
  readonly reason: string | undefined;

  constructor(name: ErrorName, reason?: string) {
    this.error = errors[name];
    this.reason = reason;
  }
}

/** The calls that change something. */
export type Clause = "sell" | "create" | "pay";

const groupMissing: Record<Clause, ErrorName> = {
  sell: "cardgroupNotFound",
  create: "cardGroupNotFound",
  pay: "callingCardNotFound",
};
const cardMissing: Record<Clause, ErrorName> = { ...groupMissing, sell: "freeCardsNotFound" };

/** What each refusal of the core is called here. The compiler sees to it that none is forgotten. */
const table: Record<Refusal, ErrorName | Record<Clause, ErrorName>> = {
  idempotency_key_reused: "keyReused",
  throttled: "badLogin",
  credentials_wrong: "incorrectHash",
  access_key_unknown: "notAuthorized",
  access_key_elsewhere: "notAuthorized",
  not_permitted: "notAuthorized",
  product_not_found: groupMissing,
  entitlement_not_found: cardMissing,
  device_not_found: "broken",
  edition_not_found: "broken",
  name_invalid: "broken",
  period_reversed: "broken",
  quantity_invalid: { ...cardMissing, create: "intervalTooLong" },
  code_invalid: { ...cardMissing, create: "fromWrong" },
  // An amount that cannot be read gets this far never; a currency that the organization does not have does.
  amount_invalid: "currencyDisabled",
  access_key_invalid: "broken",
  slots_invalid: "broken",
  device_invalid: "broken",
  edition_invalid: "broken",
  slot_not_found: "broken",
  code_taken: "cardsExist",
  product_id_taken: "broken",
  edition_taken: "broken",
  occurred_at_impossible: "broken",
  fingerprint_differs: "broken",
  fingerprint_taken: "broken",
  product_retired: groupMissing,
  entitlement_revoked: cardMissing,
  device_disabled: "broken",
  already_redeemed: "cardSold",
  already_sold: "cardSold",
  not_sold: "callingCardNotSold",
  not_bound: "broken",
  slot_taken: "broken",
  already_bound: "broken",
  slots_taken: "broken",
  delivery_ended: "broken",
  already_delivered: "broken",
  capacity_below_issued: "broken",
  capacity_reached: { ...cardMissing, create: "intervalTooLong" },
  stock_short: "freeCardsNotFound",
  secret_space_short: "pinTooShort",
  not_yet_valid: cardMissing,
  no_longer_valid: cardMissing,
};

/** The error for a refusal of the core in this call. */
export function failureOf(refusal: Refusal, clause: Clause): Failure {
  const entry = table[refusal];
  return new Failure(typeof entry === "string" ? entry : entry[clause]);
}
