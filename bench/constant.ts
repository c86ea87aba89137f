import pino from "pino";
import type { Dialect, DialectResponse } from "../src/dialects/dialect.ts";
import { dialects } from "../src/dialects/index.ts";
import { createMetrics } from "../src/http/metrics.ts";
import { createServer } from "../src/http/server.ts";
import type { Queries } from "../src/queries/queries.ts";

// A process of its own: the server with all its routes, whose handlers answer a constant of so many bytes.
const bytes = Number(process.argv[2]);

const answer: DialectResponse = {
  status: 200,
  headers: { "content-type": "text/xml; charset=utf-8" },
  body: "<status>1</status>".padEnd(bytes),
  compressible: true,
};
const constants = dialects.map(
  (dialect): Dialect => ({
    ...dialect,
    routes: dialect.routes.map((route) => ({ ...route, handle: async () => answer })),
  }),
);
// The HTTP layer asks for the organization; everything else is for handlers, and these ask for nothing.
const queries: Pick<Queries, "organizations"> = {
  organizations: {
    idOf: async () => undefined,
    byId: async (id) => ({ id, name: "", settings: new Map() }),
    hosts: async () => [],
    list: async () => ({ rows: [], next: undefined }),
  },
};
const server = createServer({
  dialects: constants,
  engine: {} as never,
  authenticator: {} as never,
  codeGuesses: {} as never,
  downloads: {} as never,
  keyedHash: () => Buffer.alloc(32),
  signingKeys: {} as never,
  logFeed: {} as never,
  organizationSettings: [],
  queries: queries as Queries,
  log: pino({ level: process.env.LOG_LEVEL ?? "info" }),
  metrics: createMetrics(),
  trustedProxies: [],
});
process.stdout.write(`The constant serves on ${await server.listen({ host: "127.0.0.1", port: 0 })}\n`);
