import { verbs } from "../core/verbs/index.ts";
import { type ProblemCode, problemSchema, problems } from "./problem.ts";
import type { Fields, Route } from "./route.ts";
import { type JsonSchema, list, nameOf, nullable, object, type Schema, text } from "./schema.ts";
import { limitMax, prefix, queryFieldsOf } from "./serve.ts";
import { cursorLengthMax } from "./values.ts";

type Json = Record<string, unknown>;

/** Problems that any request can meet. */
const ofAny: readonly ProblemCode[] = [
  "request_invalid",
  "credentials_wrong",
  "throttled",
  "not_permitted",
  "not_acceptable",
  "internal",
  "unavailable",
  "busy",
];
const ofChanges: readonly ProblemCode[] = ["idempotency_key_reused"];
const ofBodies: readonly ProblemCode[] = ["json_invalid", "body_too_large", "media_type_unknown"];

/** Every problem that a route can answer, in the order of their names. */
export function problemsOf(route: Route): readonly ProblemCode[] {
  const ofVerbs = (route.verbs ?? []).flatMap((name): readonly ProblemCode[] => verbs[name].refusals);
  return [
    ...new Set([
      ...ofAny,
      ...(takesKey(route) ? ofChanges : []),
      ...(route.body === undefined ? [] : ofBodies),
      ...(route.takesIfMatch ? (["changed_meanwhile"] as const) : []),
      ...ofVerbs,
      ...(route.problems ?? []),
    ]),
  ].sort();
}

const takesKey = ({ method, ignoresKey }: Route) => method !== "GET" && ignoresKey !== true;

/** The schema of the answer of a route. */
export function answerSchemaOf({ pages, answer }: Route): Schema {
  if (pages === undefined) return answer.schema;
  const cursor = text(
    { maxLength: cursorLengthMax },
    { description: "The `cursor` of the next page; `null` on the last page." },
  );
  return object({ items: list(answer.schema, limitMax), next: nullable(cursor) });
}

/** The example of the answer of a route. */
export function answerExampleOf({ pages, example }: Route): unknown {
  return pages === undefined ? example.answer : { items: [example.answer], next: null };
}

/** The document of the API (OpenAPI 3.1), made of the schemas that check the requests. */
export function documentOf(routes: readonly Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  const refer = referrer(schemas);
  for (const route of routes) {
    const path = prefix + route.path;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, refer) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Counterfoil",
      version: "1",
      description: [
        "Send a token as `Authorization: Bearer cf_…`. Each operation names the scope that it asks of the token.",
        "A change takes an `Idempotency-Key`: a second request with the same key gets the first answer, and changes nothing.",
        "Ids are text. Times are RFC 3339, and answered in UTC. Amounts are whole numbers in the smallest unit of their currency.",
        "Fields and parameters that are not listed here are refused. Answers may get further fields.",
        "A problem is answered as RFC 9457 says. `code` tells problems apart, `advice` says what to do, and `retry` whether the same request can succeed later.",
      ].join("\n\n"),
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ resource }) => resource))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of an operator." } },
      schemas,
    },
  };
}

type Refer = (schema: JsonSchema) => unknown;

/** Makes the function that tells a schema. One with a name is told once, among the components. */
function referrer(components: Json): Refer {
  const tell = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(tell);
    if (typeof part !== "object" || part === null) return part;
    const name = nameOf(part);
    if (name === undefined) return whole(part);
    components[name] ??= whole(part);
    return { $ref: `#/components/schemas/${name}` };
  };
  const whole = (part: object) => Object.fromEntries(Object.entries(part).map(([name, one]) => [name, tell(one)]));
  return tell;
}

function operationOf(route: Route, refer: Refer): Json {
  const { name, resource, summary, description, scope, body, isBodyOptional, answer, example } = route;
  const schema = refer(answerSchemaOf(route));
  return {
    operationId: name,
    tags: [resource],
    summary,
    description: [description, `Scope: \`${scope}\`.`].filter((one) => one !== undefined).join("\n\n"),
    security: [{ token: [scope] }],
    parameters: [
      ...parametersOf("path", route.params ?? {}, refer, example.params),
      ...parametersOf("query", queryFieldsOf(route), refer, example.query),
      ...(takesKey(route) ? [idempotencyKey] : []),
      ...(route.takesIfMatch ? [ifMatch] : []),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: isBodyOptional !== true,
            content: { "application/json": { schema: refer(body), example: example.body } },
          },
        }),
    responses: {
      [answer.status]: {
        description: answer.status === 201 ? "Made." : "Done.",
        ...(route.pages === undefined ? {} : { headers: { Link: linkHeader } }),
        content: {
          "application/json": { schema, example: answerExampleOf(route) },
          ...(route.events === undefined ? {} : { "text/event-stream": { schema: { type: "string" } } }),
        },
      },
      ...problemResponses(route, refer),
    },
  };
}

function parametersOf(
  place: "path" | "query",
  fields: Fields,
  refer: Refer,
  examples: Readonly<Record<string, string>> = {},
): readonly Json[] {
  return Object.entries(fields).map(([name, field]) => {
    const isOptional = "optional" in field;
    const schema = (isOptional ? field.optional : field) as JsonSchema;
    return {
      name,
      in: place,
      required: !isOptional,
      ...(schema.description === undefined ? {} : { description: schema.description }),
      schema: refer(schema),
      ...(examples[name] === undefined ? {} : { example: examples[name] }),
    };
  });
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Drawn for each act. A repeated request with the same key gets the first answer.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
};
const ifMatch = {
  name: "If-Match",
  in: "header",
  required: false,
  description: "The `ETag` of the resource as the caller knows it. If it is another by now, nothing is changed.",
  schema: { type: "string", maxLength: 255 },
};
const linkHeader = {
  description: 'The next page, as `<…>; rel="next"`.',
  schema: { type: "string" },
};

/** A response for each status, with the problems that it may tell. */
function problemResponses(route: Route, refer: Refer): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(route)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].detail}`).join("\n\n"),
        content: { "application/problem+json": { schema: refer(problemSchema) } },
      },
    ]),
  );
}
