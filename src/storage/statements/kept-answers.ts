import type { Outcome } from "../../core/command.ts";
import { keptAnswerVersion } from "../../engine/idempotency.ts";
import { fromJson, toJson } from "../../engine/plain-json.ts";
import type { AnswerName, KeptAnswer } from "../../engine/store.ts";
import type { Secrets } from "../secrets.ts";
import { inPieces, type PieceRow, toPiece } from "./pieces.ts";
import { type Runner, run } from "./statement.ts";

/** What kept answers are sealed for. */
export const keptAnswerPurpose = "kept answer";

/** Those that were kept by this version of what is kept; others are unknown. */
export async function readAnswers(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  names: readonly AnswerName[],
): Promise<KeptAnswer[]> {
  const rows = await run<[principal: string, key: string, contentHash: Buffer, sealed: Buffer]>(
    runner,
    "read_answers",
    `select a.principal, a.key, a.content_hash, a.answer_sealed
     from kept_answer a join unnest($2::text[], $3::text[]) as n (principal, key) on a.principal = n.principal and a.key = n.key
     where a.organization_id = $1 and a.version = $4`,
    [organizationId, names.map(({ principal }) => principal), names.map(({ key }) => key), keptAnswerVersion],
  );
  return rows.map(([principal, key, contentHash, sealed]) => ({
    principal,
    key,
    contentHash,
    // Sealed by us in this version, so it is what was stored: an outcome.
    outcome: fromJson(secrets.open(sealed, keptAnswerPurpose)) as Outcome,
  }));
}

export function insertAnswers(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  answers: readonly KeptAnswer[],
): Promise<unknown> {
  return run(
    runner,
    "insert_answers",
    `insert into kept_answer (organization_id, version, principal, key, content_hash, answer_sealed)
     select $1::bigint, $2::integer, n.*
     from unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[]) as n (principal, key, content_hash, answer_sealed)
     order by n.principal collate "C", n.key collate "C"`,
    [
      organizationId,
      keptAnswerVersion,
      answers.map(({ principal }) => principal),
      answers.map(({ key }) => key),
      answers.map(({ contentHash }) => contentHash),
      answers.map(({ outcome }) => secrets.seal(toJson(outcome), keptAnswerPurpose)),
    ],
  );
}

/** Forgets answers that were kept for longer than this, the oldest first; resolves with their number. */
export function deleteAnswersOlderThan(runner: Runner, ageMs: number, signal?: AbortSignal): Promise<number> {
  return inPieces(async (after, limit) => {
    const rows = await run<PieceRow>(
      runner,
      `delete_answers ${limit}`,
      // The oldest are taken first and then looked at: with both ends of the time in one condition the planner may sort
      // all that lies between them, for each piece.
      `with oldest as (
         select ctid, created_at, created_at < now() - make_interval(secs => $1) as is_over from kept_answer
         where created_at >= $2::timestamptz order by created_at limit ${limit}
       ), gone as (delete from kept_answer where ctid = any(array(select ctid from oldest where is_over)) returning 1)
       select (select count(*) from gone), max(created_at)::text, count(*) = ${limit} and bool_and(is_over) from oldest`,
      [ageMs / 1000, after ?? "-infinity"],
    );
    return toPiece(rows);
  }, signal);
}
