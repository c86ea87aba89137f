import type { FastifyReply, FastifyRequest } from "fastify";
import { inTime } from "./in-time.ts";
import { timeLimits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { PluginGuest } from "./server.ts";

/** How long an answer of `/readyz` is repeated: a probe costs the database a transaction, and anybody may ask. */
const readyStaleMs = 1_000;

/**
 * Resolves with the reason why a write would fail now, in a few words; with `undefined` if it would not. Never rejects.
 */
export type Readiness = () => Promise<string | undefined>;

interface OperationsOptions {
  readonly readiness: Readiness;
  /** How long `/readyz` waits for the database. */
  readonly readyMs?: number | undefined;
  readonly metrics: Metrics;
  /** Whether `/metrics` is served here. Otherwise it has an address of its own. */
  readonly metricsHere: boolean;
}

/**
 * The paths for the people who run the server: `/healthz` (the process lives), `/readyz` (200 if a write would work,
 * else 503 with the reason) and `/metrics`, which is served to this machine only.
 */
export function operations(options: OperationsOptions): PluginGuest {
  const { readyMs = timeLimits.readyMs, metrics, metricsHere } = options;
  const readiness = oneAtATime(options.readiness);
  return {
    prefix: "",
    async plugin(app) {
      // Probes may ask by HEAD.
      const probe = { exposeHeadRoute: true };
      const answer = (reply: FastifyReply, status: number, text: string) =>
        reply.code(status).type("text/plain").send(`${text}\n`);
      app.get("/healthz", probe, (_request, reply) => answer(reply, 200, "ok"));
      app.get("/readyz", probe, async (_request, reply) => {
        const reason = await inTime(readiness(), readyMs).catch(() => "the database does not answer in time");
        return answer(reply, reason === undefined ? 200 : 503, reason ?? "ok");
      });
      if (!metricsHere) return;
      app.get("/metrics", async (request, reply) => {
        if (!isFromThisMachine(request)) {
          return answer(reply, 403, "Metrics are told on this machine only, or under METRICS_ADDR.");
        }
        const { contentType, text } = await metrics.expose();
        return reply.header("content-type", contentType).send(text);
      });
    },
  };
}

/** Asks once at a time, and repeats the answer to everybody for `readyStaleMs`. */
function oneAtATime(readiness: Readiness): Readiness {
  let answer: Promise<string | undefined> | undefined;
  let answeredAtMs: number | undefined;
  return () => {
    if (answer !== undefined && (answeredAtMs === undefined || performance.now() - answeredAtMs < readyStaleMs)) {
      return answer;
    }
    answeredAtMs = undefined;
    answer = readiness().finally(() => {
      answeredAtMs = performance.now();
    });
    return answer;
  };
}

/** Headers that proxies add to a request that they pass on. */
const forwardingHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * Whether a request was made on this machine, and not passed on by a proxy on it. A proxy adds headers, or passes on
 * the host name by which it was addressed.
 */
function isFromThisMachine({ raw }: FastifyRequest): boolean {
  return (
    loopback.test(raw.socket.remoteAddress ?? "") &&
    loopbackHost.test(raw.headers.host ?? "") &&
    forwardingHeaders.every((name) => raw.headers[name] === undefined)
  );
}
