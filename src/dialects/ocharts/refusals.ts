import type { Refusal } from "../../core/refusal.ts";
import { Failure, type FailureName } from "./results.ts";

/**
 * What each refusal of the core is called here. The compiler sees to it that none is forgotten. `databaseError` stands for
 * those that no request of this protocol can meet.
 */
const table: Record<Refusal, FailureName> = {
  idempotency_key_reused: "databaseError",
  throttled: "forbidden",
  credentials_wrong: "keyWrong",
  access_key_unknown: "forbidden",
  access_key_elsewhere: "forbidden",
  not_permitted: "forbidden",
  product_not_found: "orderUnknown",
  entitlement_not_found: "orderUnknown",
  device_not_found: "systemNameUnknown",
  edition_not_found: "editionMissing",
  name_invalid: "databaseError",
  period_reversed: "databaseError",
  quantity_invalid: "databaseError",
  code_invalid: "databaseError",
  amount_invalid: "databaseError",
  access_key_invalid: "databaseError",
  slots_invalid: "databaseError",
  device_invalid: "systemNameInvalid",
  edition_invalid: "databaseError",
  slot_not_found: "slotTaken",
  code_taken: "databaseError",
  product_id_taken: "databaseError",
  edition_taken: "databaseError",
  occurred_at_impossible: "databaseError",
  fingerprint_differs: "fingerprintOfAnother",
  fingerprint_taken: "machineKnown",
  product_retired: "orderUnknown",
  entitlement_revoked: "orderUnknown",
  device_disabled: "systemNameDisabled",
  already_redeemed: "databaseError",
  already_sold: "databaseError",
  not_sold: "databaseError",
  not_bound: "notAssigned",
  slot_taken: "slotTaken",
  already_bound: "alreadyAssigned",
  slots_taken: "slotTaken",
  delivery_ended: "databaseError",
  already_delivered: "alreadyRequested",
  capacity_below_issued: "databaseError",
  capacity_reached: "databaseError",
  stock_short: "databaseError",
  secret_space_short: "databaseError",
  not_yet_valid: "orderUnknown",
  no_longer_valid: "chartExpired",
};

/** The result for a refusal of the core; `systemName` is that of the machine that is known under another one. */
export function failureOf(refusal: Refusal, systemName = ""): Failure {
  const name = table[refusal];
  return name === "machineKnown" ? new Failure(name, systemName) : new Failure(name);
}
