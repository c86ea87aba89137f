import type { JobQueries } from "../../queries/jobs.ts";
import { type Runner, run } from "../statements/statement.ts";

export function jobQueries(runner: Runner): JobQueries {
  return {
    async counts() {
      const rows = await run<[task: string, waiting: number, givenUp: number]>(
        runner,
        "read_job_counts",
        `select task_identifier, count(*) filter (where attempts < max_attempts or locked_at is not null),
           count(*) filter (where attempts >= max_attempts and locked_at is null)
         from graphile_worker.jobs group by task_identifier order by task_identifier`,
        [],
      );
      return rows.map(([task, waiting, givenUp]) => ({ task, waiting, givenUp }));
    },

    async givenUp(limit) {
      const rows = await run<[id: number, key: string | null, task: string, queuedAtMs: number, reason: string | null]>(
        runner,
        "read_given_up_jobs",
        `select id, key, task_identifier, created_at, last_error from graphile_worker.jobs
         where attempts >= max_attempts and locked_at is null order by id limit $1`,
        [limit],
      );
      return rows.map(([id, key, task, queuedAtMs, reason]) => {
        const [organizationId, number] = key?.split(":").slice(1).map(Number) ?? [];
        return { id, task, organizationId, number, queuedAtMs, reason: reason ?? "" };
      });
    },
  };
}
