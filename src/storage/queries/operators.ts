import { canonicalLogin, type OperatorRole, type TokenLimits } from "../../core/operator.ts";
import type { KnownToken, OperatorQueries } from "../../queries/operators.ts";
import { type OnUnreadable, openSettings } from "../nouns/setting.ts";
import { hashToken } from "../nouns/token.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, json, nullable, raw, text, time } from "../table.ts";
import { organizationLoader } from "./batch-loader.ts";
import { pageQuery, readPage } from "./pages.ts";

const named = { id: bigint("o.id"), login: text("o.login"), role: text<OperatorRole>("o.role") };

const operatorColumns = columns({
  ...named,
  passwordHash: text("o.password_hash"),
  settings: nullable(
    raw<Record<string, unknown>>(
      `(select jsonb_object_agg(s.name, s.value) from operator_setting s
  where s.organization_id = o.organization_id and s.operator_id = o.id)`,
    ),
  ),
});
const readOperator = query(
  "read_operator",
  operatorColumns,
  `select ${operatorColumns.sql}
from operator o where o.organization_id = $1 and o.login = $2 and o.disabled_at is null`,
);

const tokenColumns = columns({
  hash: text("encode(t.token_hash, 'hex')"),
  id: bigint("t.id"),
  operator: columns(named),
  limits: nullable(json<TokenLimits>("t.limits")),
  expiresAtMs: nullable(time("t.expires_at")),
});
const readTokens = query(
  "read_tokens",
  tokenColumns,
  `select ${tokenColumns.sql} from api_token t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
where t.organization_id = $1 and t.token_hash = any($2::bytea[]) and t.revoked_at is null and o.disabled_at is null`,
);

const listedTokenColumns = columns({
  id: bigint("t.id"),
  operatorId: bigint("t.operator_id"),
  login: text("o.login"),
  name: text("t.name"),
  limits: nullable(json<TokenLimits>("t.limits")),
  createdAtMs: time("t.created_at"),
  expiresAtMs: nullable(time("t.expires_at")),
  revokedAtMs: nullable(time("t.revoked_at")),
  lastUsedAtMs: nullable(time("t.last_used_at")),
});
const pageTokens = pageQuery(
  "page_tokens",
  listedTokenColumns,
  `select ${listedTokenColumns.sql} from api_token t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
where t.organization_id = $1 and t.id > $2
order by t.id`,
);

const listedColumns = columns({
  ...named,
  createdAtMs: time("o.created_at"),
  disabledAtMs: nullable(time("o.disabled_at")),
});
const listOperators = query(
  "list_operators",
  listedColumns,
  `select ${listedColumns.sql} from operator o where o.organization_id = $1 order by o.login`,
);

export function operatorQueries(sql: SqlExecutor, secrets: Secrets, onUnreadable: OnUnreadable): OperatorQueries {
  return {
    async byLogin(organizationId, anyLogin) {
      const [row] = await readOperator(sql, organizationId, canonicalLogin(anyLogin));
      if (row === undefined) return undefined;
      const { id, login, role, passwordHash } = row;
      const settings = openSettings(secrets, row.settings, (setting) =>
        onUnreadable(organizationId, `${setting} of ${login}`),
      );
      return { id, login, role, passwordHash, settings };
    },

    // The clock that wrote the end of a token judges whether it has expired, so that two clocks are never compared.
    byToken: organizationLoader<string, KnownToken>(async (organizationId, tokens) => {
      const found = await readTokens(sql, organizationId, tokens.map(hashToken));
      const byHash = new Map(found.map(({ hash, ...token }) => [hash, token]));
      return new Map(
        tokens.flatMap((token) => {
          const known = byHash.get(hashToken(token).toString("hex"));
          return known === undefined ? [] : [[token, known]];
        }),
      );
    }),

    tokens: (organizationId, page) =>
      readPage(sql, page, {
        statement: pageTokens,
        values: [organizationId, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),

    all: (organizationId) => listOperators(sql, organizationId),
  };
}
