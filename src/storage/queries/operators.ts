import { canonicalLogin, type OperatorRole } from "../../core/operator.ts";
import type { OperatorQueries } from "../../queries/operators.ts";
import type { Secrets } from "../secrets.ts";
import { type OnUnreadable, openSettings } from "../statements/organizations.ts";
import { type Runner, run } from "../statements/statement.ts";
import { hashToken } from "../statements/tokens.ts";

type OperatorRow = [
  id: number,
  login: string,
  role: OperatorRole,
  passwordHash: string,
  settings: Record<string, unknown> | null,
];
type ListedRow = [id: number, login: string, role: OperatorRole, createdAtMs: number, disabledAtMs: number | null];

export function operatorQueries(runner: Runner, secrets: Secrets, onUnreadable: OnUnreadable): OperatorQueries {
  return {
    async byLogin(organizationId, login) {
      const [row] = await run<OperatorRow>(
        runner,
        "read_operator",
        `select o.id, o.login, o.role, o.password_hash,
           (select jsonb_object_agg(s.name, s.value) from operator_setting s
            where s.organization_id = o.organization_id and s.operator_id = o.id)
         from operator o where o.organization_id = $1 and o.login = $2 and o.disabled_at is null`,
        [organizationId, canonicalLogin(login)],
      );
      if (row === undefined) return undefined;
      const [id, name, role, passwordHash, stored] = row;
      const settings = openSettings(secrets, stored, (setting) =>
        onUnreadable(organizationId, `${setting} of ${name}`),
      );
      return { id, login: name, role, passwordHash, settings };
    },

    // The clock that wrote the end of a token judges whether it has expired, so that two clocks are never compared.
    async byToken(organizationId, token) {
      const [row] = await run<[id: number, login: string, role: OperatorRole, expiresAtMs: number | null]>(
        runner,
        "read_operator_by_token",
        `select o.id, o.login, o.role, t.expires_at from api_token t
         join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
         where t.organization_id = $1 and t.token_hash = $2 and t.revoked_at is null and o.disabled_at is null`,
        [organizationId, hashToken(token)],
      );
      if (row === undefined) return undefined;
      const [id, knownLogin, role, expiresAtMs] = row;
      return { operator: { id, login: knownLogin, role }, expiresAtMs };
    },

    async all(organizationId) {
      const rows = await run<ListedRow>(
        runner,
        "list_operators",
        "select id, login, role, created_at, disabled_at from operator where organization_id = $1 order by login",
        [organizationId],
      );
      return rows.map(([id, login, role, createdAtMs, disabledAtMs]) => ({
        id,
        login,
        role,
        createdAtMs,
        disabledAtMs,
      }));
    },
  };
}
