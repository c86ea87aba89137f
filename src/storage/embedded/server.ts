import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, ifPresent } from "../../files.ts";
import { chooseAccount, findLauncher } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { adoptCluster, clusterOwner, createCluster, database, readPassword, user } from "./cluster.ts";
import { EmbeddedServerError, reasonOf } from "./error.ts";
import { findLayout, type Layout, makeDataDir, prepareSocketDir } from "./layout.ts";
import { inUse, isLocked, type Lock, takeLock } from "./lock.ts";
import type { EmbeddedLog } from "./log.ts";
import { type Postmaster, type PostmasterPlan, startPostmaster } from "./postmaster.ts";
import {
  clusterProcesses,
  readPidFile,
  replaceStalePid,
  stopOrphans,
  stopWaitMs,
  supervisorOf,
  waitUntilGone,
} from "./processes.ts";
import { port, settingArguments } from "./settings.ts";

/** A PostgreSQL server that runs as long as this process does. */
export interface EmbeddedServer {
  /** Settings for `pg`. They stay the same when PostgreSQL is started again. */
  readonly connection: { host: string; port: number; user: string; password: string; database: string };
  /**
   * Stops cleanly, waits until no process of it is left, and releases the data directory. A second call waits for the
   * same end.
   *
   * @throws EmbeddedServerError when a process of it does not end even when killed.
   */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds the cluster (`postgres`), its password (`postgres.password`) and, if the path allows, its socket. */
  dataDir: string;
  log: EmbeddedLog;
  /**
   * Further settings of PostgreSQL, such as `fsync` for tests. They cannot change the settings that safety rests on.
   */
  settings?: Record<string, string>;
  /** How long a clean shutdown may take before PostgreSQL is told to leave at once. Default: 30 s. */
  stopWaitMs?: number;
  /** A directory with bin, lib and share of a PostgreSQL, used instead of the one from the npm package. For tests. */
  binariesDir?: string;
}

/** The pause before PostgreSQL is started again after an unexpected end; doubled with each failure in a row. */
const firstRestartPauseMs = 250;
const maxRestartPauseMs = 30_000;

/** After running this long, the next unexpected end counts as the first again. */
const stableAfterMs = 60_000;

/**
 * A PostgreSQL that was starting when its server was killed may be in the way of a start, which is then tried again.
 */
const startAttempts = 3;
const raceRetryMs = 200;
const lostRaceMessage = /lock file|shared memory block/;

/** Runs PostgreSQL on a prepared cluster and keeps it running until it is stopped. */
class Supervisor implements EmbeddedServer {
  readonly connection: EmbeddedServer["connection"];
  readonly #plan: PostmasterPlan;
  readonly #lock: Lock;
  readonly #stopWaitMs: number;
  readonly #stopping = new AbortController();
  #postmaster: Postmaster | undefined;
  #supervision: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(plan: PostmasterPlan, password: string, lock: Lock, waitMs: number) {
    this.connection = { host: plan.layout.socketDir, port, user, password, database };
    this.#plan = plan;
    this.#lock = lock;
    this.#stopWaitMs = waitMs;
  }

  /** Starts PostgreSQL, and then supervises it. Throws when it does not start. */
  async start(): Promise<void> {
    this.#supervision = this.#supervise(await this.#startWithRetries());
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#postmaster?.end(this.#stopWaitMs);
    await this.#supervision;
    try {
      await waitUntilGone(this.#plan.layout, this.#plan.log);
    } finally {
      await this.#lock.release();
    }
    this.#plan.log("info", "PostgreSQL has stopped");
  }

  async #startWithRetries(): Promise<Postmaster> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#start();
      } catch (error) {
        if (attempt === startAttempts || !lostRaceMessage.test(reasonOf(error))) throw error;
      }
      await pause(raceRetryMs);
    }
  }

  async #start(): Promise<Postmaster> {
    const { layout, launcher, log } = this.#plan;
    await stopOrphans(layout, log);
    await replaceStalePid(layout);
    await prepareSocketDir(layout, launcher.account);
    this.#stopping.signal.throwIfAborted();
    const postmaster = startPostmaster(this.#plan);
    this.#postmaster = postmaster;
    try {
      await postmaster.untilReady();
      return postmaster;
    } catch (error) {
      await postmaster.end(this.#stopWaitMs);
      throw error;
    }
  }

  /** Starts PostgreSQL again whenever it ends, until `stop` is called. Never rejects. */
  async #supervise(first: Postmaster): Promise<void> {
    const { log } = this.#plan;
    const { signal } = this.#stopping;
    let running: Postmaster | undefined = first;
    for (let pauseMs = firstRestartPauseMs; ; ) {
      if (running !== undefined) {
        const startedMs = performance.now();
        const how = await running.ended;
        if (signal.aborted) return;
        if (performance.now() - startedMs >= stableAfterMs) pauseMs = firstRestartPauseMs;
        log("error", `PostgreSQL has ended unexpectedly (${how}); it is started again in ${pauseMs} ms`);
        running = undefined;
      }
      try {
        await pause(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 2, maxRestartPauseMs);
        running = await this.#start();
        log("info", "PostgreSQL runs again");
      } catch (error) {
        if (signal.aborted) return;
        log("error", `${reasonOf(error)} It is tried again in ${pauseMs} ms.`);
      }
    }
  }
}

/** Turns a system error into a message for the operator. */
function explained(dataDir: string, error: unknown): unknown {
  if (error instanceof EmbeddedServerError || codeOf(error) === undefined) return error;
  return new EmbeddedServerError(
    `The data directory ${dataDir} cannot be used: ${reasonOf(error)}. Check that the user who runs this server may ` +
      "read and write it and that the disk has room, or choose another DATA_DIR.",
    { cause: error },
  );
}

async function startLocked(
  options: EmbeddedOptions,
  binaries: Binaries,
  layout: Layout,
  lock: Lock,
): Promise<EmbeddedServer> {
  const { log, settings = {} } = options;
  const beginMs = performance.now();
  const otherPid = supervisorOf(layout);
  if (otherPid !== undefined) throw inUse(layout.dataDir, otherPid);
  const owner = await clusterOwner(layout);
  const account = await chooseAccount(layout, owner);
  await stopOrphans(layout, log);
  await prepareSocketDir(layout, account);
  const trial = await findLauncher(layout, binaries, account);
  const context = { layout, binaries, trial, durable: settings.fsync !== "off" };
  await (owner === undefined ? createCluster(context) : adoptCluster(context));
  const password = await readPassword(layout);
  if (password === undefined)
    throw new EmbeddedServerError(`${layout.passwordFile} was removed just now; start again.`);

  const args = settingArguments(layout, trial.lz4, settings);
  const plan = { layout, launcher: trial.launcher, file: binaries.postgres, settings: args, log };
  const supervisor = new Supervisor(plan, password, lock, options.stopWaitMs ?? stopWaitMs);
  await supervisor.start();
  const tookMs = Math.round(performance.now() - beginMs);
  const verb = owner === undefined ? "was created and runs" : "runs";
  log("info", `PostgreSQL ${trial.version} ${verb} on ${layout.cluster}, ready after ${tookMs} ms`);
  return supervisor;
}

/**
 * Starts a PostgreSQL server on the data directory, and creates what is missing there. Resolves when the server takes
 * connections. A server that ends before `stop` is called is started again. The remains of a killed server (processes,
 * lock files, an unfinished cluster) are put in order first. Only one server runs on a data directory at a time.
 *
 * @throws EmbeddedServerError, which always tells what to do: the platform has no embedded PostgreSQL or cannot run
 *   it; another server uses the data directory; the directory cannot be reached, read or written, or the disk is full;
 *   it belongs to another user; its database is of another major version or none at all; PostgreSQL does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDir = resolve(options.dataDir);
  let lock: Lock | undefined;
  try {
    const binaries = await findBinaries(options.binariesDir);
    await makeDataDir(dataDir);
    const layout = await findLayout(dataDir);
    lock = await takeLock(layout.dataDir);
    return await startLocked(options, binaries, layout, lock);
  } catch (error) {
    await lock?.release();
    throw explained(dataDir, error);
  }
}

/** Whether the data directory has a database, running or not. Throws the system's error when it cannot be looked at. */
export async function hasEmbedded(dataDir: string): Promise<boolean> {
  const layout = await ifPresent(findLayout(resolve(dataDir)));
  return layout !== undefined && (await clusterOwner(layout)) !== undefined;
}

/** Whether a process holds the data directory: its server runs, starts or stops. */
export async function isHeld(dataDir: string): Promise<boolean> {
  const layout = await ifPresent(findLayout(resolve(dataDir)));
  return layout !== undefined && (await isLocked(layout.dataDir));
}

/**
 * Connection settings of the embedded server that a process runs on this data directory now. Undefined when none runs,
 * or when it is not ready for connections.
 *
 * @throws EmbeddedServerError when one runs but this user may not read its settings.
 */
export async function findRunningEmbedded(dataDir: string): Promise<EmbeddedServer["connection"] | undefined> {
  const path = resolve(dataDir);
  try {
    const layout = await ifPresent(findLayout(path));
    if (layout === undefined || !(await isLocked(layout.dataDir))) return undefined;
    const file = await readPidFile(layout);
    if (file === undefined || !file.ready || !clusterProcesses(layout).includes(file.pid)) return undefined;
    const password = await readPassword(layout);
    if (password === undefined) return undefined;
    return { host: file.socketDir, port: file.port, user, password, database };
  } catch (error) {
    throw explained(path, error);
  }
}
