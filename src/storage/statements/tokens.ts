import { createHash } from "node:crypto";
import type { OperatorTokens, Token } from "../../core/operator.ts";
import { inPieces, type PieceRow, toPiece } from "./pieces.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

/** Makes tokens known, also such as were known before and have ended; one without an end holds until it is revoked. */
export function insertTokens(runner: Runner, organizationId: number, tokens: readonly Token[]): Promise<unknown> {
  return run(
    runner,
    "insert_tokens",
    `insert into api_token (organization_id, id, operator_id, token_hash, expires_at)
     select $1::bigint, nextval('api_token_id_seq'), n.operator_id, n.hash, to_timestamp(n.expires_at)
     from unnest($2::bigint[], $3::bytea[], $4::float8[]) as n (operator_id, hash, expires_at)
     on conflict (organization_id, token_hash) do update set revoked_at = null, expires_at = excluded.expires_at`,
    [
      organizationId,
      tokens.map(({ operatorId }) => operatorId),
      tokens.map(({ token }) => hashToken(token)),
      tokens.map(({ expiresAtMs }) => seconds(expiresAtMs)),
    ],
  );
}

/** Loads tokens and locks their rows. */
export async function lockTokens(
  runner: Runner,
  organizationId: number,
  tokens: readonly string[],
  lock: RowLock,
): Promise<Token[]> {
  const byHash = new Map(tokens.map((token) => [hashToken(token).toString("hex"), token]));
  const rows = await run<[hash: Buffer, operatorId: number, expiresAtMs: number | null, revokedAtMs: number | null]>(
    runner,
    `lock_tokens ${lock}`,
    `select t.token_hash, t.operator_id, t.expires_at, t.revoked_at from api_token t
     where t.organization_id = $1 and t.token_hash = any($2::bytea[]) order by t.id ${lockingClause(lock, "t")}`,
    [organizationId, tokens.map(hashToken)],
  );
  return rows.map(([hash, operatorId, expiresAtMs, revokedAtMs]) => {
    return { operatorId, token: byHash.get(hash.toString("hex")) ?? "", expiresAtMs, revokedAtMs };
  });
}

/** Writes what can change of tokens: whether they were revoked. */
export function updateTokens(runner: Runner, organizationId: number, tokens: readonly Token[]): Promise<unknown> {
  return run(
    runner,
    "update_tokens",
    `update api_token t set revoked_at = to_timestamp(n.revoked_at)
     from unnest($2::bytea[], $3::float8[]) as n (hash, revoked_at)
     where t.organization_id = $1 and t.token_hash = n.hash`,
    [
      organizationId,
      tokens.map(({ token }) => hashToken(token)),
      tokens.map(({ revokedAtMs }) => seconds(revokedAtMs)),
    ],
  );
}

/** How many tokens of each of these operators neither have ended nor were revoked. */
export async function countTokens(
  runner: Runner,
  organizationId: number,
  logins: readonly string[],
): Promise<OperatorTokens[]> {
  const rows = await run<[login: string, valid: number]>(
    runner,
    "count_tokens",
    `select o.login,
       (select count(*) from api_token t
        where t.organization_id = $1 and t.operator_id = o.id and t.revoked_at is null
          and (t.expires_at is null or t.expires_at > now()))
     from operator o where o.organization_id = $1 and o.login = any($2::text[])`,
    [organizationId, logins],
  );
  return rows.map(([login, valid]) => ({ login, valid }));
}

/** Revokes every token of these operators. */
export function revokeTokensOf(runner: Runner, organizationId: number, logins: readonly string[]): Promise<unknown> {
  return run(
    runner,
    "revoke_tokens_of",
    `update api_token t set revoked_at = now() from operator o
     where t.organization_id = $1 and t.revoked_at is null
       and o.organization_id = $1 and o.id = t.operator_id and o.login = any($2::text[])`,
    [organizationId, logins],
  );
}

/** Removes tokens that have ended, the oldest first; resolves with their number. */
export function deleteEndedTokens(runner: Runner, signal?: AbortSignal): Promise<number> {
  return inPieces(async (after, limit) => {
    const rows = await run<PieceRow>(
      runner,
      `delete_ended_tokens ${limit}`,
      // The least of the two is when it ends, or the one that there is; by that there is an index.
      `with oldest as (
         select ctid, least(expires_at, revoked_at) as ends_at, least(expires_at, revoked_at) < now() as is_over from api_token
         where (expires_at is not null or revoked_at is not null) and least(expires_at, revoked_at) >= $1::timestamptz
         order by least(expires_at, revoked_at) limit ${limit}
       ), gone as (delete from api_token where ctid = any(array(select ctid from oldest where is_over)) returning 1)
       select (select count(*) from gone), max(ends_at)::text, count(*) = ${limit} and bool_and(is_over) from oldest`,
      [after ?? "-infinity"],
    );
    return toPiece(rows);
  }, signal);
}

/** Tokens are long and random, so a plain hash is enough to make a copy of the table useless. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
