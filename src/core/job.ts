import { noun } from "./state.ts";

/** Work that is done after the commit and repeated until it succeeds. */
export interface JobDraft {
  /** The name of its task. */
  readonly task: string;
  /**
   * The subject in numbers only, so that no secret waits in a queue. The first number names the job: no two jobs of one
   * task in one batch may share it, and a later one takes the place of one that waits.
   */
  readonly subject: Readonly<Record<string, number | readonly number[]>>;
}

/** How the jobs of one task wait and are repeated. */
export interface JobLimits {
  /** Of the jobs that are due, the smallest number goes first. */
  readonly priority: number;
  /**
   * After the n-th attempt there is a pause of e^n seconds, but never more than e^10 (six hours): 22 attempts reach
   * over 3.2 days, eight take under an hour.
   */
  readonly attemptsMax: number;
}

/** The limits of a task that names none. */
export const jobLimitsByDefault: JobLimits = { priority: 0, attemptsMax: 22 };

/** Jobs to be queued. They are only ever added. */
export const jobs = noun<JobDraft, JobDraft>({ name: "job", keyOf: (job) => job });
