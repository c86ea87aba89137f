import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { inNetworks } from "../access/networks.ts";
import { senders } from "./address.ts";
import { answerBrokenInput } from "./broken-input.ts";
import { type Exchange, watchConnections } from "./connections.ts";
import type { FaultAnswers } from "./fault-answers.ts";
import { faultOf } from "./faults.ts";
import { type ConnectionLimits, headerBytesMax, pathSegmentLengthMax, type TimeLimits } from "./limits.ts";
import { requestIds } from "./request-id.ts";
import type { RequestLog } from "./request-log.ts";
import { decorateRequests } from "./request-notes.ts";
import { watchForProxies } from "./untrusted-proxy.ts";
import type { Work } from "./work.ts";

interface FrameOptions {
  readonly log: Logger;
  readonly requestLog: RequestLog;
  readonly faultAnswers: FaultAnswers;
  readonly work: Work;
  /** Networks whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. */
  readonly trustedProxies: readonly string[];
  readonly timeLimits: TimeLimits;
  readonly connectionLimits: ConnectionLimits;
}

/**
 * The server without any path. It gives requests their ids and logs their ends, enforces limits of size and time,
 * counts connections, answers unreadable input, and stops cleanly. Handlers get bodies as bytes.
 */
export function createFrame(options: FrameOptions): FastifyInstance {
  const { log, requestLog, faultAnswers, work, trustedProxies, timeLimits, connectionLimits } = options;
  const requestId = requestIds();
  const senderOf = senders(trustedProxies);
  const app = Fastify({
    logger: false,
    requestTimeout: timeLimits.requestMs,
    connectionTimeout: timeLimits.idleMs,
    keepAliveTimeout: timeLimits.keepAliveMs,
    // The framework's own limit for hooks would end a clean stop with an error; ours is `stopMs`.
    pluginTimeout: 0,
    http: {
      maxHeaderSize: headerBytesMax,
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
      maxParamLength: pathSegmentLengthMax,
    },
    clientErrorHandler: (input, socket) => answerBroken(input, socket),
    // The framework cannot read the path, and runs no hook for the request.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      begin(request, reply);
      answerBrokenRequest({ request, reply });
    },
  });
  const isTrusted = inNetworks(trustedProxies);
  const warnOfProxy = watchForProxies(isTrusted, log);
  const connections = watchConnections(app.server, connectionLimits, isTrusted);
  const answerBroken = answerBrokenInput({
    connections,
    lingerMs: timeLimits.lingerMs,
    answer: answerBrokenRequest,
    refuse: (input, socket, url) => faultAnswers.refuse(input, socket, url, requestId({})),
  });
  // A client may close its side of the connection after its request and still wait for the answer.
  Object.assign(app.server, { httpAllowHalfOpen: true });
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1).
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));

  // Bodies of every media type come as bytes: the dialect reads them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  decorateRequests(app);
  app.addHook("onRequest", async (request, reply) => {
    begin(request, reply);
    if (request.is404) return faultAnswers.answerUnrouted(request, reply);
    const { headers, httpVersion } = request.raw;
    if (headers.host === undefined && httpVersion === "1.1") {
      return faultAnswers.answer(request, reply, { kind: "request_broken" });
    }
    // The framework refuses a malformed media type. Without the header it reads the body like any other.
    if (headers["content-type"] !== undefined && !request.mediaType) delete headers["content-type"];
  });
  app.addHook("preClose", async () => {
    await connections.drain(timeLimits);
    // Work for clients that have gone must end, too, before the database is closed.
    await work.over();
  });
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    requestLog.failed(request, fault.kind, error);
    return faultAnswers.answer(request, reply, fault);
  });
  return app;

  /** Registers a new request: its sender, its connection, and the log line at its end, however it ends. */
  function begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAtMs = performance.now();
    request.sender = senderOf(request.raw);
    warnOfProxy(request.raw);
    reply.header("x-request-id", request.id);
    connections.begin({ request, reply }, () => requestLog.done(request, reply, performance.now() - startedAtMs));
  }

  /** Answers a request for which the framework runs no hook and no handler. */
  function answerBrokenRequest({ request, reply }: Exchange): void {
    faultAnswers.answer(request, reply, { kind: "request_broken" }).catch((error) => reply.raw.destroy(error));
  }
}
