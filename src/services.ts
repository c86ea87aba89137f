import type { Logger } from "pino";
import { accessKeyLengthAdvised, countShortKeys } from "./access/short-keys.ts";
import { tokenFormat } from "./access/token-format.ts";
import { type BuildServices, buildTask } from "./content/build-task.ts";
import { makePackagesTask, type PackageServices } from "./content/make-packages.ts";
import { createFileStore } from "./content/store/create-file-store.ts";
import { diskReserve } from "./content/store/disk.ts";
import type { FileStore } from "./content/store/file-store.ts";
import { createStoreIdentity, guardStore, type StoreIdentity } from "./content/store/identity.ts";
import type { TaskServices } from "./dialects/dialect.ts";
import { dialects } from "./dialects/index.ts";
import type { Administration } from "./engine/administration.ts";
import { createEngine, type Engine, type EngineObserver } from "./engine/engine.ts";
import { jobConnectionsMax, limitsOf } from "./jobs/runner.ts";
import type { Task } from "./jobs/task.ts";
import type { Queries } from "./queries/queries.ts";
import { createAdministration } from "./storage/administration.ts";
import { batchLimits, type DatabaseAddress, openPool } from "./storage/database.ts";
import { createQueries } from "./storage/queries/index.ts";
import { createSecrets, type Secrets } from "./storage/secrets.ts";
import { createStore } from "./storage/store.ts";

/** The services of queued jobs. */
export type JobServices = BuildServices & PackageServices & TaskServices;

export const tasks: readonly Task<JobServices>[] = [
  buildTask,
  makePackagesTask,
  ...dialects.flatMap(({ tasks = [] }) => tasks),
];

/** The default of `DATABASE_CONNECTIONS`. */
const connectionsByDefault = 22;

export interface ServiceOptions {
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
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** What a command needs of a database that has been migrated. A server has it, too. */
export interface OpenServices {
  readonly engine: Engine;
  readonly queries: Queries;
  readonly administration: Administration;
  /** Rejects with `WrongFileStore` while its folder belongs to another database. */
  readonly files: FileStore;
  readonly storeIdentity: StoreIdentity;
  /** Finishes the commands under way, and closes the database connections. */
  close(): Promise<void>;
}

type Pool = ReturnType<typeof openPool>;

/** The services with their parts, of which the app makes the server. */
interface ServiceParts extends OpenServices {
  /** For batches. */
  readonly writing: Pool;
  /** For queries and administration. */
  readonly reading: Pool;
  readonly secrets: Secrets;
}

/** Makes the services on a database that has been migrated. It connects when they are first used. */
export function createServices(options: ServiceOptions & { readonly observer?: EngineObserver }): ServiceParts {
  const { log, clock = Date.now, observer = {} } = options;
  // Batches and queries share the connections that jobs do not need, half each.
  const others = (options.connectionsMax ?? connectionsByDefault) - jobConnectionsMax;
  const writing = openPool(options.database, Math.ceil(others / 2), batchLimits);
  const reading = openPool(options.database, Math.floor(others / 2));
  const secrets = createSecrets(options.secretKeys, options.lookupKeys);
  const administration = createAdministration(reading, secrets);
  const queries = createQueries(reading, secrets, {
    onUnreadable: (organization, secret) =>
      log.error(
        { organization, secret },
        "a secret cannot be opened and counts as unset: it was sealed with a key that SECRET_KEY does not hold, or damaged. Set it anew",
      ),
    clock,
  });
  const engine = createEngine({
    codeFormats: [tokenFormat, ...dialects.flatMap(({ codeFormats = [] }) => codeFormats)],
    store: createStore({ pool: writing, secrets, jobLimits: limitsOf(tasks) }),
    clock,
    observer: warnOfShortKeys(observer, log),
  });
  const storeIdentity = createStoreIdentity(options.filesDir, queries, administration);
  const { diskReserveBytes } = options;
  const reserve = diskReserveBytes === undefined ? diskReserve : { bytesMin: diskReserveBytes, share: 0 };
  const files = guardStore(createFileStore(options.filesDir, { reserve }), storeIdentity);
  return {
    writing,
    reading,
    secrets,
    engine,
    queries,
    administration,
    files,
    storeIdentity,
    async close() {
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
