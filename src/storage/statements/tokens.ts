import { createHash } from "node:crypto";
import type { NewToken } from "../../core/operator.ts";
import { type Runner, run, seconds } from "./statement.ts";

/** Makes tokens known; one without an end holds until it is revoked. */
export function insertTokens(runner: Runner, organizationId: number, tokens: readonly NewToken[]): Promise<unknown> {
  return run(
    runner,
    "insert_tokens",
    `insert into api_token (organization_id, id, operator_id, token_hash, expires_at)
     select $1::bigint, nextval('api_token_id_seq'), n.operator_id, n.hash, to_timestamp(n.expires_at)
     from unnest($2::bigint[], $3::bytea[], $4::float8[]) as n (operator_id, hash, expires_at)
     on conflict do nothing`,
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

/** Removes tokens that have ended; resolves with their number. */
export async function deleteEndedTokens(runner: Runner): Promise<number> {
  const rows = await run<[count: number]>(
    runner,
    "delete_ended_tokens",
    `with gone as (delete from api_token where expires_at < now() or revoked_at is not null returning 1)
     select count(*) from gone`,
    [],
  );
  return rows[0]?.[0] ?? 0;
}

/** Tokens are long and random, so a plain hash is enough to make a copy of the table useless. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
