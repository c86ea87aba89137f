import { hosts, type OrganizationHost, type OrganizationRow, organization } from "../../core/organization.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, columns, table, text } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const nameColumn = columns({ name: text("o.name") });
const lockOrganization = locking(
  "lock_organization",
  nameColumn,
  "o",
  (lock) => `select ${nameColumn.sql} from organization o where o.id = $1 ${lock}`,
);

const madeColumn = columns({ id: bigint() });
const insertOrganization = query(
  "insert_organization",
  madeColumn,
  `with added as (insert into organization (id, name) values ($1, $2) on conflict do nothing returning id),
  money as (insert into currency (organization_id, code, rate, is_default) select id, 'EUR', 1, true from added)
select ${madeColumn.sql} from added`,
);

/** Makes an organization with its default currency unless it is there. Resolves with whether it was made. */
export async function ensureOrganization(sql: SqlExecutor, id: number, name: string): Promise<boolean> {
  return (await insertOrganization(sql, id, name)).length > 0;
}

const drawnColumns = columns({
  id: bigint("drawn.id"),
  isTaken: boolean("exists (select from organization o where o.id = drawn.id)"),
});
const drawNumber = query(
  "draw_organization",
  drawnColumns,
  `with drawn as (select nextval('organization_id_seq') as id) select ${drawnColumns.sql} from drawn`,
);

/** Draws a number that no organization has. */
export async function drawOrganization(sql: SqlExecutor): Promise<number> {
  for (;;) {
    const [drawn] = await drawNumber(sql);
    if (drawn === undefined) throw new Error("a number was not drawn");
    if (!drawn.isTaken) return drawn.id;
  }
}

const updateOrganization = command("update_organization", "update organization set name = $2 where id = $1");

export const storedOrganization: StoredNoun<"own", OrganizationRow> = {
  noun: organization,
  locksRows: true,

  async load({ sql, organizationId }, _asked, lock) {
    return [rows(organization, await lockOrganization[lock](sql, organizationId))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    for (const { name } of added) yield insertOrganization(sql, organizationId, name);
    for (const { name } of changed) yield updateOrganization(sql, organizationId, name);
  },
};

const hostColumns = columns({ host: text("h.host"), isOwn: boolean("h.organization_id = $1") });
const lockHosts = locking(
  "lock_hosts",
  hostColumns,
  "h",
  (lock) => `select ${hostColumns.sql} from organization_host h
where h.host = any($2::text[]) order by h.host ${lock}`,
);

const hostTable = table("organization_host", { host: text() });
const insertHosts = command("insert_hosts", `${hostTable.insert} order by n.host`);

const deleteHosts = command(
  "delete_hosts",
  "delete from organization_host where organization_id = $1 and host = any($2::text[])",
);

export const storedHosts: StoredNoun<string, OrganizationHost> = {
  noun: hosts,
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    return [rows(hosts, await lockHosts[lock](sql, organizationId, asked.keys(hosts)))];
  },

  *write({ sql, organizationId }, { added, removed }) {
    yield* unlessEmpty(removed, (all) => deleteHosts(sql, organizationId, all));
    yield* unlessEmpty(added, (all) => insertHosts(sql, organizationId, ...hostTable.arrays(all)));
  },
};
