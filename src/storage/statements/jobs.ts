import { type JobDraft, type JobLimits, jobLimitsByDefault } from "../../core/job.ts";
import type { GivenUpJob, JobCount } from "../../engine/administration.ts";
import { type Runner, run } from "./statement.ts";

/** The number that names a job among those of its task. */
function numberOf({ subject }: JobDraft): number {
  const [first] = Object.values(subject).flat();
  if (first === undefined) throw new Error("a job is about nothing");
  return first;
}

/**
 * Queues jobs in the transaction of the runner: they are there if and when it commits, and a worker is told at once. A
 * job holds the organization's number and the subject of its draft. `limits` are by the name of the task; a task that is
 * not among them has `jobLimitsByDefault`.
 */
export function insertJobs(
  runner: Runner,
  organizationId: number,
  jobs: readonly JobDraft[],
  limits: ReadonlyMap<string, JobLimits> = new Map(),
): Promise<unknown> {
  const specifications = jobs.map((job) => {
    const { priority, attemptsMax } = limits.get(job.task) ?? jobLimitsByDefault;
    return {
      identifier: job.task,
      payload: { organizationId, ...job.subject },
      priority,
      max_attempts: attemptsMax,
      // The queue's own view shows no payloads: this tells there what a job is about.
      job_key: `${job.task}:${organizationId}:${numberOf(job)}`,
    };
  });
  return run(
    runner,
    "insert_jobs",
    `select count(*) from graphile_worker.add_jobs(
       array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`,
    [JSON.stringify(specifications)],
  );
}

/** How many jobs of each task wait or are under way, and how many were given up. */
export async function readJobCounts(runner: Runner): Promise<JobCount[]> {
  const rows = await run<[task: string, waiting: number, givenUp: number]>(
    runner,
    "read_job_counts",
    `select task_identifier, count(*) filter (where attempts < max_attempts or locked_at is not null),
       count(*) filter (where attempts >= max_attempts and locked_at is null)
     from graphile_worker.jobs group by task_identifier order by task_identifier`,
    [],
  );
  return rows.map(([task, waiting, givenUp]) => ({ task, waiting, givenUp }));
}

/** Jobs that were given up, the oldest first. */
export async function readGivenUpJobs(runner: Runner, limit: number): Promise<GivenUpJob[]> {
  const rows = await run<[id: number, key: string | null, task: string, queuedAtMs: number, reason: string | null]>(
    runner,
    "read_given_up_jobs",
    `select id, key, task_identifier, created_at, last_error from graphile_worker.jobs
     where attempts >= max_attempts and locked_at is null order by id limit $1`,
    [limit],
  );
  return rows.map(([id, key, task, queuedAtMs, reason]) => {
    const about = key?.split(":").slice(1).map(Number) ?? [];
    return { id, task, organizationId: about[0], number: about[1], queuedAtMs, reason: reason ?? "" };
  });
}

/** Lets jobs that were given up begin anew; answers how many of these there were. */
export async function retryGivenUpJobs(runner: Runner, ids: readonly number[]): Promise<number> {
  const rows = await run(
    runner,
    "retry_given_up_jobs",
    `select r.id from graphile_worker.reschedule_jobs(
       array(select id from graphile_worker.jobs
         where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null),
       run_at := now(), attempts := 0) as r`,
    [ids],
  );
  return rows.length;
}
