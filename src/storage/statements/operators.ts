import type { OperatorRole } from "../../core/operator.ts";
import { type Runner, run } from "./statement.ts";

/** Logins are kept and compared with their accents composed. */
export function keptLogin(login: string): string {
  return login.normalize("NFC");
}

/**
 * Makes an operator, or gives an existing one of this login the password and the role; tokens that were given for the
 * old password end with it. Resolves with its number.
 */
export async function writeOperator(
  runner: Runner,
  organizationId: number,
  operator: { login: string; passwordHash: string; role: OperatorRole },
): Promise<number> {
  const rows = await run<[id: number]>(
    runner,
    "write_operator",
    `with written as (
       insert into operator (organization_id, id, login, password_hash, role)
       values ($1, nextval('operator_id_seq'), $2, $3, $4)
       on conflict (organization_id, login) do update set password_hash = excluded.password_hash, role = excluded.role
       returning id
     ), ended as (
       update api_token t set revoked_at = now() from written w
       where t.organization_id = $1 and t.operator_id = w.id and t.revoked_at is null
     )
     select id from written`,
    [organizationId, keptLogin(operator.login), operator.passwordHash, operator.role],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an operator was written but not returned");
  return row[0];
}

/** Makes an operator if the organization has none; the lock on the organization's row lets one process at a time try. */
export async function insertFirstOperator(
  runner: Runner,
  organizationId: number,
  operator: { login: string; passwordHash: string; role: OperatorRole },
): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "insert_first_operator",
    `with one_at_a_time as (select id from organization where id = $1 for update)
     insert into operator (organization_id, id, login, password_hash, role)
     select o.id, nextval('operator_id_seq'), $2, $3, $4 from one_at_a_time o
     where not exists (select from operator where organization_id = $1)
     on conflict (organization_id, login) do nothing
     returning id`,
    [organizationId, keptLogin(operator.login), operator.passwordHash, operator.role],
  );
  return rows.length > 0;
}

/** Keeps somebody who may do everything: an owner may go only as long as another one is there. */
const anotherOwner = `(o.role <> 'owner' or o.disabled_at is not null or exists (
  select from operator other where other.organization_id = $1 and other.login <> $2 and other.role = 'owner'
    and other.disabled_at is null))`;

/** Whoever owns something stays a reseller: nobody else would see it. */
const ownsNothing = `not exists (select from product p where p.organization_id = $1 and p.owner_operator_id = o.id)
  and not exists (select from customer c where c.organization_id = $1 and c.owner_operator_id = o.id)`;

/** Shuts an operator out, with all tokens, or lets it in again; resolves with whether that was allowed. */
export async function writeOperatorDisabled(
  runner: Runner,
  organizationId: number,
  login: string,
  isDisabled: boolean,
): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "write_operator_disabled",
    `with written as (
       update operator o set disabled_at = case when $3 then coalesce(o.disabled_at, now()) end
       where o.organization_id = $1 and o.login = $2 and (not $3 or ${anotherOwner})
       returning id
     ), ended as (
       update api_token t set revoked_at = now() from written w
       where $3 and t.organization_id = $1 and t.operator_id = w.id and t.revoked_at is null
     )
     select id from written`,
    [organizationId, login, isDisabled],
  );
  return rows.length > 0;
}

/** Gives an operator another role; resolves with whether that was allowed. */
export async function writeOperatorRole(
  runner: Runner,
  organizationId: number,
  login: string,
  role: OperatorRole,
): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "write_operator_role",
    `update operator o set role = $3
     where o.organization_id = $1 and o.login = $2 and ($3 = 'owner' or ${anotherOwner})
       and ($3 = 'reseller' or (${ownsNothing}))
     returning id`,
    [organizationId, login, role],
  );
  return rows.length > 0;
}

/** Removes an operator with its tokens and settings; resolves with whether that was allowed. */
export async function deleteOperator(runner: Runner, organizationId: number, login: string): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "delete_operator",
    `delete from operator o where o.organization_id = $1 and o.login = $2 and ${anotherOwner} and ${ownsNothing}
     returning id`,
    [organizationId, login],
  );
  return rows.length > 0;
}

/** Sets one of an operator's own settings, or removes it when the value is `undefined`. */
export async function writeOperatorSetting(
  runner: Runner,
  organizationId: number,
  operatorId: number,
  name: string,
  value: unknown,
): Promise<void> {
  if (value === undefined) {
    await run(
      runner,
      "delete_operator_setting",
      "delete from operator_setting where organization_id = $1 and operator_id = $2 and name = $3",
      [organizationId, operatorId, name],
    );
    return;
  }
  await run(
    runner,
    "write_operator_setting",
    `insert into operator_setting (organization_id, operator_id, name, value) values ($1, $2, $3, $4)
     on conflict (organization_id, operator_id, name) do update set value = excluded.value`,
    [organizationId, operatorId, name, JSON.stringify(value)],
  );
}
