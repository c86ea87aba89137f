import { METHODS } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticator.ts";
import { remember } from "../access/recent.ts";
import type { Dialect, Fault, Route } from "../dialects/dialect.ts";
import type { Engine } from "../engine/engine.ts";
import type { Organization, Reader } from "../engine/reader.ts";
import { StoreUnavailable } from "../engine/store.ts";
import * as limits from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { send } from "./send.ts";

export interface ServerOptions {
  readonly dialects: readonly Dialect[];
  readonly engine: Engine;
  readonly reader: Reader;
  readonly authenticator: Authenticator;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** How long an organization's settings are believed without asking again. */
const organizationStaleMs = 2_000;

declare module "fastify" {
  interface FastifyContextConfig {
    dialect?: Dialect;
  }
  interface FastifyRequest {
    organization?: Organization | undefined;
  }
}

/**
 * The HTTP server, not yet listening: the dialects on their paths, `/healthz`, `/readyz` and `/metrics`. It is the only
 * place that knows the web framework. Whatever goes wrong on a dialect's path is answered in that dialect's words.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { dialects, log, metrics, reader } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: limits.strayBodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleConnectionTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: { maxHeaderSize: limits.headerBytesMax, headersTimeout: limits.headersTimeoutMs },
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: requestIds(),
    clientErrorHandler: refuseConnection,
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      maxParamLength: limits.pathSegmentLengthMax,
    },
    frameworkErrors: (_error, request, reply) => {
      void answerFault(request, reply as FastifyReply, { kind: "request_broken" });
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method) && method !== "CONNECT") app.addHttpMethod(method, { hasBody: true });
  }

  // Every media type is taken as bytes: what they mean is for the dialect to say.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  const organizationOf = remember((host) => reader.organization(host), { staleMaxMs: organizationStaleMs });

  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => logResponse(request, reply));
  app.setNotFoundHandler((request, reply) => answerFault(request, reply, { kind: "path_unknown" }));
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    if (fault.kind === "broken")
      log.error({ requestId: request.id, route: routeOf(request), error }, "a handler broke");
    if (fault.kind === "unavailable") {
      log.warn({ requestId: request.id, route: routeOf(request), reason: messageOf(error) }, "the database is away");
    }
    return answerFault(request, reply, fault);
  });

  for (const dialect of dialects) mount(dialect);
  mountOperations();
  return app;

  function mount(dialect: Dialect): void {
    for (const route of dialect.routes) {
      app.route({
        method: route.method,
        url: route.path,
        bodyLimit: dialect.bodyBytesMax,
        config: { dialect },
        handler: (request, reply) => serve(route, request, reply),
      });
    }
    for (const [path, allowed] of methodsByPath(dialect.routes)) {
      app.route({
        method: app.supportedMethods.filter((method) => !allowed.includes(method)),
        url: path,
        bodyLimit: dialect.bodyBytesMax,
        config: { dialect },
        handler: (request, reply) => answerFault(request, reply, { kind: "method_not_defined", allowed }),
      });
    }
  }

  async function serve(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const organization = await organizationOf(request.hostname);
    if (organization === undefined) throw new StoreUnavailable("there is no organization yet");
    request.organization = organization;
    const response = await route.handle(
      {
        method: request.method,
        params: request.params as Record<string, string>,
        query: queryOf(request.url),
        header: (name) => headerOf(request, name),
        body: Buffer.isBuffer(request.body) ? request.body : noBytes,
        address: addressOf(request),
      },
      { organization, engine: options.engine, reader, authenticator: options.authenticator },
    );
    await send(request, reply, response);
    return reply;
  }

  async function answerFault(request: FastifyRequest, reply: FastifyReply, fault: Fault): Promise<FastifyReply> {
    const dialect = request.routeOptions.config?.dialect ?? dialectAt(request.url);
    // The body was not read to its end, so the connection cannot be used again.
    if (fault.kind === "body_too_large" || fault.kind === "request_broken") reply.header("connection", "close");
    if (dialect === undefined) {
      const [status, message] = strayFaults[fault.kind];
      return reply
        .code(status)
        .type("application/json")
        .send(JSON.stringify({ error: { message } }));
    }
    await send(request, reply, dialect.fault(fault, request.organization));
    return reply;
  }

  function dialectAt(url: string): Dialect | undefined {
    const path = url.toLowerCase();
    return dialects.find(({ prefixes }) =>
      prefixes.some((prefix) => path.startsWith(prefix) && /^(?:[/?#]|$)/.test(path.slice(prefix.length))),
    );
  }

  function logResponse(request: FastifyRequest, reply: FastifyReply): void {
    const dialect = request.routeOptions.config?.dialect?.name ?? "";
    const route = routeOf(request);
    const { method } = request;
    const status = reply.statusCode;
    metrics.requestDone({ dialect, method, route, status, seconds: reply.elapsedTime / 1000 });
    // The pattern of the path and never the path: it may hold a code or a key.
    log.info(
      {
        requestId: request.id,
        dialect,
        method,
        route,
        status,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        organization: request.organization?.id,
        address: addressOf(request),
      },
      "request",
    );
  }

  function mountOperations(): void {
    app.get("/healthz", (_request, reply) => reply.type("text/plain").send("ok\n"));
    app.get("/readyz", async (_request, reply) => {
      const ready = await reader.ping().then(
        () => true,
        () => false,
      );
      return reply
        .code(ready ? 200 : 503)
        .type("text/plain")
        .send(ready ? "ok\n" : "the database does not answer\n");
    });
    app.get("/metrics", async (_request, reply) => {
      const { contentType, text } = await metrics.expose();
      return reply.header("content-type", contentType).send(text);
    });
  }
}

const noBytes = Buffer.alloc(0);

const strayFaults: Record<Fault["kind"], readonly [status: number, message: string]> = {
  body_too_large: [413, "The request's body is too large."],
  request_broken: [400, "The request cannot be read."],
  path_unknown: [404, "There is nothing at this path."],
  method_not_defined: [405, "This method is not defined for this path."],
  unavailable: [503, "The database is away. Try again in a moment."],
  broken: [500, "Something broke on the server. The log has the details."],
};

/** Answers what could not be read as a request at all, so that nobody knows whose path it is for, and hangs up. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const [status, message] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "The request's headers are too large."]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "The request took too long."]
        : ["400 Bad Request", "The request cannot be read."];
  const body = JSON.stringify({ error: { message } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** What became of a request that threw: the framework's refusals of a request, the database, or a bug. */
function faultOf(error: unknown): Fault {
  if (error instanceof StoreUnavailable) return { kind: "unavailable" };
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return { kind: "body_too_large" };
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (typeof status === "number" && status >= 400 && status < 500) return { kind: "request_broken" };
  return { kind: "broken" };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function routeOf(request: FastifyRequest): string {
  return request.is404 ? "" : (request.routeOptions.url ?? "");
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The caller's address, without the prefix that an IPv4 address has on an IPv6 socket. */
function addressOf(request: FastifyRequest): string {
  return request.ip.replace(/^::ffff:/i, "");
}

/** The methods of each path, paths told apart as the router does: in any case. */
function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const pattern = path.replace(/(^|\/)([^:/]+)/g, (fixed) => fixed.toLowerCase());
    methods.set(pattern, [...(methods.get(pattern) ?? []), method]);
  }
  return methods;
}

const requestIdShape = /^[\w.:-]{1,100}$/;

/** The caller's own request id if it sends a plain one, else a name that no other request of any process has. */
function requestIds(): (request: { headers: Record<string, string | string[] | undefined> }) => string {
  const prefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`;
  let count = 0;
  return ({ headers }) => {
    const given = headers["x-request-id"];
    if (typeof given === "string" && requestIdShape.test(given)) return given;
    return `${prefix}-${(count++).toString(36)}`;
  };
}
