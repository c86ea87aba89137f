import { hash } from "node:crypto";
import { principalOf } from "../access/principals.ts";
import { may, type Principal } from "../core/principal.ts";
import type { DialectContext, DialectRequest, DialectResponse, Handler } from "../dialects/dialect.ts";
import { PreconditionFailed } from "../engine/engine.ts";
import { isIdempotencyKey } from "../engine/idempotency.ts";
import { readAuthorization } from "../wire/basic-auth.ts";
import { readFormEntries } from "../wire/form.ts";
import { FormatError } from "../wire/format-error.ts";
import { readMediaType } from "../wire/media-type.ts";
import { judgePreconditions } from "../wire/precondition.ts";
import { readStrictJson } from "../wire/strict-json.ts";
import { readPreferences, weightOf } from "../wire/weights.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { eventStream } from "./event-stream.ts";
import { Problem, problemResponse } from "./problem.ts";
import type { Call, Fields, PageAsked, Reply, Route } from "./route.ts";
import { integer, object, optional, type Schema, text } from "./schema.ts";
import { fits } from "./validate.ts";
import { cursorLengthMax } from "./values.ts";

/** The path below which everything of the API lies. */
export const prefix = "/v1";

export const limitMax = 200;
export const limitByDefault = 50;

const pageFields = {
  limit: optional(
    integer({ minimum: 1, maximum: limitMax }, { description: `Rows of a page; ${limitByDefault} when absent.` }),
  ),
  cursor: optional(text({ maxLength: cursorLengthMax }, { description: "The `next` of the page before." })),
};

/** The parameters in the query of a route. */
export function queryFieldsOf({ query = {}, pages }: Route): Fields {
  return pages === undefined ? query : { ...query, ...pageFields };
}

/** Makes the handler of a route: all that is the same for every one of them. */
export function serve(route: Route): Handler {
  const params = object(route.params ?? {});
  const query = object(queryFieldsOf(route));
  return async (request, context) => {
    const result = await answer(route, { params, query }, request, context);
    return result instanceof Problem ? problemResponse(result, request.id) : result;
  };
}

/** The schemas of the parameters. They are made once, since their checkers are kept by them. */
interface ParameterSchemas {
  readonly params: Schema;
  readonly query: Schema;
}

async function answer(
  route: Route,
  schemas: ParameterSchemas,
  request: DialectRequest,
  context: DialectContext,
): Promise<DialectResponse | Problem> {
  const principal = await identify(request, context);
  if (principal instanceof Problem) return principal;
  if (!may(principal, route.scope)) return new Problem("not_permitted");
  const streams = route.events !== undefined && prefersEvents(request);
  const call = await readCall(route, schemas, request, context, principal, streams);
  if (call instanceof Problem) return call;
  if (streams) return follow(route, call, request, context);
  let result: Awaited<ReturnType<Route["handle"]>>;
  try {
    result = await route.handle(call);
  } catch (error) {
    if (error instanceof PreconditionFailed) return new Problem("changed_meanwhile");
    throw error;
  }
  if (result instanceof Problem) return result;
  return result.ok ? responseOf(route, result, request) : new Problem(result.refusal);
}

/** The principal of the token. There is no other way in. */
async function identify(
  request: DialectRequest,
  { authenticator, organization }: DialectContext,
): Promise<Principal | Problem> {
  const authorization = readAuthorization(request.header("authorization"));
  if (authorization.scheme !== "other" || authorization.name !== "bearer") return new Problem("credentials_wrong");
  const credentials = { token: authorization.value, heedsReach: true } as const;
  const identity = await authenticator.identify(organization.id, credentials, request.address);
  return typeof identity === "string" ? new Problem(identity) : principalOf(identity);
}

async function readCall(
  route: Route,
  schemas: ParameterSchemas,
  request: DialectRequest,
  context: DialectContext,
  principal: Principal,
  streams: boolean,
): Promise<Call<never, never, never> | Problem> {
  const accept = request.header("accept");
  if (
    !streams &&
    accept !== undefined &&
    weightOf(readPreferences(accept), ["application/json", "application/problem+json"]) === 0
  ) {
    return new Problem("not_acceptable");
  }
  const takesKey = route.method !== "GET" && route.ignoresKey !== true;
  const key = takesKey ? request.header("idempotency-key") : undefined;
  if (key !== undefined && !isIdempotencyKey(key)) {
    return new Problem("request_invalid", "header/Idempotency-Key", "It must be 1 to 255 visible ASCII characters.");
  }
  const params = await fits(schemas.params, request.params, "path");
  if (params instanceof Problem) return params;
  const asked = readQuery(route, request.query);
  if (asked instanceof Problem) return asked;
  const query = await fits(schemas.query, asked, "query");
  if (query instanceof Problem) return query;
  const { limit, cursor, ...filter } = query.value as { limit?: number; cursor?: string };
  const page = readPage(route, limit, cursor);
  if (page instanceof Problem) return page;
  const body = await readBody(route, request);
  if (body instanceof Problem) return body;
  const { organization, queries, organizationSettings } = context;
  const ifMatch = route.takesIfMatch ? request.header("if-match") : undefined;
  return {
    params: params.value as never,
    query: (route.pages === undefined ? query.value : filter) as never,
    body: body.value as never,
    page,
    principal,
    organizationId: organization.id,
    queries,
    organizationSettings,
    atMs: request.atMs,
    execute(command, current) {
      const precondition =
        ifMatch === undefined || current === undefined
          ? undefined
          : (state: Parameters<typeof current>[0]) => {
              const tag = tagOf(JSON.stringify(current(state)));
              return judgePreconditions({ "if-match": ifMatch }, { etag: tag, lastModified: undefined }) === "met";
            };
      return context.execute(principal, command, key, precondition);
    },
    nameDevice: context.nameDevice,
    async present(code, look, isUnknown) {
      const found = await context.present(principal, code, look, isUnknown);
      return found === "throttled" ? { ok: false, refusal: "throttled" } : found;
    },
  };
}

function prefersEvents(request: DialectRequest): boolean {
  const preferences = readPreferences(request.header("accept") ?? "*/*");
  return weightOf(preferences, ["text/event-stream"]) > weightOf(preferences, ["application/json"]);
}

/** Answers a call with the events of its route. */
function follow(
  { events, scope }: Route,
  { params, query, principal, organizationId, queries, organizationSettings, atMs }: Call<never, never, never>,
  request: DialectRequest,
  context: DialectContext,
): DialectResponse | Problem {
  if (events === undefined) throw new Error("the route has no events");
  const last = request.header("last-event-id");
  if (last !== undefined && !/^\d{1,15}$/.test(last)) {
    return new Problem("request_invalid", "header/Last-Event-ID", "It is no id of an event of this stream.");
  }
  return eventStream(events.name, (signal) =>
    events.make({
      params,
      query,
      principal,
      organizationId,
      queries,
      organizationSettings,
      atMs,
      signal,
      logFeed: context.logFeed,
      lastEventId: last === undefined ? undefined : Number(last),
      async identifyAgain() {
        const now = await identify(request, context);
        return now instanceof Problem || !may(now, scope) ? undefined : now;
      },
    }),
  );
}

/** The values of the query by name: numbers and truth values where the schema asks for them. */
function readQuery(route: Route, query: string): Record<string, unknown> | Problem {
  const entries = readFormEntries(Buffer.from(query, "utf8"));
  if (entries instanceof FormatError) return new Problem("request_invalid", "query", "It cannot be read.");
  const fields = queryFieldsOf(route);
  const values = new Map<string, unknown>();
  for (const [name, value] of entries) {
    const pointer = `query/${name}`;
    if (values.has(name)) return new Problem("request_invalid", pointer, "It stands there twice.");
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const { type } =
      field === undefined ? { type: undefined } : "optional" in field ? (field.optional as Schema) : field;
    values.set(name, type === "integer" ? numberOf(value) : type === "boolean" ? truthOf(value) : value);
  }
  return Object.fromEntries(values);
}

const numberOf = (written: string) => (/^-?\d{1,15}$/.test(written) ? Number(written) : written);
const truthOf = (written: string) => (written === "true" ? true : written === "false" ? false : written);

function readPage(route: Route, limit = limitByDefault, cursor?: string): PageAsked | Problem {
  if (cursor === undefined || route.pages === undefined) return { limit, after: undefined };
  const after = readCursor(route.name, route.pages, cursor);
  if (after === undefined) return new Problem("request_invalid", "query/cursor", "It is no cursor of this list.");
  return { limit, after };
}

async function readBody(
  { body: schema, isBodyOptional }: Route,
  request: DialectRequest,
): Promise<{ readonly value: unknown } | Problem> {
  if (schema === undefined) {
    // Clients send an empty body, or an empty object, where there is nothing to say.
    const isEmpty = request.body.length === 0 || Buffer.from(request.body).toString("latin1").trim() === "{}";
    return isEmpty ? { value: undefined } : new Problem("request_invalid", "body", "There must be no body.");
  }
  if (request.body.length === 0 && isBodyOptional === true) return fits(schema, {}, "body");
  const { type, charset } = readMediaType(request.header("content-type"));
  if (type !== "application/json" || (charset !== undefined && charset !== "utf-8")) {
    return new Problem("media_type_unknown");
  }
  const document = readStrictJson(request.body);
  if (document instanceof FormatError) {
    const sentence = `${document.message.charAt(0).toUpperCase()}${document.message.slice(1)}.`;
    return new Problem("json_invalid", "body", sentence);
  }
  return fits(schema, document.value, "body");
}

function responseOf(route: Route, reply: Reply<unknown>, request: DialectRequest): DialectResponse {
  const { location, isTagged = false, next } = reply;
  const cursor = next === undefined ? null : writeCursor(route.name, next);
  const body = JSON.stringify(route.pages === undefined ? reply.value : { items: reply.value, next: cursor });
  const tag = isTagged ? tagOf(body) : undefined;
  const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-store" };
  if (location !== undefined) headers.location = prefix + location;
  if (cursor !== null) headers.link = `<${urlOf(route, request, cursor)}>; rel="next"`;
  if (tag !== undefined) {
    headers.etag = tag;
    headers["cache-control"] = "private, no-cache";
    if (isKnown(request, tag)) return { status: 304, headers, body: "", compressible: false };
  }
  return { status: route.answer.status, headers, body, compressible: true };
}

/** Whether the client of a GET has this content already. */
function isKnown(request: DialectRequest, etag: string): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const conditions = { "if-none-match": request.header("if-none-match") };
  return judgePreconditions(conditions, { etag, lastModified: undefined }) === "unchanged";
}

/** The same request with another cursor, without scheme and host. */
function urlOf({ path }: Route, { params, query }: DialectRequest, cursor: string): string {
  const fields = new URLSearchParams(query);
  fields.set("cursor", cursor);
  return `${prefix}${path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ""))}?${fields}`;
}

/** A tag for content: the same for the same content, in every process. */
export function tagOf(content: string): string {
  return `"${hash("sha256", content, "base64url").slice(0, 22)}"`;
}
