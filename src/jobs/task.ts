import type { JobLimits } from "../core/job.ts";

/** Each kind of job has its own workers, so that a mail server that hangs holds up no build. */
export const crews = ["mail", "builds"] as const;
export type Crew = (typeof crews)[number];

/** The data of a job: the organization, and the draft's subject. */
export type JobPayload<Subject = object> = Subject & { readonly organizationId: number };

/** One attempt at a job. */
export interface Attempt {
  /** Whether the job is given up when this attempt fails. */
  readonly isLast: boolean;
  /**
   * Aborted when the process stops. If a task rejects with the signal's reason, another process or the next one starts
   * the job again, and the attempt does not count. The stop waits for a task that ignores the signal.
   */
  readonly signal: AbortSignal;
}

/**
 * Defines the jobs of one name. The composition gives `Services` to `run`. `Subject` is the subject of the drafts that
 * name this task.
 */
export interface Task<Services = unknown, Subject = object> {
  /** Its name in the queue. It never changes, since jobs of earlier versions wait under it. */
  readonly name: string;
  readonly crew: Crew;
  /** `jobLimitsByDefault` when absent. */
  readonly limits?: JobLimits;
  /**
   * Runs a job. After a rejection the job is tried again after a pause, or given up after the last attempt. After a
   * rejection with `JobHopeless` it is given up at once. After one with `ServiceAway` its whole crew rests for a while.
   */
  run(payload: JobPayload<Subject>, attempt: Attempt, services: Services): Promise<void>;
}
