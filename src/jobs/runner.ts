import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { LogFunctionFactory, Runner, TaskList, WorkerEvents } from "graphile-worker";
import type { Logger } from "pino";
import type { JobDraft } from "../core/job.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { JobFailure } from "./failure.ts";
import { announcePresence, type JobPool } from "./presence.ts";

/** Jobs that one process works on at once: they mostly wait for other machines. */
export const jobsAtOnce = 4;
/** One connection for each job, one to hear of new jobs, and one to show that the process lives. */
export const jobConnectionsMax = jobsAtOnce + 2;
/** New jobs are told at once; this finds those that wait for their next attempt. */
const pollEveryMs = 2_000;
const restartPauseMinMs = 500;
const restartPauseMaxMs = 30_000;
/** A queue that ran so long was well: after its end there is no longer pause than after the first. */
const settledMs = 60_000;
/** How long the end waits for jobs under way; what is not done by then is taken up by another process, or the next. */
const stopWaitMs = 10_000;

/** What a job of this task holds. */
export type JobPayload<T extends JobDraft["task"]> = Omit<Extract<JobDraft, { task: T }>, "task"> & {
  readonly organizationId: number;
};

/** One of the times that a job is tried. */
export interface Attempt {
  /** Whether the job is given up when this one fails. */
  readonly isLast: boolean;
  /**
   * Aborted when the process stops. Whoever rejects with its reason is begun anew by another process, or the next, as if
   * there had been no attempt; whoever passes over it is waited for.
   */
  readonly signal: AbortSignal;
}

/** Does a job. A rejection means that it is tried again after a pause, or given up after the last attempt. */
export type Task<T extends JobDraft["task"]> = (payload: JobPayload<T>, attempt: Attempt) => Promise<void>;

/** Who does which jobs; the compiler checks that none is left out. */
export type Tasks = { readonly [T in JobDraft["task"]]: Task<T> };

export interface JobsOptions {
  /** For nothing else: `jobConnectionsMax` connections are used. */
  readonly pool: JobPool;
  readonly log: Logger;
  readonly tasks: Tasks;
}

export interface Jobs {
  /** Takes up no more jobs, breaks off those that can be, and waits for the others, ten seconds at most. */
  stop(): Promise<void>;
}

/**
 * Works on queued jobs until it is stopped: within a second of their commit, each by one process at a time. While the
 * database is away it waits, with growing pauses; when a process died its jobs are taken up by another one, or by its
 * successor, within seconds. Nothing that a job holds is logged but its numbers.
 */
export function startJobs({ pool, log, tasks }: JobsOptions): Jobs {
  // Without a listener a connection that breaks while it is used would end the process.
  const onConnect = (client: { on(event: "error", listener: () => void): unknown }) => client.on("error", () => {});
  pool.on("connect", onConnect);
  const presence = announcePresence(pool, log);
  const stopping = new AbortController();
  /** Jobs that the stop has broken off. */
  const brokenOff: string[] = [];
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  const done = keepRunning();

  async function keepRunning(): Promise<void> {
    await Promise.race([presence.seen, stopped]);
    for (let pauseMs = restartPauseMinMs; !stopping.signal.aborted; ) {
      const startedAtMs = performance.now();
      try {
        await presence.releaseOwnJobs();
        const runner = await openRunner();
        await Promise.race([runner.promise, stopped]);
        if (stopping.signal.aborted) return await end(runner);
        log.warn("the job queue has ended and is started anew");
      } catch (error) {
        log.warn({ reason: String(error) }, "the job queue cannot run and is started anew");
      }
      pauseMs = performance.now() - startedAtMs > settledMs ? restartPauseMinMs : pauseMs;
      await Promise.race([pause(pauseMs, undefined, { ref: false }), stopped]);
      pauseMs = Math.min(pauseMs * 2, restartPauseMaxMs);
    }
  }

  async function openRunner(): Promise<Runner> {
    // Loaded here: commands import this module and work on no job.
    const { Logger: QueueLogger, run } = await import("graphile-worker");
    const events: WorkerEvents = new EventEmitter();
    // The queue draws a random name; ours tells the others whether this process lives.
    events.on("pool:create", ({ workerPool }) => {
      workerPool.id = presence.worker;
    });
    return run(
      {
        pgPool: pool,
        schema: "graphile_worker",
        events,
        logger: new QueueLogger(queueLog(log)),
        concurrency: jobsAtOnce,
        pollInterval: pollEveryMs,
        noHandleSignals: true,
        // With batches, even of one, a failure to note down a job's end restarts the queue; without, it would be an
        // unhandled rejection and end the process.
        preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      },
      taskList(tasks, log, stopping.signal, (jobId) => brokenOff.push(jobId)),
      [],
    );
  }

  async function end(runner: Runner): Promise<void> {
    const ended = runner.stop().then(
      () => true,
      () => true,
    );
    const inTime = await Promise.race([ended, pause(stopWaitMs, false, { ref: false })]);
    if (!inTime) log.warn("jobs under way did not end in time; they are taken up again later");
    if (brokenOff.length > 0) await giveBack(brokenOff);
  }

  /** What was broken off waits again as if it had never been begun. */
  async function giveBack(jobIds: readonly string[]): Promise<void> {
    await pool
      .query(
        `update graphile_worker._private_jobs set attempts = greatest(0, attempts - 1), run_at = now(), last_error = null
         where id = any($1::bigint[]) and locked_at is null`,
        [jobIds],
      )
      .catch((error) => log.warn({ reason: String(error) }, "jobs that were broken off wait for their next attempt"));
  }

  return {
    async stop() {
      stopping.abort();
      await done;
      await presence.leave();
      pool.off("connect", onConnect);
    },
  };
}

function taskList(tasks: Tasks, log: Logger, signal: AbortSignal, onBrokenOff: (jobId: string) => void): TaskList {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (payload: unknown, { job }) => {
        const attempt = { task: name, job: job.id, attempt: job.attempts };
        const isLast = job.attempts >= job.max_attempts;
        try {
          // Only `insertJobs` queues jobs, with the payload that belongs to the task; a look-up by name cannot express it.
          await task(payload as JobPayload<"mail_sale"> & JobPayload<"mail_licenses"> & JobPayload<"build_delivery">, {
            isLast,
            signal,
          });
          log.debug(attempt, "a job is done");
        } catch (error) {
          if (signal.aborted && error === signal.reason) {
            log.debug(attempt, "a job is broken off and taken up again later");
            onBrokenOff(job.id);
            throw new JobFailure("the process stopped");
          }
          const reason = reasonOf(error);
          if (isLast) log.error({ ...attempt, reason }, "a job failed and is given up");
          else log.warn({ ...attempt, reason }, "a job failed and will be tried again");
          // The queue keeps the message of what it catches in the database.
          throw new JobFailure(reason);
        }
      },
    ]),
  ) satisfies TaskList;
}

/** What is known to be safe to log; of a bug, where it happened, since its message may hold anything. */
function reasonOf(error: unknown): string {
  if (error instanceof JobFailure) return error.message;
  if (error instanceof StoreUnavailable) return "the database is away";
  if (!(error instanceof Error)) return "something that is no error was thrown";
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [error.name, ...places.slice(0, 5).map((line) => line.trim())].join(" ");
}

const queueLevels = { error: "error", warning: "warn", info: "debug", debug: "trace" } as const;

/** The queue's own lines without their details, which hold payloads; jobs that failed are told of by their task. */
function queueLog(log: Logger): LogFunctionFactory {
  return () => (level, message, details) => {
    if (details !== undefined && "failure" in details) return;
    log[queueLevels[level]]({ from: "job queue" }, message);
  };
}
