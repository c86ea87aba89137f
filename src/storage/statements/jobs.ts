import { type JobDraft, type JobLimits, jobLimitsByDefault } from "../../core/job.ts";
import { bigint, columns } from "../table.ts";
import { command, query, type Runner } from "./statement.ts";

/** The number that names a job among those of its task. */
function numberOf({ subject }: JobDraft): number {
  const [first] = Object.values(subject).flat();
  if (first === undefined) throw new Error("a job is about nothing");
  return first;
}

const addJobs = command(
  "insert_jobs",
  `select count(*) from graphile_worker.add_jobs(
  array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`,
);

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
  return addJobs(runner, JSON.stringify(specifications));
}

const retried = columns({ id: bigint("r.id") });
const retryGivenUp = query(
  "retry_given_up_jobs",
  retried,
  `select ${retried.sql} from graphile_worker.reschedule_jobs(
  array(select id from graphile_worker.jobs
    where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null),
  run_at := now(), attempts := 0) as r`,
);

/** Lets jobs that were given up begin anew; answers how many of these there were. */
export async function retryGivenUpJobs(runner: Runner, ids: readonly number[]): Promise<number> {
  return (await retryGivenUp(runner, ids)).length;
}
