/**
 * Reads the parameters of a request for protocols that take them from the
 * query, from the body, or from both: a body is a form unless its content type
 * says multipart/form-data or JSON. What the body says wins over the query; of
 * a name given more than once in either, the last value counts.
 *
 * In JSON a parameter is a text, a number or a truth value, and `null` stands
 * for one that was not sent. A number that a double does not hold exactly is
 * refused, since its digits would be others than those that were sent.
 *
 * Promise: never throws on any input. Every refusal is a `ParametersFault` with
 * one of the kinds of the codecs, or `not-scalar` or `inexact` for JSON values.
 */

import { type FormFaultKind, isFormFault, readForm, readQuery } from "./form.ts";
import { isJsonFault, type JsonFaultKind, readJsonObject } from "./json.ts";
import { type MultipartFaultKind, readMultipart } from "./multipart.ts";

export type Parameters = ReadonlyMap<string, string>;

export type ParametersFaultKind = FormFaultKind | MultipartFaultKind | JsonFaultKind | "not-scalar" | "inexact";

export type ParametersFault = { readonly fault: ParametersFaultKind; readonly message: string };

export type ParametersRequest = {
  /** What follows the question mark, undecoded. */
  readonly query: string;
  /** The header, if there is one. */
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
};

/** Tells a fault from parameters. */
export function isParametersFault(result: Parameters | ParametersFault): result is ParametersFault {
  return "fault" in result;
}

/** See the head of this file. */
export async function readParameters(request: ParametersRequest): Promise<Parameters | ParametersFault> {
  const query = readQuery(request.query);
  if (isFormFault(query) || request.body.byteLength === 0) return query;
  const body = await readBody(request.body, request.contentType ?? "");
  return isParametersFault(body) ? body : new Map([...query, ...body]);
}

async function readBody(bytes: Uint8Array, contentType: string): Promise<Parameters | ParametersFault> {
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "multipart/form-data") return readMultipart(bytes, contentType);
  return isJson(mediaType) ? readJsonParameters(bytes) : readForm(bytes);
}

function isJson(mediaType: string): boolean {
  return mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json");
}

function readJsonParameters(bytes: Uint8Array): Parameters | ParametersFault {
  const object = readJsonObject(bytes);
  if (isJsonFault(object)) return object.fault === "empty" ? new Map() : object;
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (value === null) continue;
    if (typeof value === "object") return { fault: "not-scalar", message: `${JSON.stringify(name)} is not one value` };
    if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      return { fault: "inexact", message: `${JSON.stringify(name)} has too many digits for a number` };
    }
    parameters.set(name, String(value));
  }
  return parameters;
}
