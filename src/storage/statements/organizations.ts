import type { Organization } from "../../engine/reader.ts";
import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "./statement.ts";

/** All organizations, with the host names that lead to them. */
export async function readOrganizations(
  runner: Runner,
  secrets: Secrets,
): Promise<readonly { organization: Organization; hosts: readonly string[] }[]> {
  const rows = await run<[id: number, name: string, hosts: string[], settings: Record<string, unknown> | null]>(
    runner,
    "read_organizations",
    `select o.id, o.name, o.hosts, (select jsonb_object_agg(s.name, s.value) from setting s where s.organization_id = o.id)
     from organization o order by o.id`,
    [],
  );
  return rows.map(([id, name, hosts, settings]) => ({
    organization: { id, name, settings: openSettings(secrets, settings) },
    hosts: hosts.map((host) => host.toLowerCase()),
  }));
}

/** Makes an organization unless it is there; resolves with whether it was made. */
export async function insertOrganization(runner: Runner, id: number, name: string): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "insert_organization",
    `with added as (insert into organization (id, name) values ($1, $2) on conflict do nothing returning id),
       counter as (insert into action_counter (organization_id) select id from added),
       money as (insert into currency (organization_id, code, rate, is_default) select id, 'EUR', 1, true from added)
     select id from added`,
    [id, name],
  );
  return rows.length > 0;
}

/** What the secret ones among settings are sealed for. */
export const settingPurpose = "setting";

/** Settings by name, secret ones in clear. */
export function openSettings(secrets: Secrets, settings: Record<string, unknown> | null): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(settings ?? {}).map(([name, value]) => [name, isSealed(value) ? open(secrets, value) : value]),
  );
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
