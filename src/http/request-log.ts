import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Dialect, Fault } from "../dialects/dialect.ts";
import { describeError } from "./faults.ts";
import type { Metrics } from "./metrics.ts";
import { routeOf } from "./request-notes.ts";
import { dialectOf } from "./routes.ts";

/** Log lines and metrics of requests. A line has the pattern of the path, never the path: that may hold a code. */
export interface RequestLog {
  /** A request whose answer was sent, or whose connection was closed. */
  done(request: FastifyRequest, reply: FastifyReply, ms: number): void;
  /** Input that never became a request. */
  refused(input: {
    readonly requestId: string;
    readonly dialect: string;
    readonly status: number;
    readonly address: string;
    readonly reason: string | undefined;
  }): void;
  /** A handler that threw, and the fault that follows. Faults of clients get no line of their own. */
  failed(request: FastifyRequest, kind: Fault["kind"], error: unknown): void;
  /** An answer that broke off after its status was sent. */
  brokeOff(request: FastifyRequest, error: Error): void;
  /** A file that could not be closed. */
  unclosed(request: FastifyRequest, error: unknown): void;
}

export function createRequestLog(log: Logger, metrics: Metrics, dialects: readonly Dialect[]): RequestLog {
  const about = (request: FastifyRequest, error: unknown) => ({
    requestId: request.id,
    route: routeOf(request),
    error: describeError(error),
  });

  return {
    done(request, reply, ms) {
      const dialect = dialectOf(dialects, request)?.name ?? "";
      const route = routeOf(request);
      const { method, refusal, ignored } = request;
      const status = reply.statusCode;
      metrics.requestDone({ dialect, method, route, status, seconds: ms / 1000 });
      log.info(
        {
          requestId: request.id,
          dialect,
          method,
          route,
          status,
          ms: Math.round(ms * 100) / 100,
          organization: request.organization?.id,
          address: request.sender.address,
          refused: refusal?.error,
          reason: refusal?.reason,
          ignored: ignored || undefined,
          ...request.about,
          bytes: request.sentBytes,
          // The connection was closed before the whole answer was sent.
          broken: reply.raw.writableFinished ? undefined : true,
        },
        "request",
      );
    },
    refused(input) {
      const { dialect, status } = input;
      metrics.requestDone({ dialect, method: "", route: "", status, seconds: 0 });
      log.info(input, "input that is no request");
    },
    failed(request, kind, error) {
      if (kind === "broken") log.error(about(request, error), "a handler broke");
      if (kind === "unavailable") log.warn(about(request, error), "the database is away");
      if (kind === "busy") log.warn(about(request, error), "the database is busy");
    },
    brokeOff: (request, error) => log.error(about(request, error), "an answer broke off in the middle"),
    unclosed: (request, error) => log.error(about(request, error), "a source of bytes could not be closed"),
  };
}
