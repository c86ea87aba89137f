import type { RefusalOf } from "../../core/command.ts";
import type { Refusal } from "../../core/refusal.ts";
import { DialectError } from "../dialect.ts";

/** The errors of the specification, in its words. The ids 0 and 25 are ours: the specification has none there. */
export const errors = {
  notDefined: { id: 0, text: "Not defined", status: 404 },
  keyReused: { id: 0, text: "Idempotency-Key was used before for another request", status: 422 },
  noDatabase: { id: 1, text: "Server couldn't connect to database", status: 503 },
  databaseError: { id: 2, text: "Internal database error", status: 500 },
  invalidXml: { id: 3, text: "Invalid xml input", status: 400 },
  insufficientPrivileges: { id: 10, text: "Insufficient privileges", status: 403 },
  invalidApikey: { id: 11, text: "Invalid apikey", status: 401 },
  invalidName: { id: 20, text: "Invalid name", status: 400 },
  endBeforeStart: { id: 21, text: "End time before start time", status: 400 },
  eventToChangeMissing: { id: 22, text: "Event doesn't exist", status: 404 },
  apikeyNotAlphanumeric: { id: 23, text: "Apikeys must be alphanumeric", status: 400 },
  eventNotFound: { id: 24, text: "Event not found", status: 404 },
  moreBarcodesThanMax: { id: 25, text: "More barcodes than new value of max tickets", status: 409 },
  apikeyNotFound: { id: 30, text: "Apikey not found", status: 404 },
  barcodeNotFound: { id: 40, text: "Barcode not found", status: 404 },
  eventFull: { id: 41, text: "Event full", status: 409 },
  eventOfBarcodeMissing: { id: 42, text: "Event doesn't exist", status: 404 },
  barcodeUsed: { id: 43, text: "Barcode is already used", status: 409 },
  invalidBarcode: { id: 44, text: "Invalid barcode", status: 410 },
  eventNotStarted: { id: 45, text: "Event hasn't started yet", status: 409 },
  eventEnded: { id: 46, text: "Event has already ended", status: 409 },
  /** The words are the specification's own, though the error is raised when the start is after the end. */
  startBeforeEnd: { id: 50, text: "Start before end", status: 400 },
} as const satisfies Record<string, { id: number; text: string; status: number }>;

export type ErrorName = keyof typeof errors;

/** A request that ends in one of the specification's errors. */
export class ProtocolError extends DialectError<ErrorName> {
  get error(): (typeof errors)[ErrorName] {
    return errors[this.name];
  }
}

/** Refusals that any command can meet. */
const ofAnyCommand = { idempotency_key_reused: "keyReused", not_permitted: "insufficientPrivileges" } as const;

const ofEvents: Record<RefusalOf<"create_product" | "change_product" | "retire_product">, ErrorName> = {
  ...ofAnyCommand,
  product_not_found: "eventToChangeMissing",
  category_not_found: "databaseError",
  // An event is not sold from stock.
  operator_not_found: "databaseError",
  name_invalid: "invalidName",
  number_invalid: "databaseError",
  period_reversed: "endBeforeStart",
  code_invalid: "invalidXml",
  amount_invalid: "invalidXml",
  access_key_invalid: "apikeyNotAlphanumeric",
  // From here on to `slots_invalid`: terms that these commands do not name.
  category_invalid: "databaseError",
  uses_invalid: "databaseError",
  time_zone_invalid: "databaseError",
  text_invalid: "databaseError",
  category_in_use: "databaseError",
  slots_invalid: "databaseError",
  product_id_taken: "databaseError",
  capacity_below_issued: "moreBarcodesThanMax",
};

const ofNewBarcodes: Record<RefusalOf<"issue">, ErrorName> = {
  ...ofAnyCommand,
  product_not_found: "eventOfBarcodeMissing",
  // A new barcode names no category, no hold, no number of uses and no texts.
  category_not_found: "databaseError",
  hold_not_found: "databaseError",
  hold_ended: "databaseError",
  uses_invalid: "databaseError",
  slots_invalid: "databaseError",
  text_invalid: "databaseError",
  name_invalid: "invalidName",
  period_reversed: "endBeforeStart",
  quantity_invalid: "invalidXml",
  code_invalid: "invalidXml",
  code_taken: "databaseError",
  product_retired: "eventOfBarcodeMissing",
  // As if it were sold out: there are places again once it is open.
  product_closed: "eventFull",
  capacity_reached: "eventFull",
};

const ofBarcodes: Record<RefusalOf<"redeem" | "revoke">, ErrorName> = {
  ...ofAnyCommand,
  product_not_found: "barcodeNotFound",
  entitlement_not_found: "barcodeNotFound",
  code_replaced: "invalidBarcode",
  quantity_invalid: "invalidXml",
  direction_invalid: "invalidXml",
  occurred_at_impossible: "invalidXml",
  product_retired: "invalidBarcode",
  entitlement_revoked: "invalidBarcode",
  entitlement_suspended: "invalidBarcode",
  category_elsewhere: "insufficientPrivileges",
  already_redeemed: "barcodeUsed",
  already_redeemed_today: "barcodeUsed",
  uses_short: "barcodeUsed",
  already_inside: "barcodeUsed",
  not_inside: "barcodeUsed",
  not_sold: "invalidBarcode",
  not_yet_valid: "eventNotStarted",
  no_longer_valid: "eventEnded",
};

/** The specification gives the same refusal different errors in its commands. */
const errorsOf = { event: ofEvents, barcodeCreate: ofNewBarcodes, barcode: ofBarcodes };

/** The commands that change something. */
export type Clause = keyof typeof errorsOf;

/** The specification's error for a refusal in this command. */
export function protocolErrorOf<C extends Clause>(
  refusal: keyof (typeof errorsOf)[C] & Refusal,
  clause: C,
): ProtocolError {
  const errorNames: Partial<Record<Refusal, ErrorName>> = errorsOf[clause];
  return new ProtocolError(errorNames[refusal] ?? "databaseError", reasons[refusal]);
}

/** Reasons of refusals that share an error with others. */
const reasons: Partial<Record<Refusal, string>> = {
  occurred_at_impossible: "action_time is ahead of the server's clock, or before there was such an event",
};
