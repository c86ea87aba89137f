import type { FastifyInstance } from "fastify";
import { createCodeGuesses } from "./access/code-guesses.ts";
import { createAuthenticator } from "./access/identify.ts";
import { job } from "./access/principals.ts";
import { api } from "./api/index.ts";
import { createDownloads, type Downloads } from "./content/downloads.ts";
import { startRetention } from "./content/retention.ts";
import { dialects } from "./dialects/index.ts";
import { executorFor } from "./engine/executor.ts";
import { startExpiry } from "./expiry/expiry.ts";
import type { TimeLimits } from "./http/limits.ts";
import { createMetrics } from "./http/metrics.ts";
import { type MetricsServer, type SocketAddress, serveMetrics } from "./http/metrics-server.ts";
import { operations } from "./http/operations.ts";
import { createServer } from "./http/server.ts";
import { jobConnectionsMax, startJobs } from "./jobs/runner.ts";
import { createMailer, type MailerOptions } from "./mail/mailer.ts";
import { organizationSettings } from "./organization-settings.ts";
import { createLogFeed } from "./queries/log-feed.ts";
import { createServices, type JobServices, type OpenServices, type ServiceOptions, tasks } from "./services.ts";
import { createSigningKeys } from "./signing/signing-keys.ts";
import { startFolding } from "./statistics/folding.ts";
import { openPool, translateError } from "./storage/database.ts";
import { createReadiness } from "./storage/readiness.ts";

interface AppOptions extends ServiceOptions {
  readonly trustedProxies?: readonly string[];
  readonly publicUrl?: string | undefined;
  /** The only address of metrics; absent: they are served to this machine, on the address of the server. */
  readonly metricsAddress?: SocketAddress | undefined;
  readonly timeLimits?: Partial<TimeLimits>;
}

/** Everything put together on a database that has been migrated, apart from the process that serves it. */
export interface App extends OpenServices {
  /** Not listening yet. */
  readonly server: FastifyInstance;
  readonly downloads: Downloads;
  /**
   * Does queued jobs, such as mail, and removes expired files and rows, until the app is closed. Called once at most;
   * until then jobs wait in the queue.
   */
  startJobs(mail: MailerOptions): void;
  /**
   * Opens a connection for reading and one for writing, and keeps them, so that jobs, which start later, cannot take
   * all.
   */
  takeConnections(): Promise<void>;
  /** Serves metrics on their own address, if they have one. Rejects with the system's error when that fails. */
  listenForMetrics(): Promise<void>;
  /** Takes no more requests, finishes requests and jobs under way, and closes the database connections. */
  close(): Promise<void>;
}

export function createApp(options: AppOptions): App {
  const { log, clock = Date.now, trustedProxies = [], publicUrl, timeLimits = {} } = options;
  const metrics = createMetrics(() => services.queries.jobs.counts());
  const services = createServices({ ...options, observer: metrics.engine });
  const { writing, reading, secrets, engine, queries, administration, files, storeIdentity } = services;
  const execute = executorFor(job, engine);
  metrics.watchEngine(engine);
  metrics.watchPool("batches", writing);
  metrics.watchPool("queries", reading);
  const authenticator = metrics.watch(createAuthenticator(queries, { clock, administration }));
  const downloads = createDownloads({ queries, execute, files, keys: secrets.deriveKeys("downloads"), clock });
  const logFeed = createLogFeed(queries.log);
  const signingKeys = createSigningKeys({ queries, administration });
  const server = createServer({
    dialects: [...dialects, api],
    plugins: [
      operations({
        readiness: createReadiness(reading, options.secretKeys),
        readyMs: timeLimits.readyMs,
        metrics,
        metricsHere: options.metricsAddress === undefined,
      }),
    ],
    engine,
    queries,
    authenticator,
    codeGuesses: createCodeGuesses(),
    downloads,
    signingKeys,
    logFeed,
    organizationSettings,
    deviceKinds: dialects.flatMap(({ deviceKinds = [] }) => deviceKinds),
    keyedHash: secrets.lastingHash,
    log,
    metrics,
    trustedProxies,
    publicUrl,
    clock,
    timeLimits,
  });
  let stopJobs = async () => {};
  let metricsServer: MetricsServer | undefined;

  return {
    server,
    engine,
    queries,
    administration,
    files,
    storeIdentity,
    downloads,
    async takeConnections() {
      await Promise.all([writing.query("select 1"), reading.query("select 1")]).catch((error) => {
        throw translateError(error);
      });
    },
    async listenForMetrics() {
      if (options.metricsAddress !== undefined) metricsServer = await serveMetrics(metrics, options.metricsAddress);
    },
    startJobs(mail) {
      const mailer = createMailer(mail);
      const pool = openPool(options.database, jobConnectionsMax);
      metrics.watchPool("jobs", pool);
      const jobServices: JobServices = {
        queries,
        administration,
        execute,
        files,
        deliveryFormats: dialects.flatMap(({ deliveryFormats = [] }) => deliveryFormats),
        packageFormats: dialects.flatMap(({ packageFormats = [] }) => packageFormats),
        signingKeys,
        keyedHash: secrets.lastingHash,
        mailer,
        clock,
        log,
      };
      const jobs = startJobs({ pool, log, tasks, services: jobServices });
      const retention = startRetention({
        queries,
        administration,
        execute,
        files,
        identity: storeIdentity,
        clock,
        log,
      });
      const expiry = startExpiry({ queries, administration, log });
      const folding = startFolding({ administration, log });
      stopJobs = async () => {
        await Promise.all([jobs.stop(), retention.stop(), expiry.stop(), folding.stop()]);
        mailer.close();
        await pool.end();
      };
    },
    async close() {
      // Its readers would wait as long as they are let.
      logFeed.close();
      await Promise.all([server.close(), stopJobs()]);
      await metricsServer?.close();
      await services.close();
    },
  };
}
