import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createAuthenticator } from "./access/identify.ts";
import { dialects } from "./dialects/index.ts";
import type { Administration } from "./engine/administration.ts";
import { createEngine, type Engine } from "./engine/engine.ts";
import type { Reader } from "./engine/reader.ts";
import { createMetrics } from "./http/metrics.ts";
import { createServer } from "./http/server.ts";
import { startExpiry } from "./jobs/expiry.ts";
import { createAdministration } from "./storage/administration.ts";
import { type DatabaseAddress, openPool } from "./storage/database.ts";
import { createReader } from "./storage/reader.ts";
import { createSecrets } from "./storage/secrets.ts";
import { createStore } from "./storage/store.ts";

/** Connections for batches; an organization uses as many at once as the engine has lanes. */
const writingConnectionsMax = 8;
/** Connections for queries. */
const readingConnectionsMax = 8;

export interface AppOptions {
  readonly database: DatabaseAddress;
  readonly secretKeys: readonly Buffer[];
  readonly log: Logger;
  readonly trustedProxies?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Everything put together on a database that has been migrated, apart from the process that serves it. */
export interface App {
  /** Not listening yet. */
  readonly server: FastifyInstance;
  readonly engine: Engine;
  readonly reader: Reader;
  readonly administration: Administration;
  /** Takes no more requests, finishes those under way, and lets go of the database. */
  close(): Promise<void>;
}

export function createApp(options: AppOptions): App {
  const { log, clock = Date.now, trustedProxies = [] } = options;
  const writing = openPool(options.database, writingConnectionsMax);
  const reading = openPool(options.database, readingConnectionsMax);
  const secrets = createSecrets(options.secretKeys);
  const metrics = createMetrics();
  const engine = createEngine({ store: createStore({ pool: writing, secrets }), clock, observer: metrics.engine });
  const reader = createReader(reading, secrets);
  const administration = createAdministration(reading);
  const authenticator = metrics.watch(createAuthenticator(reader));
  const server = createServer({ dialects, engine, reader, authenticator, log, metrics, trustedProxies });
  const expiry = startExpiry(administration, log);

  return {
    server,
    engine,
    reader,
    administration,
    async close() {
      expiry.stop();
      await server.close();
      await engine.drain();
      await Promise.all([writing.end(), reading.end()]);
    },
  };
}
