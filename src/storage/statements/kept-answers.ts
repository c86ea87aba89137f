import type { Outcome } from "../../core/command.ts";
import { fromJson, toJson } from "../../engine/plain-json.ts";
import type { AnswerName, KeptAnswer } from "../../engine/store.ts";
import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "./statement.ts";

/** What kept answers are sealed for. */
export const keptAnswerPurpose = "kept answer";

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
     where a.organization_id = $1`,
    [organizationId, names.map(({ principal }) => principal), names.map(({ key }) => key)],
  );
  return rows.map(([principal, key, contentHash, sealed]) => ({
    principal,
    key,
    contentHash,
    // Sealed by us, so it is what was stored: an outcome.
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
    `insert into kept_answer (organization_id, principal, key, content_hash, answer_sealed)
     select $1::bigint, n.* from unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[]) as n`,
    [
      organizationId,
      answers.map(({ principal }) => principal),
      answers.map(({ key }) => key),
      answers.map(({ contentHash }) => contentHash),
      answers.map(({ outcome }) => secrets.seal(toJson(outcome), keptAnswerPurpose)),
    ],
  );
}

/** Forgets answers that were kept for longer than this; resolves with their number. */
export async function deleteAnswersOlderThan(runner: Runner, ageMs: number): Promise<number> {
  const rows = await run<[count: number]>(
    runner,
    "delete_answers",
    `with gone as (delete from kept_answer where created_at < now() - make_interval(secs => $1) returning 1)
     select count(*) from gone`,
    [ageMs / 1000],
  );
  return rows[0]?.[0] ?? 0;
}
