import { isMailAddress } from "../../core/mailbox.ts";
import { issueQuantityMax } from "../../core/verbs/issue.ts";
import { FormatError } from "../../wire/format-error.ts";
import { type Parameters, readParameters } from "../../wire/parameters.ts";
import { readPreferences, weightOf } from "../../wire/weights.ts";
import type { DialectRequest } from "../dialect.ts";
import { ProtocolError, tokenLifetimeMaxSeconds } from "./errors.ts";

export type Fields = Parameters;

/** Requests of this protocol have a handful of short parameters. */
export const bodyBytesMax = 64 * 1024;

/**
 * The parameters of a request, in which those of the body win over those of the query. Refused with
 * `parametersUnreadable`.
 */
export function readFields(request: DialectRequest): Fields | ProtocolError {
  const { query, body } = request;
  const fields = readParameters({ query, contentType: request.header("content-type"), body });
  if (!(fields instanceof FormatError)) return fields.shortest;
  return new ProtocolError("parametersUnreadable", `${fields.fault}: ${fields.message}`);
}

/** The first of these parameters that is not blank, without the blanks around it. */
function textOf(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = fields.get(name)?.trim() ?? "";
    if (text !== "") return text;
  }
  return undefined;
}

/** The client of the request. Refused with `clientMissing`. */
export function readClientId(fields: Fields): string | ProtocolError {
  return textOf(fields, "client_id") ?? new ProtocolError("clientMissing");
}

/**
 * The holder of new licences, which are mailed to this address. Its domain needs a dot, since the mail leaves the
 * house. Refused with `clientMissing` or `clientInvalid`.
 */
export function readNewClientId(fields: Fields): string | ProtocolError {
  const clientId = readClientId(fields);
  if (clientId instanceof ProtocolError) return clientId;
  const hasDot = clientId.lastIndexOf(".") > clientId.lastIndexOf("@");
  return hasDot && isMailAddress(clientId) ? clientId : new ProtocolError("clientInvalid");
}

export function readClientName(fields: Fields): string {
  return textOf(fields, "client_name") ?? "";
}

/** The key of a licence as it was typed; `undefined` when the request names none. */
export function readLicense(fields: Fields): string | undefined {
  return textOf(fields, "license", "license_key");
}

/** The number of licences; 1 by default. Refused with `numberInvalid` or `licensesOutOfRange`. */
export function readQuantity(fields: Fields): number | ProtocolError {
  return readNumber(fields, "licenses", 1, issueQuantityMax, "licensesOutOfRange");
}

/** The life of a token for a request that does not say it. */
const tokenLifetimeDefaultSeconds = 5 * 60;

/** The life of a new token. Refused with `numberInvalid` or `lifetimeOutOfRange`. */
export function readLifetimeSeconds(fields: Fields): number | ProtocolError {
  return readNumber(fields, "expires_in", tokenLifetimeDefaultSeconds, tokenLifetimeMaxSeconds, "lifetimeOutOfRange");
}

/** The largest number that the documented server could read. */
const javaIntegerMax = 2_147_483_647;

function readNumber(
  fields: Fields,
  name: string,
  byDefault: number,
  max: number,
  outOfRange: "licensesOutOfRange" | "lifetimeOutOfRange",
): number | ProtocolError {
  const text = textOf(fields, name);
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || Math.abs(value) > javaIntegerMax) {
    return new ProtocolError("numberInvalid", `${name} is no number`, `"${text}"`);
  }
  return value >= 1 && value <= max ? value : new ProtocolError(outOfRange);
}

/** The format of an answer. */
export type Format = "json" | "xml";

/** The media types of each format; other types of XML are other formats. */
const xmlTypes = ["application/xml", "text/xml"];
const jsonTypes = ["application/json", "text/json"];

/**
 * The format of the answer. `output` decides, in any case of letters, and an unknown one means JSON. Without `output`
 * it is XML if `Accept` gives nothing a higher weight and JSON a lower one, also by a range; else JSON.
 */
export function readFormat(request: DialectRequest, fields: Fields): Format {
  const output = textOf(fields, "output")?.toLowerCase();
  if (output !== undefined) return output === "xml" ? "xml" : "json";
  const preferences = readPreferences(request.header("accept") ?? "");
  const xml = weightOf(preferences, xmlTypes);
  const isDearest = preferences.every(({ weight }) => weight <= xml);
  return xml > 0 && isDearest && weightOf(preferences, jsonTypes) < xml ? "xml" : "json";
}
