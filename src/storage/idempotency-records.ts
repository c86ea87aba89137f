import type { Outcome } from "../core/command.ts";
import { idempotencyRecordVersion } from "../engine/idempotency.ts";
import { fromJson, toJson } from "../engine/plain-json.ts";
import type { IdempotencyName, IdempotencyRecord } from "../engine/store.ts";
import { cleanUp } from "./clean-up.ts";
import type { Secrets } from "./secrets.ts";
import { command, query, type SqlExecutor } from "./statement.ts";
import { bytes, columns, integer, sent, table, text } from "./table.ts";

/** The purpose for which kept answers are sealed. */
export const keptAnswerPurpose = "kept answer";

const named = { principal: text(), key: text() };
const kept = { ...named, contentHash: bytes(), answerSealed: bytes() };

const answerColumns = columns(table("kept_answer", kept).in("a"));
const names = sent(named, 3);
const read = query(
  "read_answers",
  answerColumns,
  `select ${answerColumns.sql}
from kept_answer a join ${names.sql} on a.principal = n.principal and a.key = n.key
where a.organization_id = $1 and a.version = $2`,
);

/** Reads the records that were kept in the current version; records of other versions count as unknown. */
export async function readIdempotencyRecords(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  asked: readonly IdempotencyName[],
): Promise<IdempotencyRecord[]> {
  const rows = await read(sql, organizationId, idempotencyRecordVersion, ...names.arrays(asked));
  return rows.map(({ principal, key, contentHash, answerSealed }) => ({
    principal,
    key,
    contentHash,
    // It was sealed by this version, so it is an outcome.
    outcome: fromJson(secrets.open(answerSealed, keptAnswerPurpose)) as Outcome,
  }));
}

const answerTable = table("kept_answer", { version: integer(), ...kept });
const insert = command(
  "insert_answers",
  `${answerTable.insert}
order by n.principal collate "C", n.key collate "C"`,
);

export function insertIdempotencyRecords(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  answers: readonly IdempotencyRecord[],
): Promise<unknown> {
  const rows = answers.map(({ principal, key, contentHash, outcome }) => ({
    version: idempotencyRecordVersion,
    principal,
    key,
    contentHash,
    answerSealed: secrets.seal(toJson(outcome), keptAnswerPurpose),
  }));
  return insert(sql, organizationId, ...answerTable.arrays(rows));
}

// The oldest rows are taken first and their age is tested then. With both bounds in one condition the planner may sort
// all rows between the bounds, for each piece.
const deleteAnswers = cleanUp(
  "delete_answers",
  "-infinity",
  (limit) => `with oldest as (
  select ctid, created_at, created_at < now() - make_interval(secs => $1) as is_over from kept_answer
  where created_at >= $2::timestamptz order by created_at limit ${limit}
), gone as (delete from kept_answer where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(created_at)::text as last,
  count(*) = ${limit} and bool_and(is_over) as goes_on
from oldest`,
);

/** Deletes records that are older than this, the oldest first. Resolves with their number. */
export function deleteAnswersOlderThan(sql: SqlExecutor, ageMs: number, signal?: AbortSignal): Promise<number> {
  return deleteAnswers(sql, [ageMs / 1000], signal);
}
