import type { Organization, OrganizationQueries } from "../../queries/organizations.ts";
import { type OnUnreadable, openSettings } from "../nouns/setting.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, type RowOf, raw, text } from "../table.ts";
import { batchLoader } from "./batch-loader.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

const organizationColumns = columns({
  id: bigint("o.id"),
  name: text("o.name"),
  settings: nullable(
    raw<Record<string, unknown>>(
      "(select jsonb_object_agg(s.name, s.value) from setting s where s.organization_id = o.id)",
    ),
  ),
});
const readOrganizations = query(
  "read_organizations",
  organizationColumns,
  `select ${organizationColumns.sql} from organization o where o.id = any($1::bigint[])`,
);

const listedColumns = columns({
  organization: organizationColumns,
  hosts: raw<readonly string[]>(
    "array(select h.host from organization_host h where h.organization_id = o.id order by h.host)",
  ),
});
const pageOrganizations = pageQuery(
  "page_organizations",
  listedColumns,
  `select ${listedColumns.sql} from organization o where o.id > $1 order by o.id`,
);

const hostColumns = columns({ host: text(), organizationId: bigint() });
const readHosts = query(
  "read_hosts",
  hostColumns,
  `select ${hostColumns.sql} from organization_host where host = any($1::text[])`,
);

const ownHostColumns = columns({ host: text() });
const readOwnHosts = query(
  "read_hosts_of_organization",
  ownHostColumns,
  `select ${ownHostColumns.sql} from organization_host where organization_id = $1 order by host`,
);

export function organizationQueries(
  sql: SqlExecutor,
  secrets: Secrets,
  onUnreadable: OnUnreadable,
): OrganizationQueries {
  const toOrganization = ({ id, name, settings }: RowOf<typeof organizationColumns>): Organization => ({
    id,
    name,
    settings: openSettings(secrets, settings, (setting) => onUnreadable(id, setting)),
  });
  return {
    idOf: batchLoader<string, number>(async (hosts) => {
      const rows = await readHosts(sql, hosts);
      return new Map(rows.map(({ host, organizationId }) => [host, organizationId]));
    }),
    byId: batchLoader<number, Organization>(async (ids) => {
      const rows = await readOrganizations(sql, ids);
      return new Map(rows.map((row) => [row.id, toOrganization(row)]));
    }),
    hosts: async (organizationId) => (await readOwnHosts(sql, organizationId)).map(({ host }) => host),
    list: (page) =>
      readPage(sql, page, {
        statement: mapRows(pageOrganizations, ({ organization, hosts }) => ({
          ...toOrganization(organization),
          hosts,
        })),
        values: [page.after ?? -1],
        keyOf: ({ id }) => id,
      }),
  };
}
