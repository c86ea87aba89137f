import {
  type CustomersDevice,
  type Device,
  type DeviceKind,
  deviceIdentity,
  type HoldersDevice,
  type Machine,
  otherFingerprint,
} from "../../core/device.ts";
import type { Secrets } from "../secrets.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

export const deviceColumns =
  "d.id, d.customer_id, d.kind, d.name, d.registered_at, d.fingerprint_hash is not null, d.disabled_at";

export type DeviceRow = [
  id: number,
  customerId: number | null,
  kind: DeviceKind,
  name: string,
  registeredAtMs: number,
  hasFingerprint: boolean,
  disabledAtMs: number | null,
];

/** A device; nobody asked about its fingerprint. */
export function toDevice([
  id,
  customerId,
  kind,
  name,
  registeredAtMs,
  hasFingerprint,
  disabledAtMs,
]: DeviceRow): Device {
  const fingerprint = hasFingerprint ? otherFingerprint : null;
  return { id, customerId, kind, name, registeredAtMs, fingerprint, disabledAtMs };
}

/** `deviceIdentity` of a row; by the same expression a name is one system's. */
export const deviceIdentitySql =
  "case when f.kind <> 'system' or f.name ~ '^sgl[0-9A-F]{8}$' then f.name else lower(f.name) end";

/** Devices, named as a device of the holder of a code, as a device of a customer, or as a customer's machine. */
interface NamedDevices {
  readonly holders: readonly HoldersDevice[];
  readonly customers: readonly CustomersDevice[];
  readonly machines: readonly Machine[];
}

/** Loads devices and locks their rows. Only the fingerprints of the machines that are asked about are told. */
export async function lockDevices(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  { holders, customers, machines }: NamedDevices,
  lock: RowLock,
): Promise<Device[]> {
  const asked = machineHashes(secrets, machines);
  const rows = await run<[...DeviceRow, fingerprintHash: Buffer | null]>(
    runner,
    `lock_devices ${lock}`,
    `select ${deviceColumns}, d.fingerprint_hash from device d
     where d.organization_id = $1 and d.id in (
       select f.id from unnest($2::text[], $3::text[], $4::text[]) as n (code, kind, identity)
       join entitlement e on e.organization_id = $1 and e.code = n.code
       join device f on f.organization_id = $1 and f.kind = n.kind and ${deviceIdentitySql} = n.identity
         and (f.customer_id = e.customer_id or (f.customer_id is null and e.customer_id is null))
       union all
       select f.id from unnest($5::bigint[], $6::text[], $7::text[]) as n (customer_id, kind, identity)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind
         and ${deviceIdentitySql} = n.identity
       union all
       select f.id from unnest($8::bigint[], $9::bytea[]) as n (customer_id, hash)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash)
     order by d.id ${lockingClause(lock, "d")}`,
    [
      organizationId,
      holders.map(({ code }) => code),
      holders.map(({ kind }) => kind),
      holders.map(deviceIdentity),
      customers.map(({ customerId }) => customerId),
      customers.map(({ kind }) => kind),
      customers.map(deviceIdentity),
      asked.map(({ customerId }) => customerId),
      asked.map(({ hash }) => hash),
    ],
  );
  return rows.map((row) => {
    const device = toDevice(row.slice(0, -1) as DeviceRow);
    const hash = row.at(-1) as Buffer | null;
    const match = asked.find((one) => one.customerId === device.customerId && hash?.equals(one.hash) === true);
    return match === undefined ? device : { ...device, fingerprint: match.fingerprint };
  });
}

/** Machines, each with every hash under which it may be stored. */
export function machineHashes(secrets: Secrets, machines: readonly Machine[]) {
  return machines.flatMap(({ customerId, fingerprint }) =>
    fingerprintHashes(secrets, customerId, fingerprint).map((hash) => ({ customerId, fingerprint, hash })),
  );
}

const fingerprintPurpose = "fingerprint";

/**
 * The keyed hashes under which a customer's fingerprint may be stored. Nobody keeps the fingerprint itself, so it stays
 * under a key that was retired until it is uploaded again.
 */
export function fingerprintHashes(secrets: Secrets, customerId: number, fingerprint: string): readonly Buffer[] {
  return secrets.lastingHashes(`${customerId} ${fingerprint}`, fingerprintPurpose);
}

function storedHash(secrets: Secrets, { customerId, fingerprint }: Device): Buffer | null {
  if (customerId === null || fingerprint === null || fingerprint === otherFingerprint) return null;
  return secrets.lookupHash(`${customerId} ${fingerprint}`, fingerprintPurpose);
}

export function insertDevices(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  devices: readonly Device[],
): Promise<unknown> {
  return run(
    runner,
    "insert_devices",
    `insert into device (organization_id, id, customer_id, kind, name, registered_at, disabled_at, fingerprint_hash)
     select $1::bigint, n.id, n.customer_id, n.kind, n.name, to_timestamp(n.registered_at), to_timestamp(n.disabled_at), n.hash
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::bytea[])
       as n (id, customer_id, kind, name, registered_at, disabled_at, hash)
     order by n.customer_id, n.kind collate "C", n.name collate "C"`,
    [
      organizationId,
      devices.map(({ id }) => id),
      devices.map(({ customerId }) => customerId),
      devices.map(({ kind }) => kind),
      devices.map(({ name }) => name),
      devices.map(({ registeredAtMs }) => seconds(registeredAtMs)),
      devices.map(({ disabledAtMs }) => seconds(disabledAtMs)),
      devices.map((device) => storedHash(secrets, device)),
    ],
  );
}

/** Writes what can change of a device: which machine it is, and whether it is barred. */
export function updateDevices(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  devices: readonly Device[],
): Promise<unknown> {
  return run(
    runner,
    "update_devices",
    `update device d set disabled_at = to_timestamp(n.disabled_at),
       fingerprint_hash = case when n.keeps then d.fingerprint_hash else n.hash end
     from unnest($2::bigint[], $3::float8[], $4::boolean[], $5::bytea[]) as n (id, disabled_at, keeps, hash)
     where d.organization_id = $1 and d.id = n.id`,
    [
      organizationId,
      devices.map(({ id }) => id),
      devices.map(({ disabledAtMs }) => seconds(disabledAtMs)),
      devices.map(({ fingerprint }) => fingerprint === otherFingerprint),
      devices.map((device) => storedHash(secrets, device)),
    ],
  );
}
