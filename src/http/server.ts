import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { Logger } from "pino";
import type { Dialect } from "../dialects/dialect.ts";
import { createAnswers } from "./answers.ts";
import { type DialectServices, dialectMounter } from "./dialect-guest.ts";
import { createFaultAnswers } from "./fault-answers.ts";
import { createFrame } from "./frame.ts";
import * as limits from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { organizationsByHost } from "./organizations.ts";
import { createRequestLog } from "./request-log.ts";
import { constraintOf } from "./routes.ts";
import { countWork } from "./work.ts";

/**
 * Routes below a prefix that use the web framework directly. The frame gives them the same limits, request ids and log
 * lines as dialects. Errors that they do not answer, and unknown paths, get the frame's own answer in JSON.
 */
export interface PluginGuest {
  /** Empty for the root. */
  readonly prefix: string;
  readonly plugin: FastifyPluginAsync;
}

export interface ServerOptions extends DialectServices {
  readonly dialects: readonly Dialect[];
  readonly plugins?: readonly PluginGuest[];
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Networks whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. */
  readonly trustedProxies: readonly string[];
  readonly timeLimits?: Partial<limits.TimeLimits>;
  readonly connectionLimits?: Partial<limits.ConnectionLimits>;
}

/**
 * The HTTP server, not yet listening: a frame with two kinds of guests, dialects on their paths and plugins below their
 * prefixes. A fault on a dialect's path is answered in that dialect's words.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { dialects, plugins = [], log, metrics, trustedProxies } = options;
  const timeLimits = { ...limits.timeLimits, ...options.timeLimits };
  const work = countWork();
  const requestLog = createRequestLog(log, metrics, dialects);
  const answers = createAnswers(requestLog, work, timeLimits);
  const organizationOf = organizationsByHost(options.queries, timeLimits.settingsStaleMs);
  const faultAnswers = createFaultAnswers({
    dialects,
    answers,
    requestLog,
    organizationOf,
    settingsMs: timeLimits.readyMs,
  });
  const app = createFrame({
    log,
    requestLog,
    faultAnswers,
    work,
    trustedProxies,
    timeLimits,
    connectionLimits: { ...limits.connectionLimits, ...options.connectionLimits },
  });
  const mountDialect = dialectMounter({
    services: options,
    answers,
    faultAnswers,
    work,
    organizationOf,
    answerMs: timeLimits.answerMs,
  });
  app.addConstraintStrategy(constraintOf(dialects));
  for (const dialect of dialects) mountDialect(app, dialect);
  for (const { prefix, plugin } of plugins) app.register(plugin, { prefix });
  return app;
}
