import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chooseAccount, findRunner } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { adoptCluster, clusterOwner, createCluster, database, readPassword, user } from "./cluster.ts";
import { codeOf, EmbeddedServerError, reasonOf } from "./error.ts";
import { inUse, isLocked, type Lock, takeLock } from "./lock.ts";
import type { EmbeddedLog } from "./log.ts";
import { findPlace, ifPresent, makeDataDir, type Place, prepareSocketDir } from "./place.ts";
import { type Postmaster, type PostmasterPlan, startPostmaster } from "./postmaster.ts";
import {
  clusterProcesses,
  disarmPidFile,
  readPidFile,
  stopOrphans,
  stopWaitMs,
  supervisorOf,
  untilGone,
} from "./processes.ts";
import { port, settingArguments } from "./settings.ts";

export { EmbeddedServerError } from "./error.ts";

/** A PostgreSQL server of our own, which runs as long as this process does. */
export interface EmbeddedServer {
  /** Settings for `pg`. They stay the same for the life of the server, also when PostgreSQL had to be started again. */
  readonly connection: { host: string; port: number; user: string; password: string; database: string };
  /**
   * Stops cleanly, waits until no process of it is left and gives the data directory free. Calling it again waits for
   * the same end.
   *
   * @throws EmbeddedServerError when a process of it does not end even when killed.
   */
  stop(): Promise<void>;
}

/** What the embedded server needs to know. */
export interface EmbeddedOptions {
  /** Holds the cluster (`postgres`), its password (`postgres.password`) and, if the path allows, its socket. */
  dataDir: string;
  log: EmbeddedLog;
  /** Further settings of PostgreSQL, such as `fsync` for tests. Those that safety rests on cannot be changed. */
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

/** How often a start is tried that meets a PostgreSQL which was coming up just when its server was killed. */
const startAttempts = 3;
const raceRetryMs = 200;
const lostRace = /lock file|shared memory block/;

/** Runs PostgreSQL on a prepared cluster and keeps it running until it is stopped. */
class Keeper implements EmbeddedServer {
  readonly connection: EmbeddedServer["connection"];
  readonly #plan: PostmasterPlan;
  readonly #lock: Lock;
  readonly #stopWaitMs: number;
  readonly #stopping = new AbortController();
  #postmaster: Postmaster | undefined;
  #watch: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(plan: PostmasterPlan, password: string, lock: Lock, waitMs: number) {
    this.connection = { host: plan.place.socketDir, port, user, password, database };
    this.#plan = plan;
    this.#lock = lock;
    this.#stopWaitMs = waitMs;
  }

  /** Starts PostgreSQL and begins to watch it. Throws when it does not come up. */
  async begin(): Promise<void> {
    this.#watch = this.#keep(await this.#startPatiently());
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#postmaster?.end(this.#stopWaitMs);
    await this.#watch;
    try {
      await untilGone(this.#plan.place, this.#plan.log);
    } finally {
      await this.#lock.release();
    }
    this.#plan.log("info", "PostgreSQL has stopped");
  }

  async #startPatiently(): Promise<Postmaster> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#start();
      } catch (error) {
        if (attempt === startAttempts || !lostRace.test(reasonOf(error))) throw error;
      }
      await pause(raceRetryMs);
    }
  }

  async #start(): Promise<Postmaster> {
    const { place, runner, log } = this.#plan;
    await stopOrphans(place, log);
    await disarmPidFile(place);
    await prepareSocketDir(place, runner.account);
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

  /** Starts PostgreSQL again whenever it ends, until we are told to stop. Never rejected. */
  async #keep(first: Postmaster): Promise<void> {
    let postmaster: Postmaster | undefined = first;
    let pauseMs = firstRestartPauseMs;
    while (postmaster !== undefined) {
      const startedMs = performance.now();
      const how = await postmaster.ended;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedMs >= stableAfterMs) pauseMs = firstRestartPauseMs;
      this.#plan.log("error", `PostgreSQL has ended unexpectedly (${how}); it is started again in ${pauseMs} ms`);
      ({ postmaster, pauseMs } = await this.#restart(pauseMs));
    }
  }

  /** Tries until PostgreSQL runs again; without a postmaster when we are told to stop meanwhile. */
  async #restart(firstPauseMs: number): Promise<{ postmaster: Postmaster | undefined; pauseMs: number }> {
    const { signal } = this.#stopping;
    for (let pauseMs = firstPauseMs; ; ) {
      try {
        await pause(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 2, maxRestartPauseMs);
        const postmaster = await this.#start();
        this.#plan.log("info", "PostgreSQL runs again");
        return { postmaster, pauseMs };
      } catch (error) {
        if (signal.aborted) return { postmaster: undefined, pauseMs };
        this.#plan.log("error", `${reasonOf(error)} It is tried again in ${pauseMs} ms.`);
      }
    }
  }
}

/** Makes a sentence for the operator of an error that is none yet. */
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
  place: Place,
  lock: Lock,
): Promise<EmbeddedServer> {
  const { log, settings = {} } = options;
  const beginMs = performance.now();
  const supervisor = supervisorOf(place);
  if (supervisor !== undefined) throw inUse(place.dataDir, supervisor);
  const owner = await clusterOwner(place);
  const account = await chooseAccount(place, owner);
  await stopOrphans(place, log);
  await prepareSocketDir(place, account);
  const trial = await findRunner(place, binaries, account);
  const workshop = { place, binaries, trial, durable: settings.fsync !== "off" };
  await (owner === undefined ? createCluster(workshop) : adoptCluster(workshop));
  const password = await readPassword(place);
  if (password === undefined) throw new EmbeddedServerError(`${place.passwordFile} was removed just now; start again.`);

  const { socketDir, clusterName } = place;
  const given = settingArguments({ socketDir, clusterName, lz4: trial.lz4, extra: settings });
  const plan = { place, runner: trial.runner, file: binaries.postgres, settings: given, log };
  const keeper = new Keeper(plan, password, lock, options.stopWaitMs ?? stopWaitMs);
  await keeper.begin();
  const tookMs = Math.round(performance.now() - beginMs);
  const verb = owner === undefined ? "was created and runs" : "runs";
  log("info", `PostgreSQL ${trial.version} ${verb} on ${place.cluster}, ready after ${tookMs} ms`);
  return keeper;
}

/**
 * Starts a PostgreSQL server on the data directory, which is created with everything in it if it is not there yet.
 * When this is fulfilled, the server takes connections, and it is started again by itself should it ever end before
 * `stop` is called. What a killed server has left behind (processes, lock files, a cluster half made) is put in order
 * first. Only one server runs on a data directory at a time.
 *
 * @throws EmbeddedServerError, always with what to do about it: the platform has no embedded PostgreSQL or cannot run
 *   it; another server uses the data directory; the directory cannot be reached, read or written, or the disk is full;
 *   it belongs to another user; its database is of another major version or none at all; PostgreSQL does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDir = resolve(options.dataDir);
  let lock: Lock | undefined;
  try {
    const binaries = await findBinaries(options.binariesDir);
    await makeDataDir(dataDir);
    const place = await findPlace(dataDir);
    lock = await takeLock(place.dataDir);
    return await startLocked(options, binaries, place, lock);
  } catch (error) {
    await lock?.release();
    throw explained(dataDir, error);
  }
}

/** Whether the data directory has a database, running or not. Throws the system's error when it cannot be looked at. */
export async function hasEmbedded(dataDir: string): Promise<boolean> {
  const place = await ifPresent(findPlace(resolve(dataDir)));
  return place !== undefined && (await clusterOwner(place)) !== undefined;
}

/** Whether another process of ours holds the data directory: its server runs, or starts or stops just now. */
export async function isHeld(dataDir: string): Promise<boolean> {
  const place = await ifPresent(findPlace(resolve(dataDir)));
  return place !== undefined && (await isLocked(place.dataDir));
}

/**
 * Connection settings of the embedded server that another process of ours runs on this data directory right now.
 * Undefined when none runs, or when it is not ready for connections at this moment.
 *
 * @throws EmbeddedServerError when one runs but this user may not read its settings.
 */
export async function findRunningEmbedded(dataDir: string): Promise<EmbeddedServer["connection"] | undefined> {
  const path = resolve(dataDir);
  try {
    const place = await ifPresent(findPlace(path));
    if (place === undefined || !(await isLocked(place.dataDir))) return undefined;
    const file = await readPidFile(place);
    if (file === undefined || !file.ready || !clusterProcesses(place).includes(file.pid)) return undefined;
    const password = await readPassword(place);
    if (password === undefined) return undefined;
    return { host: file.socketDir, port: file.port, user, password, database };
  } catch (error) {
    throw explained(path, error);
  }
}
