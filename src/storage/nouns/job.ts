import { type JobDraft, type JobLimits, jobLimitsByDefault, jobs } from "../../core/job.ts";
import { command, type SqlExecutor } from "../statement.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

const addJobs = command(
  "insert_jobs",
  `select count(*) from graphile_worker.add_jobs(
  array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`,
);

/**
 * Queues jobs in the transaction of the sql: they are there if and when it commits, and a worker is told at once. A job
 * holds the organization's number and the subject of its draft. `limits` are by the name of the task; a task that is
 * not among them has `jobLimitsByDefault`.
 */
export function insertJobs(
  sql: SqlExecutor,
  organizationId: number,
  drafts: readonly JobDraft[],
  limits: ReadonlyMap<string, JobLimits> = new Map(),
): Promise<unknown> {
  const specifications = drafts.map((job) => {
    const { priority, attemptsMax } = limits.get(job.task) ?? jobLimitsByDefault;
    return {
      identifier: job.task,
      payload: { organizationId, ...job.subject },
      priority,
      max_attempts: attemptsMax,
      // The view of the queue shows no payloads: the key tells the subject there.
      job_key: `${job.task}:${organizationId}:${numberOf(job)}`,
    };
  });
  return addJobs(sql, JSON.stringify(specifications));
}

/** The number that names a job among the jobs of its task. */
function numberOf({ subject }: JobDraft): number {
  const [first] = Object.values(subject).flat();
  if (first === undefined) throw new Error("a job is about nothing");
  return first;
}

export const storedJobs: StoredNoun<JobDraft, JobDraft> = {
  noun: jobs,

  *write({ sql, organizationId, jobLimits }, changes) {
    yield insertJobs(sql, organizationId, onlyAdded(jobs, changes), jobLimits);
  },
};
