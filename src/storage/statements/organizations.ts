import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "./statement.ts";

/** Is told which secret of an organization does not open. */
export type OnUnreadable = (organizationId: number, name: string) => void;

/** Makes an organization unless it is there; resolves with whether it was made. */
export async function insertOrganization(runner: Runner, id: number, name: string): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "insert_organization",
    `with added as (insert into organization (id, name) values ($1, $2) on conflict do nothing returning id),
       money as (insert into currency (organization_id, code, rate, is_default) select id, 'EUR', 1, true from added)
     select id from added`,
    [id, name],
  );
  return rows.length > 0;
}

/** Makes an organization with the next free number; resolves with that. */
export async function addOrganization(runner: Runner, name: string): Promise<number> {
  for (;;) {
    const [row] = await run<[id: number]>(runner, "draw_organization", "select nextval('organization_id_seq')", []);
    if (row === undefined) throw new Error("a number was not drawn");
    // Passed over are the numbers of organizations that were made with one of somebody's choice.
    if (await insertOrganization(runner, row[0], name)) return row[0];
  }
}

/** Gives an organization another name; resolves with whether there is such an organization. */
export async function writeName(runner: Runner, organizationId: number, name: string): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "write_organization_name",
    "update organization set name = $2 where id = $1 returning id",
    [organizationId, name],
  );
  return rows.length > 0;
}

/** Gives an organization hosts, all or none; resolves with those that belong to another one. */
export async function insertHosts(
  runner: Runner,
  organizationId: number,
  hosts: readonly string[],
): Promise<readonly string[]> {
  const rows = await run<[host: string]>(
    runner,
    "insert_hosts",
    // One that another process gives away at this moment is not among those that were added, and so is told.
    `with named as (select distinct n.host from unnest($2::text[]) as n (host)),
       taken as (
         select h.host from organization_host h join named using (host) where h.organization_id <> $1
       ), added as (
         insert into organization_host (host, organization_id)
         select named.host, $1::bigint from named where not exists (select from taken) order by named.host
         on conflict (host) do update set host = excluded.host where organization_host.organization_id = $1
         returning host
       )
     select host from taken
     union all
     select host from named where not exists (select from taken) and host not in (select host from added)
     order by host`,
    [organizationId, hosts],
  );
  return rows.map(([host]) => host);
}

/** Takes hosts from an organization; resolves with those that it had. */
export async function deleteHosts(
  runner: Runner,
  organizationId: number,
  hosts: readonly string[],
): Promise<readonly string[]> {
  const rows = await run<[host: string]>(
    runner,
    "delete_hosts",
    "delete from organization_host where organization_id = $1 and host = any($2::text[]) returning host",
    [organizationId, hosts],
  );
  return rows.map(([host]) => host);
}

/** What the secret ones among settings are sealed for. */
export const settingPurpose = "setting";

/**
 * Settings by name, secret ones in clear. One that does not open is treated as unset, which for a secret means closed:
 * it stops what needs it, and nothing else.
 */
export function openSettings(
  secrets: Secrets,
  settings: Record<string, unknown> | null,
  onUnreadable: (name: string) => void,
): ReadonlyMap<string, unknown> {
  const opened = new Map<string, unknown>();
  for (const [name, value] of Object.entries(settings ?? {})) {
    try {
      opened.set(name, isSealed(value) ? open(secrets, value) : value);
    } catch {
      onUnreadable(name);
    }
  }
  return opened;
}

interface Sealed {
  readonly sealed: string;
}

function isSealed(value: unknown): value is Sealed {
  return typeof value === "object" && value !== null && "sealed" in value && typeof value.sealed === "string";
}

function open(secrets: Secrets, { sealed }: Sealed): string {
  return secrets.open(Buffer.from(sealed, "base64"), settingPurpose);
}

/** How a secret setting is stored. */
export function sealSetting(secrets: Secrets, value: string): Sealed {
  return { sealed: secrets.seal(value, settingPurpose).toString("base64") };
}

/** Sets one setting of an organization, or returns it to its default when the value is `undefined`. */
export async function writeSetting(
  runner: Runner,
  organizationId: number,
  name: string,
  value: unknown,
): Promise<void> {
  if (value === undefined) {
    await run(runner, "delete_setting", "delete from setting where organization_id = $1 and name = $2", [
      organizationId,
      name,
    ]);
    return;
  }
  await run(
    runner,
    "write_setting",
    `insert into setting (organization_id, name, value) values ($1, $2, $3)
     on conflict (organization_id, name) do update set value = excluded.value`,
    [organizationId, name, JSON.stringify(value)],
  );
}

/** Sets a secret setting unless it is there; of several processes that try at once, all get the same value. */
export async function ensureSecretSetting(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  name: string,
  value: string,
): Promise<string> {
  await run(
    runner,
    "ensure_setting",
    "insert into setting (organization_id, name, value) values ($1, $2, $3) on conflict do nothing",
    [organizationId, name, JSON.stringify(sealSetting(secrets, value))],
  );
  const [row] = await run<[value: unknown]>(
    runner,
    "read_setting",
    "select value from setting where organization_id = $1 and name = $2",
    [organizationId, name],
  );
  const stored = row?.[0];
  if (!isSealed(stored)) throw new Error("a secret setting was written but is not sealed");
  return open(secrets, stored);
}
