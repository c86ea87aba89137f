import { METHODS } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "../access/authenticator.ts";
import type { CodeGuesses } from "../access/code-guesses.ts";
import { defaultOrganizationId } from "../core/host.ts";
import type {
  ByteSource,
  Dialect,
  DialectContext,
  DialectResponse,
  Fault,
  RefusalNote,
  Route,
} from "../dialects/dialect.ts";
import type { Downloads } from "../engine/downloads.ts";
import type { Engine } from "../engine/engine.ts";
import { StoreUnavailable, transactionMaxMs } from "../engine/store.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import { CODINGS, readCoding, unpackLimited } from "../wire/encoding.ts";
import { hostnameOf, senders, socketAddress } from "./address.ts";
import { addressedUrl } from "./base-url.ts";
import { answerBrokenInput, type BrokenInput, type RequestLine } from "./broken-input.ts";
import { isByteSource } from "./byte-source.ts";
import { type Exchange, watchConnections } from "./connections.ts";
import { describeError, faultOf, strayFault } from "./faults.ts";
import * as limits from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { inNetworks } from "./networks.ts";
import { mountOperations, type Readiness } from "./operations.ts";
import { organizationsByHost } from "./organizations.ts";
import { requestIds } from "./request-id.ts";
import { dialectAt, methodsAt, methodsByPath, methodsOf, pathOf } from "./routes.ts";
import { type BegunResponse, begun, send, sendUnread } from "./send.ts";
import { watchForProxies } from "./untrusted-proxy.ts";

export interface ServerOptions {
  readonly dialects: readonly Dialect[];
  readonly engine: Engine;
  readonly queries: Queries;
  readonly authenticator: Authenticator;
  readonly codeGuesses: CodeGuesses;
  readonly downloads: Downloads;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Why nothing could be written now; `/readyz` tells it. */
  readonly readiness: Readiness;
  /** Whether `/metrics` has an address of its own, and none here. */
  readonly metricsElsewhere?: boolean;
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

declare module "fastify" {
  interface FastifyContextConfig {
    dialect?: Dialect;
  }
  interface FastifyRequest {
    /** Network address of the caller. */
    address: string;
    /** How the caller addressed the server: the host, perhaps with its port, and the scheme. */
    hostTold: string;
    schemeTold: string;
    /** Why it was refused, if it was. */
    refusal: RefusalNote | undefined;
    /** Names of parameters that meant nothing. */
    ignored: string;
    organization: Organization | undefined;
    /** What the answer is about, for the log. */
    about: DialectResponse["about"];
    /** Of a file: how much of it the system has taken so far. The client has at most that, and mostly a little less. */
    sentBytes: number | undefined;
  }
}

/**
 * The HTTP server, not yet listening: the dialects on their paths, `/healthz`, `/readyz` and `/metrics`. It is the only
 * place that knows the web framework. Whatever goes wrong on a dialect's path is answered in that dialect's words.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { dialects, engine, queries, authenticator, codeGuesses, downloads, log, metrics, clock = Date.now } = options;
  const timeLimits = { ...limits.timeLimits, ...options.timeLimits };
  const requestId = requestIds();
  const senderOf = senders(options.trustedProxies);
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
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: (request) => requestId(request.headers),
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
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
  app.decorateRequest("hostTold", "");
  app.decorateRequest("schemeTold", "");
  app.decorateRequest("refusal", undefined);
  app.decorateRequest("ignored", "");
  app.decorateRequest("organization", undefined);
  app.decorateRequest("about", undefined);
  app.decorateRequest("sentBytes", undefined);
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
    if (fault.kind === "busy") log.warn({ ...where, error: describeError(error) }, "the database is busy");
    return answerFault(request, reply, fault);
  });

  /** Handlers that are busy, and sources that are not closed. */
  let atWork = 0;
  const organizationOf = organizationsByHost(queries, timeLimits.settingsStaleMs);
  for (const dialect of dialects) mount(dialect);
  mountOperations(app, {
    readiness: options.readiness,
    readyMs: timeLimits.readyMs,
    metrics,
    metricsHere: options.metricsElsewhere !== true,
  });
  return app;

  function mount(dialect: Dialect): void {
    for (const route of dialect.routes) {
      app.route({
        method: [...methodsOf(route)],
        url: route.path,
        bodyLimit: dialect.bodyBytesMax,
        config: { dialect },
        handler: (request, reply) => serve(dialect, route, request, reply),
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
    const { address, host, protocol } = senderOf(request.raw);
    request.address = address;
    request.hostTold = host;
    request.schemeTold = protocol;
    lookForProxy(request.raw);
    reply.header("x-request-id", request.id);
    connections.begin({ request, reply }, () => logExchange(request, reply, performance.now() - startedAtMs));
  }

  async function serve(
    { bodyBytesMax }: Dialect,
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const body = await unpackedBody(request, bodyBytesMax);
    if (!(body instanceof Uint8Array)) return answerFault(request, reply, body);
    const response = await inTime(answerOf(route, body, request, reply), timeLimits.answerMs);
    await send(request, reply, response, (error) => logBreak(request, error));
    return reply;
  }

  async function answerOf(
    route: Route,
    body: Uint8Array,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<BegunResponse> {
    atWork++;
    const deadlineMs = performance.now() + timeLimits.answerMs - transactionMaxMs;
    try {
      const organization = await organizationOf(hostnameOf(request.hostTold));
      if (organization === undefined) throw new StoreUnavailable("there is no organization yet");
      request.organization = organization;
      const response = await route.handle(
        {
          method: request.method,
          params: request.params as Record<string, string>,
          query: queryOf(request.url),
          header: (name) => headerOf(request, name),
          body,
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
        contextOf(organization, request.address, deadlineMs),
      );
      request.about = response.about;
      return await prepare(request, reply, response);
    } finally {
      atWork--;
    }
  }

  /** Nothing is begun after the deadline: it could not be told of in time. */
  function contextOf(organization: Organization, address: string, deadlineMs: number): DialectContext {
    const organizationId = organization.id;
    return {
      organization,
      queries,
      authenticator,
      downloads,
      execute: (principal, command, idempotencyKey) =>
        engine.execute({ organizationId, command, principal, address, idempotencyKey, deadlineMs }),
      present: (principal, ...presented) => codeGuesses.present({ organizationId, principal, address }, ...presented),
    };
  }

  async function prepare(request: FastifyRequest, reply: FastifyReply, response: DialectResponse) {
    if (isByteSource(response.body)) attend(request, reply, response.body);
    return begun(request, explained(request, response));
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
    return (
      (id === defaultOrganizationId ? options.publicUrl : undefined) ??
      addressedUrl({ host: request.hostTold, protocol: request.schemeTold }, request.raw.socket)
    );
  }

  async function answerFault(request: FastifyRequest, reply: FastifyReply, fault: Fault): Promise<FastifyReply> {
    const dialect = dialectOf(request);
    takeBack(reply);
    const organization = await organizationAtFault(request, fault);
    const worded = dialect?.fault(fault, organization, pathOf(request.url)) ?? strayFault(fault);
    const response = fault.kind === "coding_unknown" ? { ...worded, ...codingUnknown(worded) } : worded;
    if (fault.kind === "busy" && response.status === 503) reply.header("retry-after", String(limits.retryAfterSeconds));
    if (fault.kind === "body_too_large" || fault.kind === "request_broken") {
      await sendUnread(request, reply, explained(request, response), timeLimits.lingerMs);
    } else {
      await send(request, reply, await prepare(request, reply, response), (error) => logBreak(request, error));
    }
    return reply;
  }

  /** Whose settings a fault is answered by. While the database is away nobody waits for it, and defaults apply. */
  async function organizationAtFault(request: FastifyRequest, fault: Fault): Promise<Organization | undefined> {
    const isDatabases = fault.kind === "unavailable" || fault.kind === "busy";
    if (request.organization !== undefined || isDatabases) return request.organization;
    return inTime(organizationOf(hostnameOf(request.hostTold)), timeLimits.readyMs).catch(() => undefined);
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
    const { method, address, refusal, ignored } = request;
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
        ...(refusal === undefined ? {} : { refused: refusal.error }),
        ...(refusal?.reason === undefined ? {} : { reason: refusal.reason }),
        ...(ignored === "" ? {} : { ignored }),
        ...request.about,
        ...(request.sentBytes === undefined ? {} : { bytes: request.sentBytes }),
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
  const timer = setTimeout(() => {
    // When the process itself was stopped meanwhile, the answer may be there and not be read yet.
    setImmediate(() => late.reject(new StoreUnavailable(`no answer within ${limitMs} ms`)));
  }, limitMs);
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

/** The body of a request as it was before it was packed, of at most `bytesMax`. */
async function unpackedBody(request: FastifyRequest, bytesMax: number): Promise<Uint8Array | Fault> {
  const body = Buffer.isBuffer(request.body) ? request.body : noBytes;
  if (body.length === 0) return body;
  const coding = readCoding(headerOf(request, "content-encoding"));
  if (coding === undefined) return { kind: "coding_unknown" };
  if (coding === "identity") return body;
  const unpacked = await unpackLimited(body, coding, bytesMax);
  if (unpacked instanceof Uint8Array) return unpacked;
  return { kind: unpacked.fault === "size" ? "body_too_large" : "request_broken" };
}

/** What HTTP says to a coding that is not known (RFC 9110, section 15.5.16): no client that packs expects less. */
function codingUnknown({ headers }: DialectResponse): Pick<DialectResponse, "status" | "headers"> {
  return { status: 415, headers: { ...headers, "accept-encoding": CODINGS.join(", ") } };
}

/** The answer with what the caller is told beside it, which is kept for the request's line in the log. */
function explained(request: FastifyRequest, response: DialectResponse): DialectResponse {
  const { refusal, ignored = [], headers } = response;
  request.refusal = refusal;
  request.ignored = ignored.join(", ").slice(0, noteLengthMax);
  if (refusal?.reason === undefined && ignored.length === 0) return response;
  const notes = {
    ...(refusal?.reason === undefined ? {} : { "x-counterfoil-reason": headerText(refusal.reason) }),
    ...(ignored.length === 0 ? {} : { "x-counterfoil-ignored": headerText(request.ignored) }),
  };
  return { ...response, headers: { ...headers, ...notes } };
}

const noteLengthMax = 200;

/** The text as a header can hold it. */
function headerText(text: string): string {
  return text.slice(0, noteLengthMax).replace(/[^\x20-\x7e]/g, "?");
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
