import type { JobLimits } from "../core/job.ts";
import type { AttemptsOptions } from "./attempts.ts";
import { crewRest, type Rest, runCrew } from "./crew.ts";
import { announcePresence } from "./presence.ts";
import { type Crew, crews, type Task } from "./task.ts";

/**
 * Concurrent jobs of a crew in one process. More mail at once would load the mail server, and a build keeps a core and
 * the disk busy.
 */
export const jobsAtOnce: Record<Crew, number> = { mail: 2, builds: 2 };
/**
 * One connection for each crew to hear of new jobs, one to show that the process lives, and three to take and end jobs.
 */
export const jobConnectionsMax = crews.length + 1 + 3;

export interface JobsOptions<Services> extends Pick<AttemptsOptions<Services>, "pool" | "log" | "tasks" | "services"> {
  readonly rest?: Rest;
}

export interface Jobs {
  /** Takes up no more jobs, aborts the running ones, and waits for them, at most ten seconds. */
  stop(): Promise<void>;
}

/**
 * Runs queued jobs until it is stopped. A job starts within a second of its commit, in one process at a time. While the
 * database is away, it waits with growing pauses. When a process dies, another one takes up its jobs after about a
 * minute, or its successor within seconds. The log shows only the numbers of jobs.
 */
export function startJobs<Services>(options: JobsOptions<Services>): Jobs {
  const { pool, log } = options;
  refuseSharedNames(options.tasks);
  // Without a listener, a connection that breaks in use would end the process.
  const onConnect = (client: { on(event: "error", listener: () => void): unknown }) => client.on("error", () => {});
  pool.on("connect", onConnect);
  const presence = announcePresence(pool, log, crews.length);
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = Promise.all(
    crews.map(async (name, index) => {
      const worker = presence.workers[index];
      if (worker === undefined) throw new Error("a crew has no worker");
      const tasks = options.tasks.filter(({ crew }) => crew === name);
      // The queue refuses to run without a task.
      if (tasks.length === 0) return;
      await runCrew({ rest: crewRest, ...options, name, worker, presence, tasks, atOnce: jobsAtOnce[name], signal });
    }),
  );

  return {
    async stop() {
      stopping.abort();
      await done;
      await presence.leave();
      pool.off("connect", onConnect);
    },
  };
}

/** The limits of the tasks that set their own, by the names of the tasks. */
export function limitsOf(tasks: readonly Task<never>[]): ReadonlyMap<string, JobLimits> {
  return new Map(tasks.flatMap(({ name, limits }) => (limits === undefined ? [] : [[name, limits] as const])));
}

/** Throws when two tasks have one name, since one of them would never run. */
function refuseSharedNames(tasks: readonly Task<never>[]): void {
  const names = new Set<string>();
  for (const { name } of tasks) {
    if (names.has(name)) throw new Error(`two tasks have the name ${name}`);
    names.add(name);
  }
}
