import { customerNameLengthMax } from "../../core/customer.ts";
import { issueQuantityMax } from "../../core/verbs/issue.ts";
import { isFormFault, readForm, readQuery } from "../../wire/form.ts";
import { isJsonFault, readJsonObject } from "../../wire/json.ts";
import type { DialectRequest } from "../dialect.ts";
import { tokenLifetimeDefaultSeconds, tokenLifetimeMaxSeconds } from "./limits.ts";
import { Failure } from "./refusals.ts";

export type Fields = ReadonlyMap<string, string>;

/** How the parameters of a body are read, by its media type; any other is taken for a form. */
const bodyReaders: Readonly<Record<string, (body: Uint8Array) => Fields | undefined>> = {
  "application/json": readJsonFields,
};

/**
 * The parameters of a request: those of the query and those of the body, which win. Of a parameter that is given several
 * times the last one counts. Refused with `parametersUnreadable`.
 */
export function readFields(request: DialectRequest): Fields | Failure {
  const query = readQuery(request.query);
  if (isFormFault(query)) return new Failure("parametersUnreadable");
  if (request.body.length === 0) return query;
  const mediaType = (request.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const body = (bodyReaders[mediaType] ?? readFormFields)(request.body);
  if (body === undefined) return new Failure("parametersUnreadable");
  return query.size === 0 ? body : new Map([...query, ...body]);
}

function readFormFields(body: Uint8Array): Fields | undefined {
  const form = readForm(body);
  return isFormFault(form) ? undefined : form;
}

/** An object of texts and numbers; `null` stands for a parameter that is not given. */
function readJsonFields(body: Uint8Array): Fields | undefined {
  const object = readJsonObject(body, { depthMax: 2 });
  if (isJsonFault(object)) return object.fault === "empty" ? new Map() : undefined;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
    else if (value !== null) return undefined;
  }
  return fields;
}

/** The first of these parameters that is not blank, without the blanks around it. */
function textOf(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = fields.get(name)?.trim() ?? "";
    if (text !== "") return text;
  }
  return undefined;
}

/** Who the request is about. Refused with `clientMissing`. */
export function readClientId(fields: Fields): string | Failure {
  return textOf(fields, "client_id") ?? new Failure("clientMissing");
}

/** One address as people write it: no blanks, no display name, a domain with a dot. */
const addressShape = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]+$/;

/** Who will hold new licences: they are sent there. Refused with `clientMissing` or `clientInvalid`. */
export function readNewClientId(fields: Fields): string | Failure {
  const clientId = readClientId(fields);
  if (clientId instanceof Failure) return clientId;
  const isAddress = clientId.length <= customerNameLengthMax && addressShape.test(clientId);
  return isAddress ? clientId : new Failure("clientInvalid");
}

export function readClientName(fields: Fields): string {
  return textOf(fields, "client_name") ?? "";
}

/** The licence that is named, as it was typed; `undefined` when none is. */
export function readLicense(fields: Fields): string | undefined {
  return textOf(fields, "license", "license_key");
}

/** How many licences; one when nothing is said. Refused with `numberInvalid` or `licensesOutOfRange`. */
export function readQuantity(fields: Fields): number | Failure {
  return readNumber(fields, "licenses", 1, issueQuantityMax, "licensesOutOfRange");
}

/** How long a new token lives. Refused with `numberInvalid` or `lifetimeOutOfRange`. */
export function readLifetimeSeconds(fields: Fields): number | Failure {
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
): number | Failure {
  const text = textOf(fields, name);
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || Math.abs(value) > javaIntegerMax) return new Failure("numberInvalid", text);
  return value >= 1 && value <= max ? value : new Failure(outOfRange);
}

/** What an answer is written in. */
export type Format = "json" | "xml";

/** `output` says it, in any case; else XML if `Accept` names it and not JSON; else JSON, also for an unknown `output`. */
export function readFormat(request: DialectRequest, fields: Fields): Format {
  const output = textOf(fields, "output")?.toLowerCase();
  if (output !== undefined) return output === "xml" ? "xml" : "json";
  const accept = request.header("accept") ?? "";
  return /\bxml\b/i.test(accept) && !/\bjson\b/i.test(accept) ? "xml" : "json";
}
