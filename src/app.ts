import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createCodeGuesses } from "./access/code-guesses.ts";
import { createAuthenticator } from "./access/identify.ts";
import { job } from "./access/principals.ts";
import { accessKeyLengthAdvised, countShortKeys } from "./access/short-keys.ts";
import { tokenFormat } from "./access/token-format.ts";
import { api } from "./api/index.ts";
import { type BuildServices, buildTask } from "./content/build-task.ts";
import { createDownloads, type Downloads } from "./content/downloads.ts";
import { startRetention } from "./content/retention.ts";
import { createFileStore } from "./content/store/create-file-store.ts";
import { diskReserve } from "./content/store/disk.ts";
import type { FileStore } from "./content/store/file-store.ts";
import { createStoreIdentity, guardStore, type StoreIdentity } from "./content/store/identity.ts";
import type { TaskServices } from "./dialects/dialect.ts";
import { dialects } from "./dialects/index.ts";
import type { Administration } from "./engine/administration.ts";
import { createEngine, type Engine, type EngineObserver } from "./engine/engine.ts";
import { executorFor } from "./engine/executor.ts";
import { startExpiry } from "./expiry/expiry.ts";
import type { TimeLimits } from "./http/limits.ts";
import { createMetrics } from "./http/metrics.ts";
import { type MetricsServer, type SocketAddress, serveMetrics } from "./http/metrics-server.ts";
import { operations } from "./http/operations.ts";
import { createServer } from "./http/server.ts";
import { jobConnectionsMax, limitsOf, startJobs } from "./jobs/runner.ts";
import type { Task } from "./jobs/task.ts";
import { createMailer, type MailerOptions } from "./mail/mailer.ts";
import type { Queries } from "./queries/queries.ts";
import { createSigningKeys } from "./signing/signing-keys.ts";
import { createAdministration } from "./storage/administration.ts";
import { batchLimits, type DatabaseAddress, openPool, translateError } from "./storage/database.ts";
import { createQueries } from "./storage/queries/index.ts";
import { createReadiness } from "./storage/readiness.ts";
import { createSecrets } from "./storage/secrets.ts";
import { createStore } from "./storage/store.ts";

/** The services of queued jobs. */
type JobServices = BuildServices & TaskServices;

const tasks: readonly Task<JobServices>[] = [buildTask, ...dialects.flatMap(({ tasks = [] }) => tasks)];

/** The default of `DATABASE_CONNECTIONS`. */
const connectionsByDefault = 22;

interface AppOptions {
  readonly database: DatabaseAddress;
  readonly secretKeys: readonly Buffer[];
  /** Lookup keys of the retired and the current secret keys, the youngest first; absent: nothing was retired. */
  readonly lookupKeys?: readonly Buffer[];
  /** The folder of editions and deliveries; made when it is needed. Processes on one database share it. */
  readonly filesDir: string;
  /** Bytes that editions and deliveries leave free on the disk; absent: `diskReserve`. */
  readonly diskReserveBytes?: number | undefined;
  readonly log: Logger;
  /** Connections that this process has at once, at most. */
  readonly connectionsMax?: number;
  readonly trustedProxies?: readonly string[];
  readonly publicUrl?: string | undefined;
  /** The only address of metrics; absent: they are served to this machine, on the address of the server. */
  readonly metricsAddress?: SocketAddress | undefined;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  readonly timeLimits?: Partial<TimeLimits>;
}

/** Everything put together on a database that has been migrated, apart from the process that serves it. */
export interface App {
  /** Not listening yet. */
  readonly server: FastifyInstance;
  readonly engine: Engine;
  readonly queries: Queries;
  readonly administration: Administration;
  /** Rejects with `WrongFileStore` while its folder belongs to another database. */
  readonly files: FileStore;
  readonly storeIdentity: StoreIdentity;
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
  // Batches and queries share the connections that jobs do not need, half each.
  const others = (options.connectionsMax ?? connectionsByDefault) - jobConnectionsMax;
  const writing = openPool(options.database, Math.ceil(others / 2), batchLimits);
  const reading = openPool(options.database, Math.floor(others / 2));
  const secrets = createSecrets(options.secretKeys, options.lookupKeys);
  const administration = createAdministration(reading, secrets);
  const queries = createQueries(reading, secrets, (organization, secret) =>
    log.error(
      { organization, secret },
      "a secret cannot be opened and counts as unset: it was sealed with a key that SECRET_KEY does not hold, or damaged. Set it anew",
    ),
  );
  const metrics = createMetrics(queries.jobs.counts);
  const engine = createEngine({
    codeFormats: [tokenFormat, ...dialects.flatMap(({ codeFormats = [] }) => codeFormats)],
    store: createStore({ pool: writing, secrets, jobLimits: limitsOf(tasks) }),
    clock,
    observer: warnOfShortKeys(metrics.engine, log),
  });
  const execute = executorFor(job, engine);
  metrics.watchEngine(engine);
  metrics.watchPool("batches", writing);
  metrics.watchPool("queries", reading);
  const authenticator = metrics.watch(createAuthenticator(queries, { clock, administration }));
  const storeIdentity = createStoreIdentity(options.filesDir, queries, administration);
  const { diskReserveBytes } = options;
  const reserve = diskReserveBytes === undefined ? diskReserve : { bytesMin: diskReserveBytes, share: 0 };
  const files = guardStore(createFileStore(options.filesDir, { reserve }), storeIdentity);
  const downloads = createDownloads({ queries, execute, files, keys: secrets.deriveKeys("downloads"), clock });
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
    deviceKinds: dialects.flatMap(({ deviceKinds = [] }) => deviceKinds),
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
      const services: JobServices = {
        queries,
        administration,
        execute,
        files,
        deliveryFormats: dialects.flatMap(({ deliveryFormats = [] }) => deliveryFormats),
        signingKeys,
        keyedHash: secrets.lastingHash,
        mailer,
        clock,
        log,
      };
      const jobs = startJobs({ pool, log, tasks, services });
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
      stopJobs = async () => {
        await Promise.all([jobs.stop(), retention.stop(), expiry.stop()]);
        mailer.close();
        await pool.end();
      };
    },
    async close() {
      await Promise.all([server.close(), stopJobs()]);
      await metricsServer?.close();
      await engine.drain();
      await Promise.all([writing.end(), reading.end()]);
    },
  };
}

/** The same observer, which also warns in the log when a product gets access keys that can be guessed. */
function warnOfShortKeys(observer: EngineObserver, log: Logger): EngineObserver {
  return {
    ...observer,
    commandDone(verb, outcome) {
      observer.commandDone?.(verb, outcome);
      if (!outcome.ok || !("accessKeys" in outcome.value)) return;
      const { product, accessKeys } = outcome.value;
      const count = countShortKeys(accessKeys);
      if (count === 0) return;
      const advice = `give it keys of ${accessKeyLengthAdvised} characters or more`;
      log.warn({ product: product.id, keys: count, advice }, "a product has access keys that can be guessed");
    },
  };
}
