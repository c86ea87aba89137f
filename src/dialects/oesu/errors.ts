import type { RefusalOf } from "../../core/command.ts";
import { DialectError } from "../dialect.ts";

/**
 * Every value of `<result>` that is sent. An entry with `words` is answered as its bare `code`, since clients compare
 * it or have words of their own; `words` say of what. An entry with a `message` is answered as code, colon and
 * message, which clients show.
 */
export const results = {
  successful: { code: "1", words: "nothing" },
  /** Ends in the sentence of the setting. Sent with the list only. */
  maintenance: { code: "2", message: "" },
  wrongData: { code: "3", message: "The request cannot be read." },
  taskMissing: { code: "3a", words: "3a" },
  taskInvalid: { code: "3b", words: "3b" },
  taskUnknown: { code: "3c", words: "3c" },
  usernameMissing: { code: "3d", words: "void username" },
  usernameInvalid: { code: "3e", words: "invalid username" },
  passwordMissing: { code: "3f", words: "void password" },
  passwordInvalid: { code: "3g", words: "wrong password" },
  keyMissing: { code: "3h", words: "3h" },
  keyInvalid: { code: "3i", words: "3i" },
  systemNameMissing: { code: "3j", words: "3j" },
  systemNameInvalid: { code: "3k", words: "3k" },
  fingerprintNameMissing: { code: "3l", words: "3l" },
  fingerprintExtensionInvalid: { code: "3m", words: "3m" },
  fingerprintNameLengthInvalid: { code: "3n", words: "3n" },
  fingerprintSystemInvalid: { code: "3o", words: "3o" },
  fingerprintVersionInvalid: { code: "3p", words: "3p" },
  fingerprintMissing: { code: "3q", words: "3q" },
  userUnknown: { code: "4", words: "an unknown user" },
  versionOld: { code: "5", words: "an obsolete plugin" },
  passwordWrong: { code: "6", words: "a wrong user or password" },
  machineChanged: { code: "8h", words: "another machine has the name" },
  machineKnown: { code: "8j", words: "the machine has another name" },
  systemUnknown: { code: "8l", words: "the machine has no name" },
  macAddressMissing: { code: "9:604", message: "This machine has no network address to know it by." },
  hardwareIdMissing: { code: "9:605", message: "This machine has nothing to know it by." },
  dongleSerialMissing: { code: "9:607", message: "This dongle has no serial number." },
  fingerprintInvalid: { code: "9:611", message: "The identification of this machine cannot be read." },
  fingerprintOld: { code: "9:613", message: "The identification of this machine is too old. Update the plugin." },
  systemDisabled: { code: "10", words: "a disabled system" },
  editionNotGranted: { code: "14", message: "This edition was published after the end of the licence." },
  editionMissing: { code: "14", message: "This edition is not ready to be fetched. Update the chart list." },
  keysMissing: { code: "14", message: "The keys of this chart cannot be made at the moment. Try again later." },
  chartExpired: { code: "16", message: "This chart has expired." },
  placesTaken: { code: "17", message: "This chart has no free place left." },
  alreadyAssigned: { code: "20", words: "assigned already" },
  orderUnknown: { code: "26", message: "There is no such order or place. Update the chart list." },
} as const satisfies Record<string, Result>;

type Result = { readonly code: string; readonly words: string } | { readonly code: string; readonly message: string };

/** The results other than success. */
export type ErrorName = Exclude<keyof typeof results, "successful">;

/** A request that ends in one of the results other than success. */
export class ProtocolError extends DialectError<ErrorName> {
  /** The text of `<result>`. */
  get result(): string {
    const entry: Result = results[this.name];
    return "message" in entry ? `${entry.code}:${entry.message}${this.detail}` : entry.code;
  }
}

/** The error of each refusal in this protocol. Its requests have no idempotency key, so no key is ever reused. */
const errorOf: Record<RefusalOf<"bind" | "register_device" | "request_edition">, ErrorName> = {
  idempotency_key_reused: "wrongData",
  not_permitted: "passwordWrong",
  product_not_found: "orderUnknown",
  entitlement_not_found: "orderUnknown",
  // The list has the new order.
  code_replaced: "orderUnknown",
  device_not_found: "systemUnknown",
  edition_not_found: "editionMissing",
  device_invalid: "systemNameInvalid",
  slot_not_found: "placesTaken",
  fingerprint_differs: "machineChanged",
  fingerprint_taken: "machineKnown",
  product_retired: "orderUnknown",
  entitlement_revoked: "orderUnknown",
  // Shown as expired as long as it lasts.
  entitlement_suspended: "chartExpired",
  device_disabled: "systemDisabled",
  not_bound: "orderUnknown",
  slot_taken: "placesTaken",
  already_bound: "alreadyAssigned",
  slots_taken: "placesTaken",
  not_yet_valid: "orderUnknown",
  no_longer_valid: "chartExpired",
};

export function protocolErrorOf(refusal: keyof typeof errorOf): ProtocolError {
  return new ProtocolError(errorOf[refusal]);
}
