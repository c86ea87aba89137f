import type { RefusalOf } from "../../core/command.ts";
import { issueQuantityMax } from "../../core/verbs/issue.ts";
import { DialectError } from "../dialect.ts";

/** The longest life of a token. */
export const tokenLifetimeMaxSeconds = 30 * 24 * 60 * 60;

const badCredentials = "org.springframework.security.BadCredentialsException";
const illegalArgument = "java.lang.IllegalArgumentException";
const illegalState = "java.lang.IllegalStateException";
const loginFailed = "Login failed - username or password incorrect";

/**
 * The errors of the documents, in their words. `status` is always sent for errors about the caller, and for the others
 * only with the setting `ezpert.httpStatus` = `semantic`.
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
  /** The message is Java's own. After it comes the text that is no number, in quotes and not escaped. */
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

/** A request that ends in one of the errors. The message of `numberInvalid` ends in the detail. */
export class ProtocolError extends DialectError<ErrorName> {}

/** The error of each refusal that a command of this protocol can meet. */
const errorOf: Record<RefusalOf<"issue" | "revoke" | "create_token">, ErrorName> = {
  idempotency_key_reused: "keyReused",
  not_permitted: "accessDenied",
  product_not_found: "productNotFound",
  entitlement_not_found: "licenseNotFound",
  code_replaced: "licenseNotFound",
  // Create names no category, no hold, no numbers of uses and slots and no texts.
  category_not_found: "internal",
  hold_not_found: "internal",
  hold_ended: "internal",
  uses_invalid: "internal",
  slots_invalid: "internal",
  text_invalid: "internal",
  name_invalid: "clientNameInvalid",
  period_reversed: "internal",
  quantity_invalid: "licensesOutOfRange",
  // Codes are random.
  code_invalid: "internal",
  code_taken: "internal",
  product_retired: "productRetired",
  // It may be sold again.
  product_closed: "productSoldOut",
  capacity_reached: "productSoldOut",
};

export function protocolErrorOf(refusal: keyof typeof errorOf): ProtocolError {
  return new ProtocolError(errorOf[refusal]);
}
