import type { JobQueries } from "../../queries/jobs.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, text, time } from "../table.ts";

const countColumns = columns({
  task: text("task_identifier"),
  waiting: bigint("count(*) filter (where attempts < max_attempts or locked_at is not null)"),
  givenUp: bigint("count(*) filter (where attempts >= max_attempts and locked_at is null)"),
});
const readCounts = query(
  "read_job_counts",
  countColumns,
  `select ${countColumns.sql} from graphile_worker.jobs group by task_identifier order by task_identifier`,
);

const givenUpColumns = columns({
  id: bigint(),
  key: nullable(text()),
  task: text("task_identifier"),
  queuedAtMs: time("created_at"),
  reason: nullable(text("last_error")),
});
const readGivenUp = query(
  "read_given_up_jobs",
  givenUpColumns,
  `select ${givenUpColumns.sql} from graphile_worker.jobs
where attempts >= max_attempts and locked_at is null order by id limit $1`,
);

export function jobQueries(sql: SqlExecutor): JobQueries {
  return {
    counts: () => readCounts(sql),

    async givenUp(limit) {
      const rows = await readGivenUp(sql, limit);
      return rows.map(({ id, key, task, queuedAtMs, reason }) => {
        const [organizationId, number] = key?.split(":").slice(1).map(Number) ?? [];
        return { id, task, organizationId, number, queuedAtMs, reason: reason ?? "" };
      });
    },
  };
}
