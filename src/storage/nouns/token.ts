import { createHash } from "node:crypto";
import {
  type NumberedToken,
  numberedTokens,
  type OperatorTokens,
  type Token,
  type TokenLimits,
  tokens,
  tokensOf,
} from "../../core/operator.ts";
import { rows } from "../../engine/working-set.ts";
import { cleanUp } from "../clean-up.ts";
import { command, locking, query, type SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, json, nullable, table, text, time } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

/** Tokens are long and random, so a plain hash is enough to make a copy of the table useless. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}

const hash = { tokenHash: bytes() };
const lasting = {
  operatorId: bigint(),
  name: text(),
  limits: nullable(json<TokenLimits>()),
  expiresAtMs: nullable(time()),
};
const revoked = { revokedAtMs: nullable(time()) };

const tokenColumns = columns(table("api_token", { ...hash, ...lasting, ...revoked }).in("t"));
const lockTokens = locking(
  "lock_tokens",
  tokenColumns,
  "t",
  (lock) => `select ${tokenColumns.sql} from api_token t
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) order by t.id ${lock}`,
);

// A token that was revoked or has expired becomes valid again.
const newTable = table("api_token", { ...hash, ...lasting });
const insertTokens = command(
  "insert_tokens",
  `insert into api_token (organization_id, id, ${newTable.names})
select $1::bigint, nextval('api_token_id_seq'), ${newTable.values}
from ${newTable.sent}
on conflict (organization_id, token_hash) do update set revoked_at = null, expires_at = excluded.expires_at,
  name = excluded.name, limits = excluded.limits`,
);

const changedTable = table("api_token", { ...hash, ...revoked });
const updateTokens = command("update_tokens", changedTable.update);

export const storedTokens: StoredNoun<string, Token> = {
  noun: tokens,
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const keys = asked.keys(tokens);
    const byHash = new Map(keys.map((token) => [hashToken(token).toString("hex"), token]));
    const found = await lockTokens[lock](sql, organizationId, keys.map(hashToken));
    return [
      rows(
        tokens,
        found.map(({ tokenHash, ...token }) => ({ ...token, token: byHash.get(tokenHash.toString("hex")) ?? "" })),
      ),
    ];
  },

  *write({ sql, organizationId }, { added, changed }) {
    const hashed = (all: readonly Token[]) => all.map((token) => ({ ...token, tokenHash: hashToken(token.token) }));
    yield* unlessEmpty(added, (all) => insertTokens(sql, organizationId, ...newTable.arrays(hashed(all))));
    yield* unlessEmpty(changed, (all) => updateTokens(sql, organizationId, ...changedTable.arrays(hashed(all))));
  },
};

const numberedTable = table("api_token", {
  id: bigint(),
  operatorId: bigint(),
  expiresAtMs: nullable(time()),
  ...revoked,
});
const numberedColumns = columns(numberedTable.in("t"));
const lockNumbered = locking(
  "lock_numbered_tokens",
  numberedColumns,
  "t",
  (lock) => `select ${numberedColumns.sql} from api_token t
where t.organization_id = $1 and t.id = any($2::bigint[]) order by t.id ${lock}`,
);
const endedTable = table("api_token", { id: bigint(), ...revoked });
const updateNumbered = command("update_numbered_tokens", endedTable.update);

export const storedNumberedTokens: StoredNoun<number, NumberedToken> = {
  noun: numberedTokens,
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    return [rows(numberedTokens, await lockNumbered[lock](sql, organizationId, asked.keys(numberedTokens)))];
  },

  *write({ sql, organizationId }, { changed }) {
    yield* unlessEmpty(changed, (all) => updateNumbered(sql, organizationId, ...endedTable.arrays(all)));
  },
};

/** Of several processes that note it in the same minute, one writes. */
const updateLastUse = command(
  "note_token_use",
  `update api_token set last_used_at = now() where organization_id = $1 and id = $2
  and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
);

/** Notes that a token was used now. */
export function noteTokenUse(sql: SqlExecutor, organizationId: number, id: number): Promise<unknown> {
  return updateLastUse(sql, organizationId, id);
}

/** Counts the tokens of an operator that are neither expired nor revoked. */
const countColumns = columns({
  login: text("o.login"),
  valid: bigint(`(select count(*) from api_token t
  where t.organization_id = $1 and t.operator_id = o.id and t.revoked_at is null
    and (t.expires_at is null or t.expires_at > now()))`),
});
const countTokens = query(
  "count_tokens",
  countColumns,
  `select ${countColumns.sql}
from operator o where o.organization_id = $1 and o.login = any($2::text[])`,
);

/** Revokes every token of these operators. */
const revokeTokensOf = command(
  "revoke_tokens_of",
  `update api_token t set revoked_at = now() from operator o
where t.organization_id = $1 and t.revoked_at is null
  and o.organization_id = $1 and o.id = t.operator_id and o.login = any($2::text[])`,
);

/** The lock of the operator locks its tokens, too. */
export const storedTokensOf: StoredNoun<string, OperatorTokens> = {
  noun: tokensOf,

  async load({ sql, organizationId }, asked) {
    return [rows(tokensOf, await countTokens(sql, organizationId, asked.keys(tokensOf)))];
  },

  *write({ sql, organizationId }, { changed }) {
    yield* unlessEmpty(changed, (all) =>
      revokeTokensOf(
        sql,
        organizationId,
        all.map(({ login }) => login),
      ),
    );
  },
};

// A token ends at the earlier of the two times, or at the one that is set. There is an index on it.
const endsAt = "least(expires_at, revoked_at)";
const deleteEnded = cleanUp("delete_ended_tokens", {
  table: "api_token",
  first: "-infinity",
  oldest: `select ctid, ${endsAt} as key, ${endsAt} < now() as is_over from api_token
  where (expires_at is not null or revoked_at is not null) and ${endsAt} >= $1::timestamptz order by ${endsAt}`,
});

/** Removes tokens that have ended, the oldest first. Resolves with their number. */
export function deleteEndedTokens(sql: SqlExecutor, signal?: AbortSignal): Promise<number> {
  return deleteEnded(sql, [], signal);
}
