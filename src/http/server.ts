import { METHODS } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticator.ts";
import type { CodeGuesses } from "../access/code-guesses.ts";
import { remember } from "../access/recent.ts";
import type { ByteSource, Dialect, DialectResponse, Fault, Route } from "../dialects/dialect.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import type { Downloads } from "../engine/downloads.ts";
import type { Engine } from "../engine/engine.ts";
import type { Organization, Reader } from "../engine/reader.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { callerAddress, socketAddress } from "./address.ts";
import { addressedUrl } from "./base-url.ts";
import { answerBrokenInput, type BrokenInput, type RequestLine } from "./broken-input.ts";
import { isByteSource } from "./byte-source.ts";
import { type Exchange, watchConnections } from "./connections.ts";
import { describeError, faultOf, strayFault } from "./faults.ts";
import * as limits from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { inNetworks } from "./networks.ts";
import { mountOperations } from "./operations.ts";
import { requestIds } from "./request-id.ts";
import { dialectAt, methodsAt, methodsByPath, methodsOf } from "./routes.ts";
import { type BegunResponse, begun, send, sendUnread } from "./send.ts";
import { watchForProxies } from "./untrusted-proxy.ts";

export interface ServerOptions {
  readonly dialects: readonly Dialect[];
  readonly engine: Engine;
  readonly reader: Reader;
  readonly authenticator: Authenticator;
  readonly codeGuesses: CodeGuesses;
  readonly downloads: Downloads;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Networks whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. */
  readonly trustedProxies: readonly string[];
  /** Where clients reach the default organization; absent: as they address it. */
  readonly publicUrl?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  readonly timeLimits?: Partial<limits.TimeLimits>;
  readonly connectionLimits?: Partial<limits.ConnectionLimits>;
}

/** How often a server that stops looks whether something is still at work. */
const atWorkEveryMs = 10;

/** How long an organization's settings are believed without asking again. */
const organizationStaleMs = 2_000;

declare module "fastify" {
  interface FastifyContextConfig {
    dialect?: Dialect;
  }
  interface FastifyRequest {
    /** Network address of the caller. */
    address: string;
    organization: Organization | undefined;
  }
}

/**
 * The HTTP server, not yet listening: the dialects on their paths, `/healthz`, `/readyz` and `/metrics`. It is the only
 * place that knows the web framework. Whatever goes wrong on a dialect's path is answered in that dialect's words.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { dialects, engine, reader, authenticator, codeGuesses, downloads, log, metrics, clock = Date.now } = options;
  const timeLimits = { ...limits.timeLimits, ...options.timeLimits };
  const requestId = requestIds();
  const app = Fastify({
    logger: false,
    requestTimeout: timeLimits.requestMs,
    connectionTimeout: timeLimits.idleMs,
    keepAliveTimeout: timeLimits.keepAliveMs,
    // The framework's own limit for hooks would end a clean stop with an error; ours is `stopMs`.
    pluginTimeout: 0,
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: timeLimits.headersMs,
      connectionsCheckingInterval: timeLimits.checkEveryMs,
      // A request without it is refused below, in the words of its dialect.
      requireHostHeader: false,
    },
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: (request) => requestId(request.headers),
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      maxParamLength: limits.pathSegmentLengthMax,
    },
    clientErrorHandler: (input, socket) => answerBroken(input, socket),
    // The framework cannot read the path; no hook runs for such a request.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      begin(request, reply);
      answerBrokenRequest({ request, reply });
    },
  });
  const isTrusted = inNetworks(options.trustedProxies);
  const lookForProxy = watchForProxies(isTrusted, log);
  const connections = watchConnections(
    app.server,
    { ...limits.connectionLimits, ...options.connectionLimits },
    isTrusted,
  );
  const answerBroken = answerBrokenInput({
    connections,
    lingerMs: timeLimits.lingerMs,
    answer: answerBrokenRequest,
    refuse,
  });
  // A client that has sent its request may close its side of the connection and still wait for the answer.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  // An expectation that nobody knows may be passed over (RFC 9110, section 10.1.1).
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method) && method !== "CONNECT") app.addHttpMethod(method);
  }

  // Every media type is taken as bytes: what they mean is for the dialect to say.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.decorateRequest("address", "");
  app.decorateRequest("organization", undefined);
  app.addHook("onRequest", async (request, reply) => {
    begin(request, reply);
    if (request.is404) return answerFault(request, reply, { kind: "path_unknown" });
    const { headers, httpVersion } = request.raw;
    if (headers.host === undefined && httpVersion === "1.1") {
      return answerFault(request, reply, { kind: "request_broken" });
    }
    // The framework refuses a media type that is none; without one the body is read like any other.
    if (headers["content-type"] !== undefined && !request.mediaType) delete headers["content-type"];
  });
  app.addHook("preClose", async () => {
    await connections.dismiss(timeLimits);
    // What is done for clients that have gone ends too before the database is let go of.
    while (atWork > 0) await pause(atWorkEveryMs);
  });
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    const where = { requestId: request.id, route: routeOf(request) };
    if (fault.kind === "broken") log.error({ ...where, error: describeError(error) }, "a handler broke");
    if (fault.kind === "unavailable") log.warn({ ...where, error: describeError(error) }, "the database is away");
    return answerFault(request, reply, fault);
  });

  /** Handlers that are busy, and sources that are not closed. */
  let atWork = 0;
  const organizationOf = remember((host) => reader.organization(host), { staleMaxMs: organizationStaleMs });
  for (const dialect of dialects) mount(dialect);
  mountOperations(app, reader, metrics, timeLimits.readyMs);
  return app;

  function mount(dialect: Dialect): void {
    for (const route of dialect.routes) {
      app.route({
        method: [...methodsOf(route)],
        url: route.path,
        bodyLimit: dialect.bodyBytesMax,
        config: { dialect },
        handler: (request, reply) => serve(route, request, reply),
      });
    }
    for (const [path, allowed] of methodsByPath(dialect.routes)) {
      const refuseMethod = (request: FastifyRequest, reply: FastifyReply) =>
        answerFault(request, reply, { kind: "method_not_defined", allowed });
      app.route({
        method: app.supportedMethods.filter((method) => !allowed.includes(method)),
        url: path,
        config: { dialect },
        // Before the body is read.
        onRequest: refuseMethod,
        handler: refuseMethod,
      });
    }
  }

  /** Notes a request that has come, names it, and sees to it that its end is logged whatever becomes of it. */
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAtMs = performance.now();
    request.address = callerAddress(request);
    lookForProxy(request.raw);
    reply.header("x-request-id", request.id);
    connections.begin({ request, reply }, () => logExchange(request, reply, performance.now() - startedAtMs));
  }

  async function serve(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const response = await inTime(answerOf(route, request, reply), timeLimits.answerMs);
    await send(request, reply, response, (error) => logBreak(request, error));
    return reply;
  }

  async function answerOf(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<BegunResponse> {
    atWork++;
    try {
      const organization = await organizationOf.recent(request.hostname);
      if (organization === undefined) throw new StoreUnavailable("there is no organization yet");
      request.organization = organization;
      const response = await route.handle(
        {
          method: request.method,
          params: request.params as Record<string, string>,
          query: queryOf(request.url),
          header: (name) => headerOf(request, name),
          body: Buffer.isBuffer(request.body) ? request.body : noBytes,
          address: request.address,
          atMs: clock(),
          get isAbandoned() {
            const { socket } = request.raw;
            return reply.sent || reply.raw.closed || socket.destroyed || socket.readableEnded;
          },
          get baseUrl() {
            return baseUrlFor(request, organization);
          },
        },
        { organization, engine, reader, authenticator, codeGuesses, downloads },
      );
      return await prepare(request, reply, response);
    } finally {
      atWork--;
    }
  }

  async function prepare(request: FastifyRequest, reply: FastifyReply, response: DialectResponse) {
    if (isByteSource(response.body)) attend(request, reply, response.body);
    return begun(request, response);
  }

  /** Gives a download its time, and closes its source when it is out, broken off, or comes too late to be sent. */
  function attend(request: FastifyRequest, reply: FastifyReply, source: ByteSource): void {
    atWork++;
    const close = () => closeSource(request, source).finally(() => atWork--);
    if (reply.raw.closed) return void close();
    reply.raw.once("close", close);
    request.raw.socket.setTimeout(timeLimits.downloadIdleMs);
  }

  async function closeSource(request: FastifyRequest, source: ByteSource): Promise<void> {
    try {
      await source.close();
    } catch (error) {
      const where = { requestId: request.id, route: routeOf(request) };
      log.error({ ...where, error: describeError(error) }, "a source of bytes could not be closed");
    }
  }

  /** An organization that has a host of its own is found by that only. */
  function baseUrlFor(request: FastifyRequest, { id }: Organization): string {
    return (id === defaultOrganizationId ? options.publicUrl : undefined) ?? addressedUrl(request);
  }

  async function answerFault(request: FastifyRequest, reply: FastifyReply, fault: Fault): Promise<FastifyReply> {
    const dialect = dialectOf(request);
    takeBack(reply);
    const response =
      dialect?.fault(fault, await organizationAtFault(request, fault), pathOf(request.url)) ?? strayFault(fault);
    if (fault.kind === "body_too_large" || fault.kind === "request_broken") {
      await sendUnread(request, reply, response, timeLimits.lingerMs);
    } else {
      await send(request, reply, await prepare(request, reply, response), (error) => logBreak(request, error));
    }
    return reply;
  }

  /** Whose settings a fault is answered by. While the database is away nobody waits for it, and defaults apply. */
  async function organizationAtFault(request: FastifyRequest, fault: Fault): Promise<Organization | undefined> {
    if (request.organization !== undefined || fault.kind === "unavailable") return request.organization;
    return inTime(organizationOf.recent(request.hostname), timeLimits.readyMs).catch(() => undefined);
  }

  /** For requests that no hook or handler of the framework looks after. */
  function answerBrokenRequest({ request, reply }: Exchange): void {
    answerFault(request, reply, { kind: "request_broken" }).catch((error) => reply.raw.destroy(error));
  }

  function dialectOf(request: FastifyRequest): Dialect | undefined {
    return request.routeOptions.config?.dialect ?? dialectAt(dialects, request.url);
  }

  /** Answers input that never became a request; it is named, counted and logged like one. */
  function refuse(input: BrokenInput, socket: Socket, first: RequestLine | undefined): DialectResponse {
    const dialect = first && dialectAt(dialects, first.url);
    const allowed = first && dialect && methodsAt(dialect, first.url);
    const fault: Fault =
      input.code === "HPE_INVALID_METHOD" && allowed !== undefined
        ? { kind: "method_not_defined", allowed }
        : { kind: "request_broken" };
    const response = dialect?.fault(fault, undefined, pathOf(first?.url ?? "")) ?? strayFault(fault);
    const id = requestId({});
    const { status, headers } = response;
    metrics.requestDone({ dialect: dialect?.name ?? "", method: "", route: "", status, seconds: 0 });
    log.info(
      { requestId: id, dialect: dialect?.name ?? "", status, address: socketAddress(socket), reason: input.code },
      "input that is no request",
    );
    return { ...response, headers: { ...headers, "x-request-id": id } };
  }

  function logExchange(request: FastifyRequest, reply: FastifyReply, ms: number): void {
    const dialect = dialectOf(request)?.name ?? "";
    const route = routeOf(request);
    const { method, address } = request;
    const status = reply.statusCode;
    metrics.requestDone({ dialect, method, route, status, seconds: ms / 1000 });
    // The pattern of the path and never the path: it may hold a code or a key.
    log.info(
      {
        requestId: request.id,
        dialect,
        method,
        route,
        status,
        ms: Math.round(ms * 100) / 100,
        organization: request.organization?.id,
        address,
        // The connection was closed before the answer was out.
        ...(reply.raw.writableFinished ? {} : { broken: true }),
      },
      "request",
    );
  }

  function logBreak(request: FastifyRequest, error: Error): void {
    log.error(
      { requestId: request.id, route: routeOf(request), error: describeError(error) },
      "an answer broke off in the middle",
    );
  }
}

/** The same, but `StoreUnavailable` when it takes longer: whoever waits at a door is told something. */
async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new StoreUnavailable(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What of an answer's headers is the request's and the connection's, whatever it is answered with. */
const lastingHeaders = ["x-request-id", "connection"];

/** Forgets the headers of an answer that failed before anything of it was out. */
function takeBack(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) {
    if (lastingHeaders.includes(name)) continue;
    reply.removeHeader(name);
    reply.raw.removeHeader(name);
  }
}

const noBytes = Buffer.alloc(0);

function routeOf(request: FastifyRequest): string {
  return request.is404 ? "" : (request.routeOptions.url ?? "");
}

function pathOf(url: string): string {
  return url.replace(/\?.*$/s, "");
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
