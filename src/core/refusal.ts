/**
 * Every reason for which a request can be refused, in the order of precedence: when several apply, the first in the
 * list is the answer. Reasons about the caller come before reasons about the content, permanent ones before passing
 * ones, the clock last. The order is part of the contract: dialects and gates rely on it.
 */
export const refusals = [
  /** An idempotency key was used before with other content. */
  "idempotency_key_reused",
  /** Too many failed attempts from this address or on this account. */
  "throttled",
  /** No credentials, or wrong ones. */
  "credentials_wrong",
  /** The organization has no such access key. */
  "access_key_unknown",
  /** The access key is known, but does not open this product. */
  "access_key_elsewhere",
  /** The caller is known, but may not do this. */
  "not_permitted",
  "product_not_found",
  "entitlement_not_found",
  /** The entitlement has another code by now. */
  "code_replaced",
  "category_not_found",
  "gate_not_found",
  "hold_not_found",
  "use_not_found",
  /** The product has no price ahead that begins at this moment. */
  "price_not_found",
  /** The holder has no device of this name. */
  "device_not_found",
  /** The product has no such edition, or none that is given to anybody now. */
  "edition_not_found",
  "organization_not_found",
  "operator_not_found",
  /** There is no such token, or it is no longer valid. */
  "token_not_found",
  "customer_not_found",
  "phone_not_found",
  "device_group_not_found",
  "currency_not_found",
  /** The name is blank or longer than `nameLengthMax`. */
  "name_invalid",
  /** A given number is not a whole number from 1 to `givenNumberMax`. */
  "number_invalid",
  /** The end lies before the start. */
  "period_reversed",
  /** The quantity is not a whole number of at least one, or more than one command may ask for. */
  "quantity_invalid",
  /** The text cannot be a code, or is not a number of the length that the product's numbers have. */
  "code_invalid",
  /** The amount cannot be read, is not positive, or is in a currency that the organization does not have. */
  "amount_invalid",
  /**
   * An access key has a character outside A-Z, a-z, 0-9, is too long, or too short for a gate; or the product does not
   * list the key that is to be limited.
   */
  "access_key_invalid",
  /** A key, name, capacity, price or colour of a category cannot stand, or two categories have one key. */
  "category_invalid",
  /** The number of uses is not a whole number from 1 to `usesMaxMax`. */
  "uses_invalid",
  /** The IANA database has no time zone of this name. */
  "time_zone_invalid",
  /** The product asks for no exits. */
  "direction_invalid",
  /** A text of the integrator's or a note for the steward is too long, or there are too many; or a reason is blank. */
  "text_invalid",
  /** A hold lasts from one millisecond to a day, a renewal from a day to a hundred years. */
  "duration_invalid",
  /** The number of slots is not a whole number from 0 to `slotsMax`. */
  "slots_invalid",
  /** The name of the device is not in the canonical form of its kind. */
  "device_invalid",
  /** A text of the phone is too long, its type is missing, or its port is not a whole number from 0 to 65535. */
  "phone_invalid",
  /** This cannot be the name of an edition, or its day lies ahead. */
  "edition_invalid",
  /** The product has no slot of this number. */
  "slot_not_found",
  /** Another entitlement has the code. */
  "code_taken",
  /** Another card of the organization has the pin. */
  "secret_taken",
  /** Another product has the number. */
  "product_id_taken",
  /** The product already has an edition of this name. */
  "edition_taken",
  /** Another operator, who may be disabled, has the login. */
  "login_taken",
  /** Another gate has the name. */
  "gate_taken",
  /** The access key stands at another gate. */
  "access_key_taken",
  /** The host belongs to another organization. */
  "host_taken",
  "organization_exists",
  /** The organization has operators already. */
  "operator_exists",
  "customer_exists",
  /** Another operator, customer, device or group of devices has the number. */
  "number_taken",
  "currency_exists",
  /** The default currency has no rate of its own: the rates of all others refer to it. */
  "default_currency",
  /** The reported time of a redemption lies in the future, or before the product existed. */
  "occurred_at_impossible",
  /** The device of this name is another machine. */
  "fingerprint_differs",
  /** The machine is registered as another device of the same customer. */
  "fingerprint_taken",
  "product_retired",
  /** The product is closed for sale. */
  "product_closed",
  "entitlement_revoked",
  /** The entitlement is suspended until somebody reinstates it. */
  "entitlement_suspended",
  /** The caller may not admit this category of the product. */
  "category_elsewhere",
  /** Entitlements or holds have the category, so it cannot be taken away. */
  "category_in_use",
  /** The hold was confirmed or released, or it has lapsed. */
  "hold_ended",
  /** The device may get no further entitlements. */
  "device_disabled",
  "already_redeemed",
  /** The entitlement has no use left on this calendar day. */
  "already_redeemed_today",
  /** The entitlement has fewer uses left than the command asks for. */
  "uses_short",
  /** The holder is inside, so an exit must come first. */
  "already_inside",
  /** The holder is outside, so there is no exit. */
  "not_inside",
  "already_sold",
  /** A hold keeps the entitlement for another buyer. */
  "entitlement_held",
  /** The entitlement is still in stock, so nobody holds it. */
  "not_sold",
  /** Nothing that was paid for the entitlement is left to be paid back, or not the payment that is named. */
  "not_paid",
  /** Money was put on the card since it was sold, and not taken off again. */
  "topped_up",
  /** The device does not hold the entitlement. */
  "not_bound",
  /** Another device holds the slot. */
  "slot_taken",
  /** The device holds another slot of the same entitlement. */
  "already_bound",
  /** Other devices hold every slot of the entitlement. */
  "slots_taken",
  /** Devices hold slots that are to be taken away. */
  "slots_in_use",
  /** The operator is the last owner who may act. */
  "last_owner",
  /** Products or customers belong to the operator. Nobody else would see them. */
  "possessions_left",
  /** A customer's primary group of devices goes last. */
  "device_group_primary",
  /** There are devices in the group. */
  "device_group_in_use",
  /** The delivery is no longer wanted: see `endedAtMs` of a delivery. */
  "delivery_ended",
  /** The entitlement has no end of its own, so there is nothing to renew. */
  "expiry_missing",
  /** The delivery is being prepared, or can be downloaded. */
  "already_delivered",
  /** The new capacity is smaller than the number of places that are taken. */
  "capacity_below_issued",
  /** Every place of the product is taken, or its stock is full. */
  "capacity_reached",
  /** The stock has fewer entitlements than the command asks for. */
  "stock_short",
  /** The reseller has sold as many of the product's cards as it may. */
  "quota_reached",
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
  "number_invalid",
  "period_reversed",
  "quantity_invalid",
  "code_invalid",
  "amount_invalid",
  "access_key_invalid",
  "category_invalid",
  "uses_invalid",
  "time_zone_invalid",
  "text_invalid",
  "duration_invalid",
  "slots_invalid",
  "device_invalid",
  "phone_invalid",
  "edition_invalid",
  "slot_not_found",
  "code_taken",
  "secret_taken",
  "code_replaced",
  "product_id_taken",
  "edition_taken",
  "entitlement_revoked",
  "hold_ended",
  "already_redeemed",
  "already_sold",
  "delivery_ended",
]);

/** Whether the same request may be carried out later. */
export function isPassing(refusal: Refusal): boolean {
  return !lasting.has(refusal);
}

/** The first in precedence of these reasons; `undefined` for none. Reasons that do not apply are `false`. */
export function strongest<const R extends Refusal>(reasons: readonly (R | false | undefined)[]): R | undefined {
  let winner: R | undefined;
  for (const reason of reasons) {
    if (!reason) continue;
    if (winner === undefined || refusals.indexOf(reason) < refusals.indexOf(winner)) winner = reason;
  }
  return winner;
}
