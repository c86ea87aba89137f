import type { OrganizationHost, OrganizationRow } from "../../core/organization.ts";
import type { Secrets } from "../secrets.ts";
import { lockingClause, type RowLock, type Runner, run } from "./statement.ts";

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

/** Draws a number that no organization has. */
export async function drawOrganization(runner: Runner): Promise<number> {
  for (;;) {
    const [row] = await run<[id: number, isTaken: boolean]>(
      runner,
      "draw_organization",
      `with drawn as (select nextval('organization_id_seq') as id)
       select drawn.id, exists (select from organization o where o.id = drawn.id) from drawn`,
      [],
    );
    if (row === undefined) throw new Error("a number was not drawn");
    const [id, isTaken] = row;
    if (!isTaken) return id;
  }
}

/** Loads the organization and locks its row. */
export async function lockOrganization(
  runner: Runner,
  organizationId: number,
  lock: RowLock,
): Promise<OrganizationRow[]> {
  const rows = await run<[name: string]>(
    runner,
    `lock_organization ${lock}`,
    `select o.name from organization o where o.id = $1 ${lockingClause(lock, "o")}`,
    [organizationId],
  );
  return rows.map(([name]) => ({ name }));
}

/** Loads hosts, of all organizations, and locks their rows. */
export async function lockHosts(
  runner: Runner,
  organizationId: number,
  hosts: readonly string[],
  lock: RowLock,
): Promise<OrganizationHost[]> {
  const rows = await run<[host: string, isOwn: boolean]>(
    runner,
    `lock_hosts ${lock}`,
    `select h.host, h.organization_id = $1 from organization_host h
     where h.host = any($2::text[]) order by h.host ${lockingClause(lock, "h")}`,
    [organizationId, hosts],
  );
  return rows.map(([host, isOwn]) => ({ host, isOwn }));
}

/** Gives the organization hosts that no other has. */
export function insertHosts(runner: Runner, organizationId: number, hosts: readonly string[]): Promise<unknown> {
  return run(
    runner,
    "insert_hosts",
    `insert into organization_host (host, organization_id)
     select n.host, $1::bigint from unnest($2::text[]) as n (host) order by n.host`,
    [organizationId, hosts],
  );
}

/** Gives the organization another name. */
export function updateOrganization(runner: Runner, organizationId: number, name: string): Promise<unknown> {
  return run(runner, "update_organization", "update organization set name = $2 where id = $1", [organizationId, name]);
}

/** Takes hosts from the organization. */
export function deleteHosts(runner: Runner, organizationId: number, hosts: readonly string[]): Promise<unknown> {
  return run(
    runner,
    "delete_hosts",
    "delete from organization_host where organization_id = $1 and host = any($2::text[])",
    [organizationId, hosts],
  );
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

export function isSealed(value: unknown): value is Sealed {
  return typeof value === "object" && value !== null && "sealed" in value && typeof value.sealed === "string";
}

function open(secrets: Secrets, { sealed }: Sealed): string {
  return secrets.open(Buffer.from(sealed, "base64"), settingPurpose);
}

/** How a secret setting is stored. */
export function sealSetting(secrets: Secrets, value: string): Sealed {
  return { sealed: secrets.seal(value, settingPurpose).toString("base64") };
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
