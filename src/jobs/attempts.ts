import { setTimeout as pause } from "node:timers/promises";
import type { Job, TaskList } from "graphile-worker";
import type { Logger } from "pino";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import { JobFailure, JobHopeless, ServiceAway } from "./failure.ts";
import type { JobPool } from "./presence.ts";
import type { JobPayload, Task } from "./task.ts";

/** The pauses before each try to give up a job. It succeeds only after the queue has released the job. */
const giveUpPausesMs = [20, 100, 500, 2_000];

export interface AttemptsOptions<Services> {
  /** Only the job runner uses it. It takes `jobConnectionsMax` connections. */
  readonly pool: JobPool;
  readonly log: Logger;
  /** Each has a name of its own. Jobs of other names wait in the queue. */
  readonly tasks: readonly Task<Services>[];
  /** Given to every task. */
  readonly services: Services;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** Called after each job that succeeded. */
  readonly onDone: () => void;
}

/** Runs jobs during one run of the queue, and handles their failures. */
export interface Attempts {
  readonly taskList: TaskList;
  /** Resolves when a job reports that the service which all jobs of the crew need is away. */
  readonly away: Promise<void>;
  readonly isAway: boolean;
  /**
   * Call it after the run. It gives back the attempts that do not count, and waits until given-up jobs are marked.
   */
  settle(): Promise<void>;
}

export function createAttempts<Services>(options: AttemptsOptions<Services>): Attempts {
  const { pool, log, tasks, services, signal, onDone } = options;
  const uncounted: Job[] = [];
  const givenUp: Promise<void>[] = [];
  const away = Promise.withResolvers<void>();
  /** The reason why the crew must rest; `undefined` while it works. */
  let awayReason: string | undefined;

  async function attempt(task: Task<Services>, payload: unknown, job: Job): Promise<void> {
    const names = { task: job.task_identifier, job: job.id, attempt: job.attempts };
    const isLast = job.attempts >= job.max_attempts;
    // The queue took the job before the crew began to rest.
    if (awayReason !== undefined) {
      uncounted.push(job);
      throw new JobFailure(awayReason);
    }
    try {
      // Only `insertJobs` queues jobs, with the subject that the draft gave for this task.
      await task.run(payload as JobPayload, { isLast, signal }, services);
      log.debug(names, "a job is done");
      onDone();
    } catch (error) {
      if (signal.aborted && error === signal.reason) {
        log.debug(names, "a job is broken off and taken up again later");
        uncounted.push(job);
        throw new JobFailure("the process stopped");
      }
      const reason = reasonOf(error);
      const isCounted = !(error instanceof ServiceAway) || error.isCounted;
      if (!isCounted) uncounted.push(job);
      if (error instanceof JobHopeless) givenUp.push(giveUp(job, reason));
      if (error instanceof ServiceAway) {
        awayReason = reason;
        away.resolve();
      }
      if (error instanceof JobHopeless || (isLast && isCounted)) {
        log.error({ ...names, reason }, "a job failed and is given up");
      } else {
        log.warn({ ...names, reason }, "a job failed and will be tried again");
      }
      // The queue stores the message of the error in the database.
      throw new JobFailure(reason);
    }
  }

  /** Marks a job as given up once the queue has released it. If that does not succeed, the job is tried again. */
  async function giveUp({ id }: Job, reason: string): Promise<void> {
    try {
      for (const waitMs of giveUpPausesMs) {
        await pause(waitMs, undefined, { ref: false });
        const sql = "select from graphile_worker.permanently_fail_jobs(array[$1::bigint], $2)";
        const { rowCount } = await pool.query(sql, [id, reason]);
        if (rowCount === 1) return;
      }
    } catch (error) {
      log.warn({ job: id, reason: String(error) }, "a job that was given up is tried again");
    }
  }

  return {
    taskList: Object.fromEntries(tasks.map((task) => [task.name, (payload, { job }) => attempt(task, payload, job)])),
    away: away.promise,
    get isAway() {
      return awayReason !== undefined;
    },
    async settle() {
      await Promise.all(givenUp);
      for (const { id, attempts } of uncounted.splice(0)) {
        const sql = "select from graphile_worker.reschedule_jobs(array[$1::bigint], run_at := now(), attempts := $2)";
        await pool
          .query(sql, [id, Math.max(0, attempts - 1)])
          .catch((error) => log.warn({ job: id, reason: String(error) }, "an attempt that does not count is counted"));
      }
    },
  };
}

/**
 * The reason for the log: the message of a `JobFailure`, but only the place of a bug, whose message may hold secrets.
 */
function reasonOf(error: unknown): string {
  if (error instanceof JobFailure) return error.message;
  if (error instanceof StoreBusy) return "the database is busy";
  if (error instanceof StoreUnavailable) return "the database is away";
  if (!(error instanceof Error)) return "something that is no error was thrown";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.slice(0, 5).map((line) => line.trim())].join(" ");
}
