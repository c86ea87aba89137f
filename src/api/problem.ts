import type { Refusal } from "../core/refusal.ts";
import type { DialectResponse } from "../dialects/dialect.ts";
import { choice, named, object, optional, text } from "./schema.ts";

/** What can be wrong with a request besides the refusals of the core. */
export const requestFaults = [
  "json_invalid",
  "request_invalid",
  "path_unknown",
  "method_not_allowed",
  "not_acceptable",
  "changed_meanwhile",
  "body_too_large",
  "media_type_unknown",
  "internal",
  "unavailable",
  "busy",
] as const;
export type RequestFault = (typeof requestFaults)[number];
export type ProblemCode = Refusal | RequestFault;

/** When the same request can succeed: never, later by itself, or after somebody has changed something. */
export const retries = ["never", "later", "after_change"] as const;
type Retry = (typeof retries)[number];

interface ProblemWords {
  readonly status: number;
  /** What is wrong, in a sentence. */
  readonly detail: string;
  /** What the caller should do. */
  readonly advice: string;
  readonly retry: Retry;
}

function words(status: number, retry: Retry, detail: string, advice: string): ProblemWords {
  return { status, detail, advice, retry };
}

const missing = "Check the id. Another organization, or a token with limits, does not see it.";

/** Every problem that the API can answer, with its words. */
export const problems: Record<ProblemCode, ProblemWords> = {
  json_invalid: words(
    400,
    "never",
    "The body is not JSON in its strict form.",
    "Send one JSON document in UTF-8, without a name twice in an object.",
  ),
  request_invalid: words(
    400,
    "never",
    "A part of the request is not as the document describes it.",
    "Correct the part that `pointer` names.",
  ),
  path_unknown: words(404, "never", "There is nothing at this path.", "See /v1/docs for all paths."),
  method_not_allowed: words(405, "never", "The path has no such method.", "Use a method of the header Allow."),
  not_acceptable: words(
    406,
    "never",
    "The answer is in no media type that the request accepts.",
    "Accept application/json.",
  ),
  changed_meanwhile: words(
    412,
    "after_change",
    "It is no longer what the header If-Match names.",
    "Read it again, and decide anew.",
  ),
  body_too_large: words(413, "never", "The body is too large.", "Send less at once."),
  media_type_unknown: words(
    415,
    "never",
    "The body is in a media type or coding that is not known.",
    "Send application/json, not packed or packed by gzip.",
  ),
  internal: words(
    500,
    "later",
    "Something broke on the server.",
    "Tell the operator the request id: the log has the details.",
  ),
  unavailable: words(
    503,
    "later",
    "The database is away. It is unknown whether a change was made.",
    "Try again with the same Idempotency-Key.",
  ),
  busy: words(503, "later", "The server is busy. Nothing was changed.", "Try again in a second."),

  idempotency_key_reused: words(
    422,
    "never",
    "The Idempotency-Key was used before for another request.",
    "Draw a new key for each act.",
  ),
  throttled: words(429, "later", "There were too many wrong attempts from here.", "Wait as long as Retry-After says."),
  credentials_wrong: words(
    401,
    "never",
    "There is no token, or it is not valid here.",
    "Send a valid token as Authorization: Bearer.",
  ),
  access_key_unknown: words(401, "never", "The organization has no such access key.", "Check the key."),
  access_key_elsewhere: words(403, "never", "The access key does not open this product.", "Use a key of the product."),
  not_permitted: words(
    403,
    "after_change",
    "The token may not do this.",
    "Use a token with the scope of the operation that reaches the product.",
  ),
  product_not_found: words(404, "never", "There is no such product.", missing),
  entitlement_not_found: words(404, "never", "There is no such entitlement.", missing),
  code_replaced: words(410, "never", "The entitlement has another code by now.", "Ask the holder for the new code."),
  category_not_found: words(
    404,
    "never",
    "The product has no such category.",
    "Use a key of the categories of the product.",
  ),
  gate_not_found: words(404, "never", "There is no such gate.", missing),
  hold_not_found: words(404, "never", "There is no such hold.", missing),
  use_not_found: words(404, "never", "There is no such use.", missing),
  price_not_found: words(404, "never", "No price ahead begins at this moment.", missing),
  device_not_found: words(404, "never", "There is no such device.", missing),
  edition_not_found: words(404, "never", "The product has no edition.", "Add an edition first."),
  organization_not_found: words(404, "never", "There is no such organization.", missing),
  operator_not_found: words(404, "never", "There is no such operator.", missing),
  token_not_found: words(404, "never", "There is no such token, or it has ended.", missing),
  customer_not_found: words(404, "never", "There is no such customer.", missing),
  phone_not_found: words(404, "never", "There is no such phone.", missing),
  device_group_not_found: words(404, "never", "The customer has no such group of devices.", missing),
  currency_not_found: words(
    404,
    "never",
    "The organization has no such currency.",
    "Use a currency of the organization.",
  ),
  name_invalid: words(400, "never", "The name is blank or too long.", "Send a name that is neither."),
  number_invalid: words(
    400,
    "never",
    "The given number is not possible.",
    "Send a whole number from 1 to 999999999999, or none.",
  ),
  phone_invalid: words(
    400,
    "never",
    "The phone has no type, a text that is too long, or a port that is not possible.",
    "Correct the phone.",
  ),
  secret_taken: words(409, "never", "Another card has the pin.", "Send another pin."),
  number_taken: words(409, "after_change", "The number is another's.", "Send another number, or none."),
  device_group_primary: words(
    409,
    "after_change",
    "The primary group of devices goes last.",
    "Make another group the primary one.",
  ),
  device_group_in_use: words(409, "after_change", "There are devices in the group.", "Move them to another group."),
  period_reversed: words(400, "never", "The end lies before the start.", "Exchange them, or correct one."),
  quantity_invalid: words(
    400,
    "never",
    "The quantity is not possible.",
    "Send a whole number from 1 to the limit of the operation.",
  ),
  code_invalid: words(
    400,
    "never",
    "The code is not possible for this product.",
    "Send a number of the length that the product's numbers have.",
  ),
  amount_invalid: words(
    400,
    "never",
    "The amount is not possible, or in a currency that the organization does not have.",
    "Correct the amount or the currency.",
  ),
  access_key_invalid: words(
    400,
    "never",
    "An access key has other characters than letters and digits, or is too long.",
    "Use letters and digits.",
  ),
  category_invalid: words(
    400,
    "never",
    "The categories cannot stand: a key, name, capacity, price or colour is not possible, or a key stands twice.",
    "Correct the categories.",
  ),
  uses_invalid: words(
    400,
    "never",
    "The number of uses is not possible.",
    "Send a whole number from 1 on, or null for no limit.",
  ),
  time_zone_invalid: words(
    400,
    "never",
    "There is no such time zone.",
    "Use a name of the IANA database, such as Europe/Helsinki.",
  ),
  direction_invalid: words(
    400,
    "never",
    "The product asks for no exits.",
    "Send entries only, or give the product reentry after_exit.",
  ),
  text_invalid: words(400, "never", "A text is too long, or there are too many.", "Shorten it."),
  duration_invalid: words(400, "never", "The duration is not possible.", "Hold for up to a day."),
  slots_invalid: words(400, "never", "The number of slots is not possible.", "Send fewer slots."),
  device_invalid: words(
    400,
    "never",
    "The name of the device is not possible.",
    "Send the name in the form of its kind.",
  ),
  edition_invalid: words(400, "never", "This cannot be the name of an edition.", "Name it by its day."),
  slot_not_found: words(404, "never", "The product has no slot of this number.", "Use a slot that it has."),
  code_taken: words(
    409,
    "never",
    "Another entitlement has the code.",
    "Choose another code, or let the server draw one.",
  ),
  product_id_taken: words(409, "never", "Another product has the id.", "Leave the id out, and the server gives one."),
  gate_taken: words(409, "after_change", "There is a gate of this name already.", "Choose another name."),
  access_key_taken: words(409, "after_change", "Another gate has the access key.", "Draw another key."),
  edition_taken: words(409, "never", "The product has an edition of this name.", "Choose another name."),
  login_taken: words(409, "after_change", "Another operator has the login.", "Choose another login."),
  host_taken: words(409, "after_change", "The host belongs to another organization.", "Choose another host."),
  organization_exists: words(409, "never", "There is such an organization already.", "Use it."),
  operator_exists: words(409, "never", "The organization has operators already.", "Log in as one of them."),
  customer_exists: words(409, "never", "There is such a customer already.", "Use that customer."),
  currency_exists: words(409, "never", "The organization has the currency already.", "Change its rate instead."),
  default_currency: words(
    409,
    "never",
    "The default currency has no rate of its own.",
    "Change the rates of the others.",
  ),
  occurred_at_impossible: words(
    422,
    "never",
    "The reported time lies in the future, or before the entitlement existed.",
    "Set the clock of the scanner.",
  ),
  fingerprint_differs: words(
    409,
    "never",
    "The device of this name is another machine.",
    "Use another name for this machine.",
  ),
  fingerprint_taken: words(409, "never", "The machine is registered under another name.", "Use that name."),
  product_retired: words(410, "after_change", "The product is retired.", "Use a live product, or restore it."),
  product_closed: words(409, "after_change", "The product is closed for sale.", "Reopen it first."),
  entitlement_revoked: words(410, "never", "The entitlement is revoked for good.", "Issue a new one."),
  entitlement_suspended: words(409, "after_change", "The entitlement is suspended.", "Reinstate it first."),
  category_elsewhere: words(
    403,
    "after_change",
    "The caller may not admit this category.",
    "Send the holder to another gate.",
  ),
  category_in_use: words(
    409,
    "after_change",
    "Entitlements or holds have the category.",
    "Keep the category, or revoke them first.",
  ),
  hold_ended: words(410, "never", "The hold was confirmed or released, or it has lapsed.", "Hold anew."),
  device_disabled: words(409, "after_change", "The device may get nothing more.", "Enable the device first."),
  already_redeemed: words(
    409,
    "never",
    "The entitlement was redeemed before.",
    "Do not let the holder in, unless the earlier use was this one.",
  ),
  already_redeemed_today: words(409, "later", "The entitlement has no use left today.", "Try again tomorrow."),
  uses_short: words(409, "after_change", "The entitlement has fewer uses left than are asked for.", "Ask for fewer."),
  already_inside: words(409, "after_change", "The holder is inside already.", "Record the exit first."),
  not_inside: words(409, "after_change", "The holder is not inside.", "Record the entry first."),
  already_sold: words(409, "never", "The entitlement was sold before.", "Sell another one."),
  entitlement_held: words(
    409,
    "later",
    "Another buyer holds the entitlement.",
    "Wait until the hold ends, or take another one.",
  ),
  not_sold: words(409, "after_change", "The entitlement is still in stock.", "Sell it first."),
  not_paid: words(
    409,
    "never",
    "Nothing that was paid for it is left to be paid back.",
    "Look at its payments: each is paid back once.",
  ),
  topped_up: words(409, "after_change", "Money was put on it since it was sold.", "Undo the top-ups first."),
  not_bound: words(409, "after_change", "The device does not hold the entitlement.", "Bind it first."),
  slot_taken: words(409, "after_change", "Another device holds the slot.", "Unbind that device, or take another slot."),
  already_bound: words(
    409,
    "after_change",
    "The device holds another slot of the entitlement.",
    "Unbind it from that slot first.",
  ),
  slots_in_use: words(409, "after_change", "Devices hold slots that would go.", "Free them first."),
  slots_taken: words(
    409,
    "after_change",
    "Other devices hold every slot of the entitlement.",
    "Unbind one of them first.",
  ),
  last_owner: words(409, "after_change", "The operator is the last owner.", "Make another owner first."),
  possessions_left: words(
    409,
    "after_change",
    "Products or customers belong to the operator.",
    "Give them to another operator first.",
  ),
  expiry_missing: words(409, "after_change", "The entitlement has no end of its own.", "There is nothing to renew."),
  delivery_ended: words(410, "never", "The delivery has ended.", "Request a new one."),
  already_delivered: words(
    409,
    "after_change",
    "The delivery is being prepared, or can be downloaded.",
    "Download it.",
  ),
  capacity_below_issued: words(
    409,
    "after_change",
    "More places are taken than the new capacity has.",
    "Revoke some, or choose a larger capacity.",
  ),
  capacity_reached: words(
    409,
    "later",
    "Every place is taken.",
    "Wait for a place to become free, or raise the capacity.",
  ),
  stock_short: words(409, "later", "The stock has fewer than are asked for.", "Add stock, or ask for fewer."),
  quota_reached: words(409, "after_change", "The reseller has sold its quota.", "Ask the house for a larger quota."),
  secret_space_short: words(409, "after_change", "Too many secrets of this length are in use.", "Use longer secrets."),
  not_yet_valid: words(409, "later", "It is not valid yet.", "Try again when it has begun."),
  no_longer_valid: words(409, "after_change", "It is no longer valid.", "Extend it, or issue a new one."),
};

/** A problem as a handler returns it, besides refusals: a part of the request that the schema does not judge. */
export class Problem {
  readonly code: ProblemCode;
  /** The part of the request that is to blame, as a JSON pointer behind `body`, `query`, `path` or `header`. */
  readonly pointer: string | undefined;
  /** What is wrong there; absent: the words of the code. */
  readonly detail: string | undefined;

  constructor(code: ProblemCode, pointer?: string, detail?: string) {
    this.code = code;
    this.pointer = pointer;
    this.detail = detail;
  }
}

/** A problem (RFC 9457) in JSON. */
export const problemSchema = named(
  "Problem",
  object({
    type: text({ maxLength: 200 }, { description: "A name for the kind of problem; `code` with a prefix." }),
    title: text({ maxLength: 200 }),
    status: { type: "integer", description: "The status of the answer." },
    detail: text({ maxLength: 500 }, { description: "What is wrong, in a sentence." }),
    code: choice(Object.keys(problems).sort(), { description: "The reason, by which programs tell problems apart." }),
    advice: text({ maxLength: 500 }, { description: "What to do." }),
    retry: choice(retries, {
      description:
        "Whether the same request can succeed: `never`, `later` by itself, or `after_change` of something else.",
    }),
    requestId: text({ maxLength: 100 }, { description: "The request in the log of the server." }),
    pointer: optional(
      text(
        { maxLength: 500 },
        {
          description:
            "The part of the request that is to blame: `body`, `query`, `path` or `header`, and a JSON pointer.",
        },
      ),
    ),
  }),
);

const lengthMax = 500;
/** When a caller may try again, by code: a busy database at once, a throttled address after the window of its tally. */
const retryAfterSeconds: Partial<Record<ProblemCode, number>> = { busy: 1, unavailable: 5, throttled: 60 };

/** The answer that tells a problem. */
export function problemResponse({ code, pointer, detail }: Problem, requestId: string): DialectResponse {
  const { status, advice, retry, ...told } = problems[code];
  const seconds = retryAfterSeconds[code];
  const challenge = code === "credentials_wrong" ? { "www-authenticate": 'Bearer realm="counterfoil"' } : {};
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...challenge,
      ...(seconds === undefined ? {} : { "retry-after": String(seconds) }),
    },
    body: JSON.stringify({
      type: `urn:counterfoil:problem:${code}`,
      title: titleOf(code),
      status,
      detail: (detail ?? told.detail).slice(0, lengthMax),
      code,
      advice,
      retry,
      requestId,
      ...(pointer === undefined ? {} : { pointer: pointer.slice(0, lengthMax) }),
    }),
    compressible: false,
    refusal: { error: code },
  };
}

/** `already_redeemed` is "Already redeemed". */
export function titleOf(code: ProblemCode): string {
  const sentence = code.replaceAll("_", " ");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
