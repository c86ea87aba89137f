import type { OperatorAccount, OperatorRole, Possessions } from "../../core/operator.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

type AccountRow = [id: number, login: string, role: OperatorRole, passwordHash: string, disabledAtMs: number | null];

/** Loads operators and locks their rows: by login, and if wanted the owners who may act, or all there are. */
export async function lockOperators(
  runner: Runner,
  organizationId: number,
  wanted: { readonly logins: readonly string[]; readonly activeOwners: boolean; readonly everybody: boolean },
  lock: RowLock,
): Promise<OperatorAccount[]> {
  const rows = await run<AccountRow>(
    runner,
    `lock_operators ${lock}`,
    `select o.id, o.login, o.role, o.password_hash, o.disabled_at from operator o
     where o.organization_id = $1
       and (o.login = any($2::text[]) or $3 and o.role = 'owner' and o.disabled_at is null or $4)
     order by o.id ${lockingClause(lock, "o")}`,
    [organizationId, wanted.logins, wanted.activeOwners, wanted.everybody],
  );
  return rows.map(([id, login, role, passwordHash, disabledAtMs]) => ({ id, login, role, passwordHash, disabledAtMs }));
}

export function insertOperators(
  runner: Runner,
  organizationId: number,
  operators: readonly OperatorAccount[],
): Promise<unknown> {
  return run(
    runner,
    "insert_operators",
    `insert into operator (organization_id, id, login, password_hash, role, disabled_at)
     select $1::bigint, n.id, n.login, n.password_hash, n.role, to_timestamp(n.disabled_at)
     from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[])
       as n (id, login, password_hash, role, disabled_at)
     order by n.login collate "C"`,
    [organizationId, ...columnsOf(operators)],
  );
}

/** Writes what can change of operators: password, role, and whether they may act. */
export function updateOperators(
  runner: Runner,
  organizationId: number,
  operators: readonly OperatorAccount[],
): Promise<unknown> {
  return run(
    runner,
    "update_operators",
    `update operator o set password_hash = n.password_hash, role = n.role, disabled_at = to_timestamp(n.disabled_at)
     from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[])
       as n (id, login, password_hash, role, disabled_at)
     where o.organization_id = $1 and o.id = n.id`,
    [organizationId, ...columnsOf(operators)],
  );
}

function columnsOf(operators: readonly OperatorAccount[]): readonly unknown[] {
  return [
    operators.map(({ id }) => id),
    operators.map(({ login }) => login),
    operators.map(({ passwordHash }) => passwordHash),
    operators.map(({ role }) => role),
    operators.map(({ disabledAtMs }) => seconds(disabledAtMs)),
  ];
}

/** Removes operators with their tokens and settings. */
export function deleteOperators(runner: Runner, organizationId: number, logins: readonly string[]): Promise<unknown> {
  return run(
    runner,
    "delete_operators",
    "delete from operator where organization_id = $1 and login = any($2::text[])",
    [organizationId, logins],
  );
}

export async function readPossessions(
  runner: Runner,
  organizationId: number,
  logins: readonly string[],
): Promise<Possessions[]> {
  const rows = await run<[login: string, isEmpty: boolean]>(
    runner,
    "read_possessions",
    `select o.login,
       not exists (select from product p where p.organization_id = $1 and p.owner_operator_id = o.id)
         and not exists (select from customer c where c.organization_id = $1 and c.owner_operator_id = o.id)
     from operator o where o.organization_id = $1 and o.login = any($2::text[])`,
    [organizationId, logins],
  );
  return rows.map(([login, isEmpty]) => ({ login, isEmpty }));
}
