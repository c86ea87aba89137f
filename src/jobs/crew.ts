import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { LogFunctionFactory, Runner, TaskList, WorkerEvents } from "graphile-worker";
import type { Logger } from "pino";
import { type AttemptsOptions, createAttempts } from "./attempts.ts";
import type { Presence } from "./presence.ts";

/** The database notifies of new jobs at once. The poll finds jobs that wait for their next attempt. */
const pollEveryMs = 2_000;
const restartPauseMinMs = 500;
const restartPauseMaxMs = 30_000;
/** After a run of this length the pause before the restart is short again. */
const settledMs = 60_000;
/** How long a stop waits for running jobs. Another process takes up the others. */
const stopWaitMs = 10_000;

/** How long a crew rests when the service that its jobs need is away. The time doubles until a job succeeds. */
export interface Rest {
  readonly minMs: number;
  readonly maxMs: number;
}

export const crewRest: Rest = { minMs: 30_000, maxMs: 15 * 60_000 };

export interface CrewOptions<Services> extends Omit<AttemptsOptions<Services>, "onDone"> {
  readonly name: string;
  /** One of the workers of the presence. */
  readonly worker: string;
  readonly presence: Presence;
  readonly atOnce: number;
  readonly rest: Rest;
}

/**
 * Runs the jobs of some tasks until the signal aborts. Resolves when it has released the jobs. When a job reports that
 * the service which all jobs need is away, the crew rests for a while.
 */
export async function runCrew<Services>(options: CrewOptions<Services>): Promise<void> {
  const { name, worker, presence, pool, log, rest, signal } = options;
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  let restMs = rest.minMs;
  const onDone = () => {
    restMs = rest.minMs;
  };
  await Promise.race([presence.seen, stopped]);
  for (let restartMs = restartPauseMinMs; !signal.aborted; ) {
    const startedAtMs = performance.now();
    const attempts = createAttempts({ ...options, onDone });
    try {
      await presence.releaseJobsOf(worker);
      const runner = await openRunner(attempts.taskList);
      await Promise.race([runner.promise, attempts.away, stopped]);
      if (signal.aborted || attempts.isAway) {
        const ended = runner.stop().catch(() => {});
        // Running attempts end by themselves. A stop of the process waits for them, up to `stopWaitMs`.
        await Promise.race([ended, stopped]);
        if (signal.aborted) await waitForEnd(ended);
        await attempts.settle();
        if (signal.aborted) return;
        log.warn({ crew: name, restMs }, "jobs rest, since what they need is away");
        await Promise.race([pause(restMs, undefined, { ref: false }), stopped]);
        restMs = Math.min(restMs * 2, rest.maxMs);
        continue;
      }
      log.warn({ crew: name }, "the job queue has ended and is started anew");
    } catch (error) {
      log.warn({ crew: name, reason: String(error) }, "the job queue cannot run and is started anew");
    }
    restartMs = performance.now() - startedAtMs > settledMs ? restartPauseMinMs : restartMs;
    await Promise.race([pause(restartMs, undefined, { ref: false }), stopped]);
    restartMs = Math.min(restartMs * 2, restartPauseMaxMs);
  }

  async function openRunner(taskList: TaskList): Promise<Runner> {
    // Loaded here, since commands import this module and never run a job.
    const { Logger: QueueLogger, run } = await import("graphile-worker");
    const events: WorkerEvents = new EventEmitter();
    // Our name replaces the queue's random one, so that other processes can see whether this one lives.
    events.on("pool:create", ({ workerPool }) => {
      workerPool.id = worker;
    });
    return run(
      {
        pgPool: pool,
        schema: "graphile_worker",
        events,
        logger: new QueueLogger(queueLog(log)),
        concurrency: options.atOnce,
        pollInterval: pollEveryMs,
        noHandleSignals: true,
        // With batches, even of one job, a failure to record the end of a job restarts the queue. Without them it would
        // be an unhandled rejection and end the process.
        preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      },
      taskList,
      [],
    );
  }

  async function waitForEnd(ended: Promise<void>): Promise<void> {
    const isLate = await Promise.race([ended, pause(stopWaitMs, true, { ref: false })]);
    if (isLate) log.warn({ crew: name }, "jobs under way did not end in time; they are taken up again later");
  }
}

const queueLevels = { error: "error", warning: "warn", info: "debug", debug: "trace" } as const;

/** Logs the queue's own lines without their details, which hold payloads. Failed jobs are logged in `attempts.ts`. */
function queueLog(log: Logger): LogFunctionFactory {
  return () => (level, message, details) => {
    if (details !== undefined && "failure" in details) return;
    log[queueLevels[level]]({ from: "job queue" }, message);
  };
}
