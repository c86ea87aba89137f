import assert from "node:assert/strict";
import { terminal } from "../../src/access/principals.ts";
import { routes } from "../../src/api/index.ts";
import { answerSchemaOf, problemsOf } from "../../src/api/openapi.ts";
import { Problem, type ProblemCode, problemSchema } from "../../src/api/problem.ts";
import type { Route } from "../../src/api/route.ts";
import { fits } from "../../src/api/validate.ts";
import type { TokenLimits } from "../../src/core/operator.ts";
import type { TestApp } from "./app.ts";
import { type Answer, exchange, newAddress } from "./exchange.ts";

/** An answer of the API, read. */
export interface ApiAnswer extends Answer {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails otherwise.
  readonly json: any;
}

interface ApiRequest {
  /** Sent as JSON, unless it is bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

export type ApiClient = (line: string, request?: ApiRequest) => Promise<ApiAnswer>;

/** A client that checks each answer against the document: its schema, and whether the operation may give the problem. */
export function apiClient(url: string, token: string | undefined): ApiClient {
  return async (line, { body, headers = {}, from } = {}) => {
    const answer = await exchange(url, line, {
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
      ...(from === undefined ? {} : { from }),
    });
    const isJson = /json/.test(answer.headers["content-type"] ?? "") && answer.text !== "";
    const json = isJson ? JSON.parse(answer.text) : undefined;
    if (isJson) await assertDocumented(line, answer.status, json);
    return { ...answer, json };
  };
}

async function assertDocumented(line: string, status: number, json: unknown): Promise<void> {
  const route = routeOf(line);
  if (status >= 400) {
    const fitting = await fits(problemSchema, json, "body");
    assert.ok(!(fitting instanceof Problem), `${line}: ${JSON.stringify(json)}`);
    const { code } = json as { readonly code: ProblemCode };
    if (route !== undefined) assert.ok(problemsOf(route).includes(code), `${route.name} may not answer ${code}`);
  } else if (route !== undefined) {
    assert.equal(status, route.answer.status, line);
    const fitting = await fits(answerSchemaOf(route), json, "body");
    assert.ok(!(fitting instanceof Problem), `${line}: ${JSON.stringify(fitting)}: ${JSON.stringify(json)}`);
  }
}

/** The route of a request line; `undefined` when there is none. */
function routeOf(line: string): Route | undefined {
  const [method, target = ""] = line.split(" ");
  const path = target.replace(/\?.*/, "");
  return routes.find(
    (route) => route.method === method && new RegExp(`^/v1${route.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(path),
  );
}

let tokens = 0;

/** Makes an operator with a token; resolves with a client that uses it, from an address of its own. */
export async function openApi(
  { app, url }: Pick<TestApp, "app" | "url">,
  {
    role = "owner",
    limits = null,
    organizationId = 1,
    lifetimeMs = null,
  }: {
    role?: Parameters<TestApp["app"]["administration"]["putOperator"]>[1]["role"];
    limits?: Partial<TokenLimits> | null;
    organizationId?: number;
    lifetimeMs?: number | null;
  } = {},
): Promise<{ readonly ask: ApiClient; readonly token: string; readonly operatorId: number }> {
  const login = `operator-${++tokens}`;
  const operatorId = await app.administration.putOperator(organizationId, { login, passwordHash: "none", role });
  const whole: TokenLimits = { scopes: null, productIds: null, categories: null, networks: null };
  const outcome = await app.engine.execute({
    organizationId,
    principal: terminal,
    address: null,
    command: {
      verb: "create_token",
      operatorId,
      login,
      lifetimeMs,
      terms: { name: login, limits: limits && { ...whole, ...limits } },
    },
  });
  assert.ok(outcome.ok);
  const { token } = outcome.value;
  const from = newAddress();
  const client = apiClient(url, token);
  return { ask: (line, request = {}) => client(line, { from, ...request }), token, operatorId };
}
