import type { OperatorRole } from "../../core/operator.ts";
import { canonicalLogin } from "../../core/operator.ts";
import type { KnownOperator, KnownToken, ListedOperator, OperatorQueries } from "../../queries/operators.ts";
import type { Secrets } from "../secrets.ts";
import { type OnUnreadable, openSettings } from "../statements/organizations.ts";
import { type Runner, run } from "../statements/statement.ts";
import { hashToken } from "../statements/tokens.ts";

export function operatorQueries(runner: Runner, secrets: Secrets, onUnreadable: OnUnreadable): OperatorQueries {
  return {
    byLogin: (organizationId, login) => readOperator(runner, secrets, organizationId, login, onUnreadable),
    byToken: (organizationId, token) => readOperatorByToken(runner, organizationId, token),
    all: (organizationId) => listOperators(runner, organizationId),
  };
}

type OperatorRow = [
  id: number,
  login: string,
  role: OperatorRole,
  passwordHash: string,
  settings: Record<string, unknown> | null,
];

/** An operator that is not disabled, by the login to the letter. */
async function readOperator(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  login: string,
  onUnreadable: OnUnreadable,
): Promise<KnownOperator | undefined> {
  const rows = await run<OperatorRow>(
    runner,
    "read_operator",
    `select o.id, o.login, o.role, o.password_hash,
       (select jsonb_object_agg(s.name, s.value) from operator_setting s
        where s.organization_id = o.organization_id and s.operator_id = o.id)
     from operator o where o.organization_id = $1 and o.login = $2 and o.disabled_at is null`,
    [organizationId, canonicalLogin(login)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const [id, name, role, passwordHash, settings] = row;
  const opened = openSettings(secrets, settings, (setting) => onUnreadable(organizationId, `${setting} of ${name}`));
  return { id, login: name, role, passwordHash, settings: opened };
}

/**
 * A token that was not revoked, of an operator that is not disabled. Whether it has expired is judged by the clock that
 * wrote its end, so that two clocks are never compared.
 */
async function readOperatorByToken(
  runner: Runner,
  organizationId: number,
  token: string,
): Promise<KnownToken | undefined> {
  const rows = await run<[id: number, login: string, role: OperatorRole, expiresAtMs: number | null]>(
    runner,
    "read_operator_by_token",
    `select o.id, o.login, o.role, t.expires_at from api_token t
     join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
     where t.organization_id = $1 and t.token_hash = $2 and t.revoked_at is null and o.disabled_at is null`,
    [organizationId, hashToken(token)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const [id, login, role, expiresAtMs] = row;
  return { operator: { id, login, role }, expiresAtMs };
}

export async function listOperators(runner: Runner, organizationId: number): Promise<ListedOperator[]> {
  const rows = await run<
    [id: number, login: string, role: OperatorRole, createdAtMs: number, disabledAtMs: number | null]
  >(
    runner,
    "list_operators",
    `select id, login, role, created_at, disabled_at from operator where organization_id = $1 order by login`,
    [organizationId],
  );
  return rows.map(([id, login, role, createdAtMs, disabledAtMs]) => ({ id, login, role, createdAtMs, disabledAtMs }));
}
