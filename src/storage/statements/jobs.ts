import type { JobDraft } from "../../core/job.ts";
import { type Runner, run } from "./statement.ts";

/** How a kind of job waits and is repeated. */
interface Urgency {
  /** Of the jobs that are due, those with the smallest number go first. */
  readonly priority: number;
  /**
   * After the n-th attempt there is a pause of e^n seconds, but never more than e^10 (six hours): 22 attempts reach over
   * 3.2 days.
   */
  readonly attemptsMax: number;
}

const urgencies: Record<JobDraft["task"], Urgency> = {
  mail_sale: { priority: 0, attemptsMax: 22 },
  mail_licenses: { priority: 0, attemptsMax: 22 },
  mail_delivery: { priority: 0, attemptsMax: 22 },
  // Who waits for a build sees that it is prepared: eight attempts take under an hour, then it can be requested anew.
  build_delivery: { priority: 1, attemptsMax: 8 },
};

/** Of a job that is about several entitlements, the first: no two jobs of one task have the same. */
function numberOf(payload: JobNumbers): number {
  if ("saleId" in payload) return payload.saleId;
  return "deliveryId" in payload ? payload.deliveryId : (payload.entitlementIds[0] ?? 0);
}

type JobNumbers =
  | { readonly saleId: number }
  | { readonly deliveryId: number }
  | { readonly entitlementIds: readonly number[] };

/**
 * Queues jobs in the transaction of the runner: they are there if and when it commits, and a worker is told at once. A
 * job holds the organization's number and what the draft names, which is numbers only.
 */
export function insertJobs(runner: Runner, organizationId: number, jobs: readonly JobDraft[]): Promise<unknown> {
  const specifications = jobs.map(({ task, ...payload }) => ({
    identifier: task,
    payload: { organizationId, ...payload },
    priority: urgencies[task].priority,
    max_attempts: urgencies[task].attemptsMax,
    // The queue's own view shows no payloads: this tells there what a job is about.
    job_key: `${task}:${organizationId}:${numberOf(payload)}`,
  }));
  return run(
    runner,
    "insert_jobs",
    `select count(*) from graphile_worker.add_jobs(
       array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`,
    [JSON.stringify(specifications)],
  );
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
