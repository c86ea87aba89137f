/**
 * Every reason why a request can be turned down, in order of precedence: when several apply, the one that stands first
 * is the answer. Who is asking comes before what is asked for, the permanent reason before the passing one, the clock
 * last. The order is part of the contract: dialects and gates rely on it.
 */
export const refusals = [
  /** An idempotency key was used before with other content. */
  "idempotency_key_reused",
  /** Too many failed attempts from this address or on this account. */
  "throttled",
  /** No credentials, or wrong ones. */
  "credentials_wrong",
  /** The access key is not one of this organization's. */
  "access_key_unknown",
  /** The access key is known, but does not open this product. */
  "access_key_elsewhere",
  /** The caller is known, but may not do this. */
  "not_permitted",
  "product_not_found",
  "entitlement_not_found",
  /** The holder has no device of this name. */
  "device_not_found",
  /** The product has no edition. */
  "edition_not_found",
  "organization_not_found",
  "operator_not_found",
  /** There is no such token, or it holds no more. */
  "token_not_found",
  "customer_not_found",
  "currency_not_found",
  /** The name is blank or longer than `nameLengthMax`. */
  "name_invalid",
  /** The end lies before the start. */
  "period_reversed",
  /** Not a whole number of at least one, or more than may be asked for at once. */
  "quantity_invalid",
  /** Not a number of the length that the product's numbers have. */
  "code_invalid",
  /** An amount that cannot be read, is not positive, or in a currency that the organization does not have. */
  "amount_invalid",
  /** An access key has a character outside A-Z, a-z, 0-9, or is too long. */
  "access_key_invalid",
  /** A number of slots is not a whole number from 0 to `slotsMax`. */
  "slots_invalid",
  /** The name of a device is not in its kind's canonical form. */
  "device_invalid",
  /** An edition cannot be called so. */
  "edition_invalid",
  /** The product has no slot of this number. */
  "slot_not_found",
  /** The code that was asked for belongs to another entitlement. */
  "code_taken",
  /** The product number that was asked for belongs to another product. */
  "product_id_taken",
  /** The product has an edition of this name. */
  "edition_taken",
  /** The login is that of another operator, who may be disabled. */
  "login_taken",
  /** The host belongs to another organization. */
  "host_taken",
  "organization_exists",
  /** The organization has operators already. */
  "operator_exists",
  "customer_exists",
  "currency_exists",
  /** The rates of all others are told in the default currency. */
  "default_currency",
  /** A redemption is reported for a time in the future, or before the product existed. */
  "occurred_at_impossible",
  /** The name is that of a device whose machine is another. */
  "fingerprint_differs",
  /** The machine is another device of the same customer. */
  "fingerprint_taken",
  "product_retired",
  "entitlement_revoked",
  /** The device may hold nothing new. */
  "device_disabled",
  "already_redeemed",
  "already_sold",
  /** It is still in stock, so that nobody holds it. */
  "not_sold",
  /** The device that is named does not hold the entitlement. */
  "not_bound",
  /** Another device holds the slot that is asked for. */
  "slot_taken",
  /** The device holds another slot of the same entitlement. */
  "already_bound",
  /** Other devices hold every slot of the entitlement. */
  "slots_taken",
  /** It is the last owner who may act. */
  "last_owner",
  /** Products or customers belong to the operator, whom nobody else would see. */
  "possessions_left",
  /** The delivery is no longer wanted: see `endedAtMs` of a delivery. */
  "delivery_ended",
  /** It is being prepared, or can be downloaded. */
  "already_delivered",
  /** The new capacity is smaller than the number of entitlements already issued. */
  "capacity_below_issued",
  /** Every place of the product is taken, or so many are in stock as may be. */
  "capacity_reached",
  /** There are fewer left in stock than were asked for. */
  "stock_short",
  /** More than a fifth of all pins of this length would be in use. */
  "secret_space_short",
  "not_yet_valid",
  "no_longer_valid",
] as const;

/** The name of one reason; {@link refusals} tells what each means. */
export type Refusal = (typeof refusals)[number];

/** Reasons that lie in the request itself, or hold for good. The others may pass: by the clock, or by a change. */
const lasting: ReadonlySet<Refusal> = new Set<Refusal>([
  "idempotency_key_reused",
  "name_invalid",
  "period_reversed",
  "quantity_invalid",
  "code_invalid",
  "amount_invalid",
  "access_key_invalid",
  "slots_invalid",
  "device_invalid",
  "edition_invalid",
  "slot_not_found",
  "code_taken",
  "product_id_taken",
  "edition_taken",
  "product_retired",
  "entitlement_revoked",
  "already_redeemed",
  "already_sold",
  "delivery_ended",
]);

/** Whether the same request may be carried out later. */
export function isPassing(refusal: Refusal): boolean {
  return !lasting.has(refusal);
}

/** The reason that wins when several apply; `undefined` for none. Conditions that do not apply are `false`. */
export function strongest<const R extends Refusal>(reasons: readonly (R | false | undefined)[]): R | undefined {
  let winner: R | undefined;
  for (const reason of reasons) {
    if (!reason) continue;
    if (winner === undefined || refusals.indexOf(reason) < refusals.indexOf(winner)) winner = reason;
  }
  return winner;
}
