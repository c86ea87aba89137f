import { createHash } from "node:crypto";
import type { NewToken } from "../../core/operator.ts";
import { cleanUp } from "./pieces.ts";
import { type Runner, run, seconds } from "./statement.ts";

/** Makes tokens known, also such as were known before and have ended; one without an end holds until it is revoked. */
export function insertTokens(runner: Runner, organizationId: number, tokens: readonly NewToken[]): Promise<unknown> {
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

/** Ends one token; resolves with whether it was valid. */
export async function revokeToken(runner: Runner, organizationId: number, token: string): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "revoke_token",
    `update api_token set revoked_at = now()
     where organization_id = $1 and token_hash = $2 and revoked_at is null and (expires_at is null or expires_at > now())
     returning id`,
    [organizationId, hashToken(token)],
  );
  return rows.length > 0;
}

/** Ends every token of an operator; resolves with how many were valid. */
export async function revokeTokensOf(runner: Runner, organizationId: number, login: string): Promise<number> {
  const rows = await run<[id: number]>(
    runner,
    "revoke_tokens_of",
    `update api_token t set revoked_at = now()
     from operator o
     where t.organization_id = $1 and o.organization_id = $1 and o.id = t.operator_id and o.login = $2
       and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
     returning t.id`,
    [organizationId, login.normalize("NFC")],
  );
  return rows.length;
}

// The least of the two is when it ends, or the one that there is; by that there is an index.
const deleteEnded = cleanUp(
  "delete_ended_tokens",
  "-infinity",
  (limit) => `with oldest as (
  select ctid, least(expires_at, revoked_at) as ends_at, least(expires_at, revoked_at) < now() as is_over from api_token
  where (expires_at is not null or revoked_at is not null) and least(expires_at, revoked_at) >= $1::timestamptz
  order by least(expires_at, revoked_at) limit ${limit}
), gone as (delete from api_token where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(ends_at)::text as last,
  count(*) = ${limit} and bool_and(is_over) as goes_on
from oldest`,
);

/** Removes tokens that have ended, the oldest first; resolves with their number. */
export function deleteEndedTokens(runner: Runner, signal?: AbortSignal): Promise<number> {
  return deleteEnded(runner, [], signal);
}

/** Tokens are long and random, so a plain hash is enough to make a copy of the table useless. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
