import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { RunnerOptions } from "graphile-worker";
import type { Logger } from "pino";

export type JobPool = NonNullable<RunnerOptions["pgPool"]>;

/** The first half of the advisory locks that show living workers. Any fixed number would do. */
const presenceLockClass = 706_231;
const workerPrefix = "counterfoil-";
const reconnectPauseMinMs = 100;
const reconnectPauseMaxMs = 5_000;
/** How long to wait for the end of a connection. */
const closeWaitMs = 1_000;
/** How often to look for jobs of workers that are gone. */
const lookEveryMs = 60_000;
/** The pause before the second look for an absent worker. A worker that is absent twice is gone. */
const secondLookMs = 3_000;

/** Shows the other processes on the database that the workers of this one live. */
export interface Presence {
  /** The names of the workers of this process. The queue locks a job under the name of its worker. */
  readonly workers: readonly string[];
  /** Resolves once the other processes can see the workers. */
  readonly seen: Promise<void>;
  /** Releases the jobs that an earlier run of a worker still holds. The worker must not be running. */
  releaseJobsOf(worker: string): Promise<void>;
  /** Resolves when the locks are released. Other processes may take up the jobs of these workers then. */
  leave(): Promise<void>;
}

/**
 * Shows that this process lives, and releases the jobs of processes that died. The jobs of a dead worker stay locked,
 * and the queue itself waits for hours before it releases them. So a process holds an advisory lock for each worker, on
 * one connection that ends with the process. Jobs whose worker holds no lock are released.
 *
 * A live process whose connection breaks takes its locks again within moments. So a worker counts as gone only when it
 * is absent at two looks, some seconds apart.
 */
export function announcePresence(pool: JobPool, log: Logger, workersCount: number): Presence {
  const numbers = Array.from({ length: workersCount }, () => randomInt(1, 2 ** 31));
  const workers = numbers.map((number) => `${workerPrefix}${number}`);
  const leaving = new AbortController();
  const { signal } = leaving;
  const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const seen = Promise.withResolvers<void>();
  const done = Promise.all([stayPresent(), watch()]);

  async function stayPresent(): Promise<void> {
    for (let pauseMs = reconnectPauseMinMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, reconnectPauseMaxMs)) {
      try {
        await holdLock(() => {
          pauseMs = reconnectPauseMinMs;
          seen.resolve();
        });
      } catch (error) {
        log.debug({ reason: String(error) }, "this process cannot show the others that it lives");
      }
      await pause(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Takes the locks, and returns when the connection breaks or the process leaves. */
  async function holdLock(onHeld: () => void): Promise<void> {
    const client = await pool.connect();
    const ended = new Promise<void>((resolve) => {
      client.once("end", resolve);
      client.once("error", () => resolve());
    });
    try {
      // A machine that vanishes silently is noticed within a minute.
      await client.query(
        "select set_config(name, value, false) from (values ('tcp_keepalives_idle', '20'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'), ('idle_session_timeout', '0')) as s (name, value)",
      );
      const { rows } = await client.query<{ held: boolean }>(
        "select pg_try_advisory_lock($1, number) as held from unnest($2::integer[]) as number",
        [presenceLockClass, numbers],
      );
      if (!rows.every(({ held }) => held)) throw new Error("the previous connection still holds a lock");
      onHeld();
      await Promise.race([ended, left]);
    } finally {
      client.release(true);
      await Promise.race([ended, pause(closeWaitMs, undefined, { ref: false })]);
    }
  }

  async function watch(): Promise<void> {
    let absentBefore: ReadonlySet<string> = new Set();
    while (!signal.aborted) {
      let absent: ReadonlySet<string> = new Set();
      try {
        absent = await findAbsent();
        const gone = [...absent].filter((one) => absentBefore.has(one));
        if (gone.length > 0) {
          await releaseJobs(gone);
          log.info({ workers: gone.length }, "jobs of a process that is gone are taken up");
        }
      } catch (error) {
        log.debug({ reason: String(error) }, "jobs of processes that are gone could not be looked for");
      }
      absentBefore = absent;
      await pause(absent.size > 0 ? secondLookMs : lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async function findAbsent(): Promise<ReadonlySet<string>> {
    const { rows } = await pool.query<{ worker: string }>(
      `select distinct j.locked_by as worker from graphile_worker.jobs j
       where j.locked_by like $1 || '%' and not exists (
         select from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
         where l.locktype = 'advisory' and l.objsubid = 2 and l.granted
           and l.classid::bigint = $2::bigint and j.locked_by = $1 || l.objid::text)`,
      [workerPrefix, presenceLockClass],
    );
    return new Set(rows.map((row) => row.worker));
  }

  async function releaseJobs(workers: readonly string[]): Promise<void> {
    await pool.query("select graphile_worker.force_unlock_workers($1)", [workers]);
  }

  return {
    workers,
    seen: seen.promise,
    releaseJobsOf: (worker) => releaseJobs([worker]),
    async leave() {
      leaving.abort();
      await done;
    },
  };
}
