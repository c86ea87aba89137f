import type { Refusal } from "../../core/refusal.ts";
import { issueQuantityMax } from "../../core/verbs/issue.ts";
import { tokenLifetimeMaxSeconds } from "./limits.ts";

const badCredentials = "org.springframework.security.BadCredentialsException";
const illegalArgument = "java.lang.IllegalArgumentException";
const illegalState = "java.lang.IllegalStateException";
const loginFailed = "Login failed - username or password incorrect";

/**
 * The errors of the documents, with the words they give them. `status` counts for those about who calls, and for the
 * others with the setting `ezpert.httpStatus` = `semantic`.
 */
export const errors = {
  credentialsMissing: { status: 401, message: "Unauthorized operation." },
  credentialsWrong: {
    status: 401,
    type: badCredentials,
    message: `${loginFailed}; nested exception is java.lang.RuntimeException: ${loginFailed}`,
  },
  tokenNotValid: { status: 401, type: badCredentials, message: "Authentication Failed: Token not valid." },
  accessDenied: {
    status: 403,
    type: "org.springframework.security.AccessDeniedException",
    message: "Access is denied",
  },
  clientMissing: { status: 400, type: "java.lang.NullPointerException", message: "A client_id must be provided." },
  clientInvalid: { status: 400, type: illegalArgument, message: "A valid client_id must be provided." },
  clientNameInvalid: { status: 400, type: illegalArgument, message: "A valid client_name must be provided." },
  /** The message is Java's own, with the text that is no number. */
  numberInvalid: { status: 400, type: "java.lang.NumberFormatException", message: "For input string: " },
  licensesOutOfRange: {
    status: 400,
    type: illegalArgument,
    message: `The number of licenses must be between 1 and ${issueQuantityMax}.`,
  },
  lifetimeOutOfRange: {
    status: 400,
    type: illegalArgument,
    message: `expires_in must be between 1 and ${tokenLifetimeMaxSeconds} seconds.`,
  },
  licenseNotFound: { status: 404, type: illegalState, message: "License not found." },
  productNotFound: { status: 404, type: illegalState, message: "Product not found." },
  productRetired: { status: 410, type: illegalState, message: "Product not available any more." },
  productSoldOut: { status: 409, type: illegalState, message: "No more licenses available." },
  parametersUnreadable: { status: 400, type: illegalArgument, message: "The parameters cannot be read." },
  keyInvalid: {
    status: 400,
    type: illegalArgument,
    message: "Idempotency-Key must be 1 to 255 visible ASCII characters.",
  },
  keyReused: { status: 422, type: illegalState, message: "Idempotency-Key was used before for another request." },
  internal: { status: 500, type: illegalState, message: "Internal error." },
} as const satisfies Record<string, { status: number; type?: string; message: string }>;

export type ErrorName = keyof typeof errors;

/** A request that ends in one of the errors. */
export class Failure {
  readonly name: ErrorName;
  readonly message: string;
  /** What of the request is to blame: names of parameters, never values. */
  readonly reason: string | undefined;

  /** `input` is the text that the error quotes, as Java does: between quotes that are not escaped. */
  constructor(name: ErrorName, { input, reason }: { readonly input?: string; readonly reason?: string } = {}) {
    this.name = name;
    this.message = errors[name].message + (input === undefined ? "" : `"${input}"`);
    this.reason = reason;
  }
}

/** What each refusal of the core is called here. The compiler sees to it that none is forgotten. */
const table: Record<Refusal, ErrorName> = {
  idempotency_key_reused: "keyReused",
  throttled: "credentialsWrong",
  credentials_wrong: "credentialsWrong",
  access_key_unknown: "credentialsWrong",
  access_key_elsewhere: "accessDenied",
  not_permitted: "accessDenied",
  product_not_found: "productNotFound",
  entitlement_not_found: "licenseNotFound",
  device_not_found: "internal",
  edition_not_found: "internal",
  name_invalid: "clientNameInvalid",
  period_reversed: "internal",
  quantity_invalid: "licensesOutOfRange",
  code_invalid: "internal",
  amount_invalid: "internal",
  access_key_invalid: "internal",
  slots_invalid: "internal",
  device_invalid: "internal",
  edition_invalid: "internal",
  slot_not_found: "internal",
  code_taken: "internal",
  product_id_taken: "internal",
  edition_taken: "internal",
  occurred_at_impossible: "internal",
  fingerprint_differs: "internal",
  fingerprint_taken: "internal",
  product_retired: "productRetired",
  entitlement_revoked: "licenseNotFound",
  device_disabled: "internal",
  already_redeemed: "internal",
  already_sold: "internal",
  not_sold: "internal",
  not_bound: "internal",
  slot_taken: "internal",
  already_bound: "internal",
  slots_taken: "internal",
  delivery_ended: "internal",
  already_delivered: "internal",
  capacity_below_issued: "internal",
  capacity_reached: "productSoldOut",
  stock_short: "productSoldOut",
  secret_space_short: "internal",
  not_yet_valid: "internal",
  no_longer_valid: "internal",
};

/** The error for a refusal of the core. */
export function failureOf(refusal: Refusal): Failure {
  return new Failure(table[refusal]);
}
