import type { Plain } from "../../core/log-entry.ts";
import { type Setting, settingKey, settings } from "../../core/setting.ts";
import { rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, locking, query, type SqlExecutor } from "../statement.ts";
import { type Column, columns, raw, sent, table, text } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

/** Receives the name of a secret of an organization that does not open. */
export type OnUnreadable = (organizationId: number, name: string) => void;

/** The purpose for which secret settings are sealed. */
export const settingPurpose = "setting";

interface Sealed {
  readonly sealed: string;
}

function isSealed(value: unknown): value is Sealed {
  return typeof value === "object" && value !== null && "sealed" in value && typeof value.sealed === "string";
}

function open(secrets: Secrets, { sealed }: Sealed): string {
  return secrets.open(Buffer.from(sealed, "base64"), settingPurpose);
}

/** A secret setting as it is stored. */
export function sealSetting(secrets: Secrets, value: string): Sealed {
  return { sealed: secrets.seal(value, settingPurpose).toString("base64") };
}

/**
 * Settings by name, secret settings in clear. A setting that does not open counts as unset. For a secret that means
 * closed: it stops the features that need it, and nothing else.
 */
export function openSettings(
  secrets: Secrets,
  stored: Record<string, unknown> | null,
  onUnreadable: (name: string) => void,
): ReadonlyMap<string, unknown> {
  const opened = new Map<string, unknown>();
  for (const [name, value] of Object.entries(stored ?? {})) {
    try {
      opened.set(name, isSealed(value) ? open(secrets, value) : value);
    } catch {
      onUnreadable(name);
    }
  }
  return opened;
}

const ownColumns = columns({ name: text("s.name"), value: raw<unknown>("s.value") });
const lockOwn = locking(
  "lock_settings",
  ownColumns,
  "s",
  (lock) => `select ${ownColumns.sql} from setting s
where s.organization_id = $1 and s.name = any($2::text[]) order by s.name ${lock}`,
);

const named = sent({ name: text(), login: text() }, 2);
const operatorsColumns = columns({ name: text("s.name"), value: raw<unknown>("s.value"), login: text("o.login") });
const lockOperators = locking(
  "lock_operator_settings",
  operatorsColumns,
  "s",
  (lock) => `select ${operatorsColumns.sql}
from ${named.sql}
join operator o on o.organization_id = $1 and o.login = n.login
join operator_setting s on s.organization_id = $1 and s.operator_id = o.id and s.name = n.name
order by s.operator_id, s.name ${lock}`,
);

/** A value as JSON, perhaps the null of JSON. */
const value: Column<string> = { sentAs: "jsonb" };

const ownTable = table("setting", { name: text(), value });
const writeOwn = command(
  "write_settings",
  `${ownTable.insert}
on conflict (organization_id, name) do update set value = excluded.value`,
);

const ofOperators = sent({ login: text(), name: text(), value }, 2);
const writeOperators = command(
  "write_operator_settings",
  `insert into operator_setting (organization_id, operator_id, name, value)
select $1::bigint, o.id, n.name, n.value
from ${ofOperators.sql}
join operator o on o.organization_id = $1 and o.login = n.login
on conflict (organization_id, operator_id, name) do update set value = excluded.value`,
);

const deleteOwn = command(
  "delete_settings",
  "delete from setting where organization_id = $1 and name = any($2::text[])",
);

const deleteOperators = command(
  "delete_operator_settings",
  `delete from operator_setting s
using operator o, ${named.sql}
where o.organization_id = $1 and o.login = n.login
  and s.organization_id = $1 and s.operator_id = o.id and s.name = n.name`,
);

/** Splits keys of `settingKey` into names of settings of the organization, and names with logins of operators. */
function namesOf(keys: readonly string[]) {
  const own: string[] = [];
  const operators: { readonly name: string; readonly login: string }[] = [];
  for (const key of keys) {
    const blank = key.indexOf(" ");
    if (blank === -1) own.push(key);
    else operators.push({ name: key.slice(0, blank), login: key.slice(blank + 1) });
  }
  return { own, operators };
}

/** The value of a secret setting stays sealed. */
function toSetting(name: string, operator: string | null, value: unknown): Setting {
  return isSealed(value)
    ? { name, operator, value: null, isSecret: true }
    : { name, operator, value: value as Plain, isSecret: false };
}

export const storedSettings: StoredNoun<string, Setting> = {
  noun: settings,
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const { own, operators } = namesOf(asked.keys(settings));
    const [owns, others] = await Promise.all([
      lockOwn[lock](sql, organizationId, own),
      operators.length === 0 ? [] : lockOperators[lock](sql, organizationId, ...named.arrays(operators)),
    ]);
    return [
      rows(settings, [
        ...owns.map(({ name, value }) => toSetting(name, null, value)),
        ...others.map(({ name, value, login }) => toSetting(name, login, value)),
      ]),
    ];
  },

  *write({ sql, secrets, organizationId }, { added, changed, removed }) {
    const gone = namesOf(removed);
    yield* unlessEmpty(gone.own, (names) => deleteOwn(sql, organizationId, names));
    yield* unlessEmpty(gone.operators, (all) => deleteOperators(sql, organizationId, ...named.arrays(all)));
    const written = [...added, ...changed]
      .map(({ name, operator, value, isSecret }) => {
        const kept = isSecret ? sealSetting(secrets, String(value)) : value;
        return { name, login: operator, value: JSON.stringify(kept) };
      })
      .sort((a, b) => (settingKey(a.name, a.login) < settingKey(b.name, b.login) ? -1 : 1));
    const own = written.filter(({ login }) => login === null);
    yield* unlessEmpty(own, (all) => writeOwn(sql, organizationId, ...ownTable.arrays(all)));
    const others = written.flatMap(({ login, ...setting }) => (login === null ? [] : [{ ...setting, login }]));
    yield* unlessEmpty(others, (all) => writeOperators(sql, organizationId, ...ofOperators.arrays(all)));
  },
};

const ensureSetting = command(
  "ensure_setting",
  "insert into setting (organization_id, name, value) values ($1, $2, $3) on conflict do nothing",
);
const valueColumn = columns({ value: raw<unknown>() });
const readSetting = query(
  "read_setting",
  valueColumn,
  `select ${valueColumn.sql} from setting where organization_id = $1 and name = $2`,
);

/** Sets a secret setting unless it is there. Several processes that try at once get the same value. */
export async function ensureSecretSetting(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  name: string,
  value: string,
): Promise<string> {
  await ensureSetting(sql, organizationId, name, JSON.stringify(sealSetting(secrets, value)));
  const [stored] = await readSetting(sql, organizationId, name);
  if (!isSealed(stored?.value)) throw new Error("a secret setting was written but is not sealed");
  return open(secrets, stored.value);
}
