import type { Logger } from "pino";
import type { JobLimits } from "../core/job.ts";
import { crewRest, keepCrew, type Rest } from "./crew.ts";
import { announcePresence, type JobPool } from "./presence.ts";
import { type Crew, crews, type Task } from "./task.ts";

/**
 * What a crew of one process works on at once. Mail waits for another machine, of which more at once would ask
 * more; a build keeps a core and the disk busy.
 */
export const jobsAtOnce: Record<Crew, number> = { mail: 2, builds: 2 };
/**
 * One connection of each crew to hear of new jobs, one to show that the process lives, and three to take jobs and end
 * them.
 */
export const jobConnectionsMax = crews.length + 1 + 3;

export interface JobsOptions<Services> {
  /** For nothing else: `jobConnectionsMax` connections are used. */
  readonly pool: JobPool;
  readonly log: Logger;
  /** Each has a name of its own. Jobs of other names wait in the queue. */
  readonly tasks: readonly Task<Services>[];
  /** Given to every task. */
  readonly services: Services;
  readonly rest?: Rest;
}

export interface Jobs {
  /** Takes up no more jobs, breaks off those that can be, and waits for the others, ten seconds at most. */
  stop(): Promise<void>;
}

/**
 * Works on queued jobs until it is stopped: within a second of their commit, each by one process at a time. While the
 * database is away it waits, with growing pauses. When a process died its jobs are taken up by another one after a
 * minute or so, or by its successor within seconds. Nothing that a job holds is logged but its numbers.
 */
export function startJobs<Services>({ pool, log, tasks, services, rest = crewRest }: JobsOptions<Services>): Jobs {
  refuseSharedNames(tasks);
  // Without a listener a connection that breaks while it is used would end the process.
  const onConnect = (client: { on(event: "error", listener: () => void): unknown }) => client.on("error", () => {});
  pool.on("connect", onConnect);
  const presence = announcePresence(pool, log, crews.length);
  const stopping = new AbortController();
  const done = Promise.all(
    crews.map(async (name, index) => {
      const worker = presence.workers[index];
      if (worker === undefined) throw new Error("a crew has no worker");
      const own = tasks.filter(({ crew }) => crew === name);
      // The queue refuses to run for nothing.
      if (own.length === 0) return;
      await keepCrew({
        name,
        worker,
        presence,
        pool,
        log,
        tasks: own,
        services,
        atOnce: jobsAtOnce[name],
        rest,
        signal: stopping.signal,
      });
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

/** The limits of those tasks that name some, for whoever queues their jobs. */
export function limitsOf(tasks: readonly Task<never>[]): ReadonlyMap<string, JobLimits> {
  return new Map(tasks.flatMap(({ name, limits }) => (limits === undefined ? [] : [[name, limits] as const])));
}

/** Throws when two tasks have one name, since one of them would never be done. */
function refuseSharedNames(tasks: readonly Task<never>[]): void {
  const names = new Set<string>();
  for (const { name } of tasks) {
    if (names.has(name)) throw new Error(`two tasks have the name ${name}`);
    names.add(name);
  }
}
