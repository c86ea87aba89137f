import type { Organization, OrganizationQueries } from "../../queries/organizations.ts";
import type { Secrets } from "../secrets.ts";
import { type OnUnreadable, openSettings } from "../statements/organizations.ts";
import { type Runner, run } from "../statements/statement.ts";
import { coalesce } from "./coalesce.ts";
import { readPage } from "./pages.ts";

export function organizationQueries(runner: Runner, secrets: Secrets, onUnreadable: OnUnreadable): OrganizationQueries {
  return {
    idOf: coalesce<string, number>((hosts) => readHosts(runner, hosts)),
    byId: coalesce<number, Organization>((ids) => readOrganizations(runner, secrets, ids, onUnreadable)),
    list: (page) =>
      readPage(runner, page, {
        name: "page_organizations",
        text: `select ${organizationColumns},
             array(select h.host from organization_host h where h.organization_id = o.id order by h.host)
           from organization o where o.id > $1 order by o.id`,
        values: [page.after ?? -1],
        toRow: ([id, name, settings, hosts]: [...OrganizationRow, hosts: string[]]) => ({
          ...toOrganization(secrets, [id, name, settings], onUnreadable),
          hosts,
        }),
        keyOf: ({ id }) => id,
      }),
  };
}

type OrganizationRow = [id: number, name: string, settings: Record<string, unknown> | null];

const organizationColumns =
  "o.id, o.name, (select jsonb_object_agg(s.name, s.value) from setting s where s.organization_id = o.id)";

/** Organizations by their numbers, with their settings. */
async function readOrganizations(
  runner: Runner,
  secrets: Secrets,
  ids: readonly number[],
  onUnreadable: OnUnreadable,
): Promise<ReadonlyMap<number, Organization>> {
  const rows = await run<OrganizationRow>(
    runner,
    "read_organizations",
    `select ${organizationColumns} from organization o where o.id = any($1::bigint[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row[0], toOrganization(secrets, row, onUnreadable)]));
}

function toOrganization(secrets: Secrets, row: OrganizationRow, onUnreadable: OnUnreadable): Organization {
  const [id, name, settings] = row;
  return { id, name, settings: openSettings(secrets, settings, (setting) => onUnreadable(id, setting)) };
}

/** The organizations to which these hosts belong, by host; a host that belongs to none is absent. */
async function readHosts(runner: Runner, hosts: readonly string[]): Promise<ReadonlyMap<string, number>> {
  return new Map(
    await run<[host: string, organizationId: number]>(
      runner,
      "read_hosts",
      "select host, organization_id from organization_host where host = any($1::text[])",
      [hosts],
    ),
  );
}
