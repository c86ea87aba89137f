import type { RefusalOf } from "../../core/command.ts";
import { DialectError } from "../dialect.ts";

/**
 * Every value of `<result>` that the specification lists, with its words; no other file holds any. An entry with
 * `words` is answered as its bare `code`. An entry with a `message` is answered as code, colon and message: clients
 * show the text after the first colon, and only the number of a bare code. Messages of codes with two numbers are the
 * specification's, without its author's remarks in parentheses. Messages of codes with one number are ours.
 *
 * The codes 4, 5, 6 and 27 stand alone: clients have words of their own for 4, 5 and 27, and ask for the login again at
 * 4, 5 and 6, older clients at the bare numbers only.
 *
 * The specification gives 5 and 6 two meanings each; the ones of its "new API" are used here. It lists 12 and 13
 * without any meaning, so they are left out.
 */
export const results = {
  /** Never sent: the client shows an error, then goes on as if it had succeeded. */
  undetermined: { code: "0", words: "Undetermined error" },
  successful: { code: "1", words: "Successful" },
  maintenance: { code: "2", message: "The chart server is being maintained. Try again later." },
  wrongData: { code: "3", message: "The request cannot be read: an order, chart or place in it is none." },
  taskMissing: { code: "3a", words: "void taskId" },
  taskInvalid: { code: "3b", words: "invalid taskId" },
  taskUnknown: { code: "3c", words: "unknown taskId" },
  usernameMissing: { code: "3d", words: "void username" },
  usernameInvalid: { code: "3e", words: "invalid username" },
  passwordMissing: { code: "3f", words: "void password" },
  passwordInvalid: { code: "3g", words: "wrong password" },
  keyMissing: { code: "3h", words: "void key" },
  keyInvalid: { code: "3i", words: "invalid key" },
  systemNameMissing: { code: "3j", words: "void systemName" },
  systemNameInvalid: { code: "3k", words: "invalid systemName" },
  fingerprintNameMissing: { code: "3l", words: "void fpr name" },
  fingerprintExtensionInvalid: { code: "3m", words: "invalid fpr name extension" },
  fingerprintNameLengthInvalid: { code: "3n", words: "invalid fpr name length" },
  fingerprintSystemInvalid: { code: "3o", words: "invalid fpr name OS" },
  fingerprintVersionInvalid: { code: "3p", words: "invalid fpr name version (oc01 or oc03)" },
  fingerprintMissing: { code: "3q", words: "void xfpr content" },
  userUnknown: { code: "4", words: "User does not exist" },
  passwordWrong: { code: "5", words: "Wrong password" },
  keyWrong: { code: "6", words: "User does not exist or username/key do not match" },
  systemNameTaken: { code: "7", words: "System name already exist" },
  systemNameUnknown: { code: "8", message: "There is no system of this name. Refresh the chart list." },

  forbidden: { code: "9:300", message: "Forbidden. Wait a minute." },
  fileArgumentsBad: { code: "9:403", message: "Bad file arguments." },
  /** Stands for every error on our side that has no code of its own. */
  databaseError: { code: "9:503", message: "Internal Server Database Error." },
  pluginOld: { code: "9:603", message: "Old oeSENC plugin. Error Processing file." },
  macAddressMissing: { code: "9:604", message: "Error Processing file. There is a problem with your system." },
  /** In the specification only a remark follows the first sentence. */
  hardwareIdMissing: { code: "9:605", message: "Error Processing file." },
  dongleSerialMissing: { code: "9:607", message: "Error Processing file. There is a problem with your dongle." },
  fingerprintOfAnother: { code: "9:610", message: "This system already exists but fingerprint does not match." },
  fingerprintInvalid: { code: "9:611", message: "Error Processing file. Invalid fingerprint." },
  /** Ends in the name under which the machine is known. */
  machineKnown: { code: "9:612", message: "There is already a system for this machine: " },
  fingerprintOld: { code: "9:613", message: "Fingerprint format too old. Please update the plugin" },
  systemNotFound: { code: "9:614", message: "System name not found" },
  notSupported: { code: "9:615", message: "Operation not supported" },

  shopDatabaseError: { code: "10", words: "Webshop database error" },
  systemNameDisabled: { code: "11", message: "This system was disabled. Ask the shop." },
  /** The specification gives 14 the same title and form as 9, but lists no codes: this one and its words are ours. */
  editionMissing: { code: "14:615", message: "There is no edition of this chart yet." },
  shopDatabaseErrorToo: { code: "15", words: "Webshop database error" },
  chartExpired: { code: "16", message: "This chart has expired." },
  slotTaken: {
    code: "17",
    message: "This place is not free: another system has it, or the chart is for fewer systems.",
  },
  alreadyAssigned: { code: "18", message: "This chart is assigned to this system already." },
  alreadyRequested: { code: "19", message: "This chart is being prepared already, or ready for download." },
  notAssigned: { code: "20", message: "This chart is not assigned to this system." },
  systemNameWrong: { code: "21", message: "This machine is not the system of this name. Refresh the chart list." },
  productionSilent: { code: "25", words: "Production server does not respond" },
  orderUnknown: { code: "26", message: "This order does not exist for this customer." },
  versionOld: { code: "27", words: "Your plugin version is too old. Please update it" },
} as const satisfies Record<string, Result>;

type Result = { readonly code: string; readonly words: string } | { readonly code: string; readonly message: string };

export type ResultName = keyof typeof results;

/** The results other than success. */
export type ErrorName = Exclude<ResultName, "successful" | "undetermined">;

/** A request that ends in one of the results other than success. The message of `machineKnown` ends in the detail. */
export class ProtocolError extends DialectError<ErrorName> {
  /** The text of `<result>`. */
  get result(): string {
    const entry: Result = results[this.name];
    return "message" in entry ? `${entry.code}:${entry.message}${this.detail}` : entry.code;
  }
}

/** The error of each refusal in this protocol. Its requests have no idempotency key, so no key is ever reused. */
const errorOf: Record<RefusalOf<"bind" | "register_device" | "request_delivery">, ErrorName> = {
  idempotency_key_reused: "databaseError",
  not_permitted: "forbidden",
  product_not_found: "orderUnknown",
  entitlement_not_found: "orderUnknown",
  code_replaced: "orderUnknown",
  device_not_found: "systemNameUnknown",
  edition_not_found: "editionMissing",
  device_invalid: "systemNameInvalid",
  slot_not_found: "slotTaken",
  fingerprint_differs: "fingerprintOfAnother",
  fingerprint_taken: "machineKnown",
  product_retired: "orderUnknown",
  entitlement_revoked: "orderUnknown",
  // The list shows it as expired, too.
  entitlement_suspended: "chartExpired",
  device_disabled: "systemNameDisabled",
  not_bound: "notAssigned",
  slot_taken: "slotTaken",
  already_bound: "alreadyAssigned",
  slots_taken: "slotTaken",
  already_delivered: "alreadyRequested",
  not_yet_valid: "orderUnknown",
  no_longer_valid: "chartExpired",
};

/** The error for a refusal; `systemName` is the other name under which the machine is known. */
export function protocolErrorOf(refusal: keyof typeof errorOf, systemName = ""): ProtocolError {
  return new ProtocolError(errorOf[refusal], undefined, systemName);
}
