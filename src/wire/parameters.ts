/**
 * Reads the parameters of a request from the query, from the body, or from both. A body is a form unless its content
 * type is multipart/form-data or JSON. The body overrides the query. Of a repeated name the last value counts. A form
 * is in the `charset` of its content type, or in UTF-8.
 *
 * In JSON a parameter is a text, a number or a boolean, and `null` counts as not sent. A number has two spellings: the
 * shortest one (`5`), and the one that was sent (`5.00`), which a client may have signed. A number that a double cannot
 * represent exactly has only the latter.
 *
 * It never throws. Refused as `form.ts`, `multipart.ts` and `json.ts` refuse. A message may contain names of
 * parameters, never values.
 */

import { readForm, readQuery } from "./form.ts";
import { FormatError } from "./format-error.ts";
import { type JsonFields, type JsonNumber, readJsonFields } from "./json.ts";
import { readMediaType } from "./media-type.ts";
import { readMultipart } from "./multipart.ts";

export type Parameters = ReadonlyMap<string, string>;

export interface ReadParameters {
  /** Numbers of JSON in their shortest spelling. */
  readonly shortest: Parameters;
  /** The same, numbers of JSON as they were sent. */
  readonly asSent: Parameters;
}

export interface ParametersRequest {
  /** The text behind the question mark, undecoded. */
  readonly query: string;
  /** The header, if there is one. */
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** See the head of this file. */
export function readParameters({ query, contentType, body }: ParametersRequest): ReadParameters | FormatError {
  const inQuery = readQuery(query);
  if (inQuery instanceof FormatError) return new FormatError(inQuery.fault, `query: ${inQuery.message}`);
  if (body.byteLength === 0) return { shortest: inQuery, asSent: inQuery };
  const { type, charset } = readMediaType(contentType);
  if (isJson(type)) {
    const fields = readJsonFields(body);
    if (!(fields instanceof FormatError)) return spelled(inQuery, fields);
    return fields.fault === "empty" ? { shortest: inQuery, asSent: inQuery } : fields;
  }
  const fields =
    type === "multipart/form-data"
      ? readMultipart(body, contentType ?? "")
      : readForm(body, charset === undefined ? {} : { charset });
  if (fields instanceof FormatError) return fields;
  const all = new Map([...inQuery, ...fields]);
  return { shortest: all, asSent: all };
}

function isJson(mediaType: string): boolean {
  return mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json");
}

function spelled(inQuery: Parameters, fields: JsonFields): ReadParameters {
  const spell = (how: (number: JsonNumber) => string) =>
    new Map([
      ...inQuery,
      ...[...fields].map(([name, one]): [string, string] => [name, typeof one === "string" ? one : how(one)]),
    ]);
  return {
    shortest: spell(({ shortest, asSent }) => (isExact(shortest) ? shortest : asSent)),
    asSent: spell(({ asSent }) => asSent),
  };
}

function isExact(number: string): boolean {
  return Math.abs(Number(number)) <= Number.MAX_SAFE_INTEGER;
}
