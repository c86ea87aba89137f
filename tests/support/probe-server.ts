import type { TestContext } from "node:test";
import type { FastifyInstance } from "fastify";
import { createCodeGuesses } from "../../src/access/code-guesses.ts";
import { createAuthenticator } from "../../src/access/identify.ts";
import type { App } from "../../src/app.ts";
import type { Dialect, DialectRequest, DialectResponse, Fault } from "../../src/dialects/dialect.ts";
import type { TimeLimits } from "../../src/http/limits.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { operations } from "../../src/http/operations.ts";
import { createServer, type ServerOptions } from "../../src/http/server.ts";
import { createLogFeed } from "../../src/queries/log-feed.ts";
import { createSigningKeys } from "../../src/signing/signing-keys.ts";
import { keepLog } from "./log.ts";

/** A server whose only dialect has one handler. */
export interface ProbeServer {
  readonly server: FastifyInstance;
  readonly url: string;
  /** What was logged, the oldest first. */
  readonly log: () => readonly Record<string, unknown>[];
}

export type Handle = (request: DialectRequest) => DialectResponse | Promise<DialectResponse>;

/** Starts a server with a dialect that tells faults by name, and one handler at `/probe/:part` for GET, HEAD and POST. */
export async function startProbeServer(
  t: Pick<TestContext, "after">,
  app: App,
  handle: Handle,
  timeLimits: Partial<TimeLimits> = {},
  { plugins = [], ...options }: Partial<Pick<ServerOptions, "connectionLimits" | "trustedProxies" | "plugins">> = {},
): Promise<ProbeServer> {
  const answer = (body: string): DialectResponse => ({ status: 200, headers: {}, body, compressible: false });
  const part = { path: "/probe/:part", clause: "", handle: async (request: DialectRequest) => handle(request) };
  const dialect: Dialect = {
    name: "probe",
    prefixes: ["/probe"],
    bodyBytesMax: 1_000,
    routes: [
      { ...part, method: "GET" },
      { ...part, method: "POST" },
    ],
    settings: [],
    fault: (fault: Fault) => answer(`fault ${fault.kind}`),
  };
  const { log, text: logged } = keepLog();
  const metrics = createMetrics();
  const server = createServer({
    dialects: [dialect],
    engine: app.engine,
    queries: app.queries,
    authenticator: createAuthenticator(app.queries),
    codeGuesses: createCodeGuesses(),
    downloads: app.downloads,
    signingKeys: createSigningKeys(app),
    logFeed: createLogFeed(app.queries.log),
    organizationSettings: [],
    keyedHash: () => Buffer.alloc(32),
    log,
    metrics,
    plugins: [operations({ readiness: async () => undefined, metrics, metricsHere: true }), ...plugins],
    trustedProxies: [],
    timeLimits: { drainMs: 0, ...timeLimits },
    ...options,
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  const lines = () =>
    logged()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { server, url, log: lines };
}
