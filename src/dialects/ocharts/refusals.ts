import type { RefusalOf } from "../../core/command.ts";
import { ProtocolError, type ProtocolErrorName } from "./results.ts";

/**
 * The result of each refusal that a command of this protocol can meet. Its requests carry no idempotency key, so no key
 * is ever reused.
 */
const resultOf: Record<RefusalOf<"bind" | "register_device" | "request_delivery">, ProtocolErrorName> = {
  idempotency_key_reused: "databaseError",
  not_permitted: "forbidden",
  product_not_found: "orderUnknown",
  entitlement_not_found: "orderUnknown",
  device_not_found: "systemNameUnknown",
  edition_not_found: "editionMissing",
  device_invalid: "systemNameInvalid",
  slot_not_found: "slotTaken",
  fingerprint_differs: "fingerprintOfAnother",
  fingerprint_taken: "machineKnown",
  product_retired: "orderUnknown",
  entitlement_revoked: "orderUnknown",
  device_disabled: "systemNameDisabled",
  not_bound: "notAssigned",
  slot_taken: "slotTaken",
  already_bound: "alreadyAssigned",
  slots_taken: "slotTaken",
  already_delivered: "alreadyRequested",
  not_yet_valid: "orderUnknown",
  no_longer_valid: "chartExpired",
};

/** The result for a refusal; `systemName` is the other name under which the machine is known. */
export function protocolErrorOf(refusal: keyof typeof resultOf, systemName = ""): ProtocolError {
  const name = resultOf[refusal];
  return name === "machineKnown" ? new ProtocolError(name, systemName) : new ProtocolError(name);
}
