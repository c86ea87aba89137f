import type { Logger } from "pino";
import type { JobDraft } from "../core/job.ts";
import { crewRest, keepCrew, type Rest } from "./crew.ts";
import { announcePresence, type JobPool } from "./presence.ts";

/** What a job of this task holds. */
export type JobPayload<T extends JobDraft["task"]> = Omit<Extract<JobDraft, { task: T }>, "task"> & {
  readonly organizationId: number;
};

/** One of the times that a job is tried. */
export interface Attempt {
  /** Whether the job is given up when this one fails. */
  readonly isLast: boolean;
  /**
   * Aborted when the process stops. Whoever rejects with its reason is begun anew by another process, or the next, as
   * if there had been no attempt; whoever passes over it is waited for.
   */
  readonly signal: AbortSignal;
}

/**
 * Does a job. A rejection means that it is tried again after a pause, or given up after the last attempt; one with
 * `JobHopeless` that it is given up now, and one with `ServiceAway` that its whole crew rests for a while.
 */
export type Task<T extends JobDraft["task"]> = (payload: JobPayload<T>, attempt: Attempt) => Promise<void>;

/** Who does which jobs; the compiler checks that none is left out. */
export type Tasks = { readonly [T in JobDraft["task"]]: Task<T> };

/** Workers of their own for each kind of job: a mail server that hangs holds up no build. */
const crews = ["mail", "builds"] as const;
type Crew = (typeof crews)[number];

const crewOf: Record<JobDraft["task"], Crew> = {
  mail_sale: "mail",
  mail_licenses: "mail",
  mail_delivery: "mail",
  build_delivery: "builds",
};

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

export interface JobsOptions {
  /** For nothing else: `jobConnectionsMax` connections are used. */
  readonly pool: JobPool;
  readonly log: Logger;
  readonly tasks: Tasks;
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
export function startJobs({ pool, log, tasks, rest = crewRest }: JobsOptions): Jobs {
  // Without a listener a connection that breaks while it is used would end the process.
  const onConnect = (client: { on(event: "error", listener: () => void): unknown }) => client.on("error", () => {});
  pool.on("connect", onConnect);
  const presence = announcePresence(pool, log, crews.length);
  const stopping = new AbortController();
  const done = Promise.all(
    crews.map((name, index) => {
      const worker = presence.workers[index];
      if (worker === undefined) throw new Error("a crew has no worker");
      const own = Object.entries(tasks).filter(([task]) => crewOf[task as JobDraft["task"]] === name);
      return keepCrew({
        name,
        worker,
        presence,
        pool,
        log,
        tasks: Object.fromEntries(own),
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
