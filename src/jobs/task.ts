import type { JobLimits } from "../core/job.ts";

/** Workers of their own for each kind of job: a mail server that hangs holds up no build. */
export const crews = ["mail", "builds"] as const;
export type Crew = (typeof crews)[number];

/** What a job holds: the organization, and the draft's subject. */
export type JobPayload<Subject = object> = Subject & { readonly organizationId: number };

/** One of the times that a job is tried. */
export interface Attempt {
  /** Whether the job is given up when this one fails. */
  readonly isLast: boolean;
  /**
   * Aborted when the process stops. A task that rejects with its reason is begun anew by another process, or by the
   * next one, as if there had been no attempt. A task that ignores it is waited for.
   */
  readonly signal: AbortSignal;
}

/**
 * How the jobs of one name are done. `Services` is what the composition gives to `run`; `Subject` is that of the drafts
 * that name this task.
 */
export interface Task<Services = unknown, Subject = object> {
  /** Its name in the queue. It never changes, since jobs of earlier versions wait under it. */
  readonly name: string;
  readonly crew: Crew;
  /** `jobLimitsByDefault` when absent. */
  readonly limits?: JobLimits;
  /**
   * Does a job. A rejection means that it is tried again after a pause, or given up after the last attempt; a rejection
   * with `JobHopeless` that it is given up now, and one with `ServiceAway` that its whole crew rests for a while.
   */
  run(payload: JobPayload<Subject>, attempt: Attempt, services: Services): Promise<void>;
}
