import { noun } from "./state.ts";

/** Work that is done after the commit, as often as it takes. */
export interface JobDraft {
  /** The name of the task that does it. */
  readonly task: string;
  /**
   * What it is about: numbers only, so that no secret waits in a queue. The first of them names the job, so no two jobs
   * of one task may share it.
   */
  readonly subject: Readonly<Record<string, number | readonly number[]>>;
}

/** How the jobs of one task wait and are repeated. */
export interface JobLimits {
  /** Of the jobs that are due, those with the smallest number go first. */
  readonly priority: number;
  /**
   * After the n-th attempt there is a pause of e^n seconds, but never more than e^10 (six hours): 22 attempts reach over
   * 3.2 days, eight take under an hour.
   */
  readonly attemptsMax: number;
}

/** The limits of a task that names none. */
export const jobLimitsByDefault: JobLimits = { priority: 0, attemptsMax: 22 };

/** Jobs to be queued. They are only ever added. */
export const jobs = noun<JobDraft, JobDraft>({ name: "job", keyOf: (job) => job });
