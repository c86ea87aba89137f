import { canonicalLogin, type OperatorRole } from "../../core/operator.ts";
import type { OperatorQueries } from "../../queries/operators.ts";
import { type OnUnreadable, openSettings } from "../nouns/setting.ts";
import { hashToken } from "../nouns/token.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, raw, text, time } from "../table.ts";

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

const tokenColumns = columns({ ...named, expiresAtMs: nullable(time("t.expires_at")) });
const readOperatorByToken = query(
  "read_operator_by_token",
  tokenColumns,
  `select ${tokenColumns.sql} from api_token t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
where t.organization_id = $1 and t.token_hash = $2 and t.revoked_at is null and o.disabled_at is null`,
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
    async byToken(organizationId, token) {
      const [row] = await readOperatorByToken(sql, organizationId, hashToken(token));
      if (row === undefined) return undefined;
      const { id, login, role, expiresAtMs } = row;
      return { operator: { id, login, role }, expiresAtMs };
    },

    all: (organizationId) => listOperators(sql, organizationId),
  };
}
