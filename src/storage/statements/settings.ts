import type { Plain } from "../../core/action.ts";
import { type Setting, settingKey } from "../../core/setting.ts";
import type { Secrets } from "../secrets.ts";
import { isSealed, sealSetting } from "./organizations.ts";
import { lockingClause, type RowLock, type Runner, run } from "./statement.ts";

/** Names of an organization's own settings, and of operators' own with the login of each. */
interface Names {
  readonly own: readonly string[];
  readonly operators: readonly { readonly name: string; readonly login: string }[];
}

/** Takes keys apart, which `settingKey` made. */
function namesOf(keys: readonly string[]): Names {
  const parts = keys.map((key) => {
    const blank = key.indexOf(" ");
    return blank === -1 ? { name: key } : { name: key.slice(0, blank), login: key.slice(blank + 1) };
  });
  return {
    own: parts.flatMap(({ name, login }) => (login === undefined ? [name] : [])),
    operators: parts.flatMap(({ name, login }) => (login === undefined ? [] : [{ name, login }])),
  };
}

/** Loads settings, by keys that `settingKey` made, and locks their rows. The values of secret ones stay closed. */
export async function lockSettings(
  runner: Runner,
  organizationId: number,
  keys: readonly string[],
  lock: RowLock,
): Promise<Setting[]> {
  const { own, operators } = namesOf(keys);
  const [owns, others] = await Promise.all([
    run<[name: string, value: unknown]>(
      runner,
      `lock_settings ${lock}`,
      `select s.name, s.value from setting s
       where s.organization_id = $1 and s.name = any($2::text[]) order by s.name ${lockingClause(lock, "s")}`,
      [organizationId, own],
    ),
    operators.length === 0
      ? []
      : run<[name: string, value: unknown, login: string]>(
          runner,
          `lock_operator_settings ${lock}`,
          `select s.name, s.value, o.login
           from unnest($2::text[], $3::text[]) as n (name, login)
           join operator o on o.organization_id = $1 and o.login = n.login
           join operator_setting s on s.organization_id = $1 and s.operator_id = o.id and s.name = n.name
           order by s.operator_id, s.name ${lockingClause(lock, "s")}`,
          [organizationId, operators.map(({ name }) => name), operators.map(({ login }) => login)],
        ),
  ]);
  return [...owns, ...others].map(([name, value, login]) => toSetting(name, login ?? null, value));
}

function toSetting(name: string, operator: string | null, value: unknown): Setting {
  return isSealed(value)
    ? { name, operator, value: null, isSecret: true }
    : { name, operator, value: value as Plain, isSecret: false };
}

/** Writes settings, secret ones sealed; each has its login or none. */
export async function writeSettings(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  settings: readonly Setting[],
): Promise<void> {
  const stored = settings
    .map(({ name, operator, value, isSecret }) => {
      const kept = isSecret ? sealSetting(secrets, String(value)) : value;
      return { name, operator, value: JSON.stringify(kept) };
    })
    .sort(byKey);
  const own = stored.filter(({ operator }) => operator === null);
  const others = stored.filter(({ operator }) => operator !== null);
  await Promise.all([
    own.length === 0
      ? undefined
      : run(
          runner,
          "write_settings",
          `insert into setting (organization_id, name, value)
           select $1::bigint, n.name, n.value from unnest($2::text[], $3::jsonb[]) as n (name, value)
           on conflict (organization_id, name) do update set value = excluded.value`,
          [organizationId, own.map(({ name }) => name), own.map(({ value }) => value)],
        ),
    others.length === 0
      ? undefined
      : run(
          runner,
          "write_operator_settings",
          `insert into operator_setting (organization_id, operator_id, name, value)
           select $1::bigint, o.id, n.name, n.value
           from unnest($2::text[], $3::text[], $4::jsonb[]) as n (login, name, value)
           join operator o on o.organization_id = $1 and o.login = n.login
           on conflict (organization_id, operator_id, name) do update set value = excluded.value`,
          [
            organizationId,
            others.map(({ operator }) => operator),
            others.map(({ name }) => name),
            others.map(({ value }) => value),
          ],
        ),
  ]);
}

function byKey(a: Pick<Setting, "name" | "operator">, b: Pick<Setting, "name" | "operator">): number {
  return settingKey(a.name, a.operator) < settingKey(b.name, b.operator) ? -1 : 1;
}

/** Returns settings to their defaults, by keys that `settingKey` made. */
export async function deleteSettings(runner: Runner, organizationId: number, keys: readonly string[]): Promise<void> {
  const { own, operators } = namesOf(keys);
  await Promise.all([
    own.length === 0
      ? undefined
      : run(runner, "delete_settings", "delete from setting where organization_id = $1 and name = any($2::text[])", [
          organizationId,
          own,
        ]),
    operators.length === 0
      ? undefined
      : run(
          runner,
          "delete_operator_settings",
          `delete from operator_setting s
           using operator o, unnest($2::text[], $3::text[]) as n (name, login)
           where o.organization_id = $1 and o.login = n.login
             and s.organization_id = $1 and s.operator_id = o.id and s.name = n.name`,
          [organizationId, operators.map(({ name }) => name), operators.map(({ login }) => login)],
        ),
  ]);
}
