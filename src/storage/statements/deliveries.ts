import type { Delivery } from "../../core/delivery.ts";
import { type CustomersDevice, deviceIdentity, isMachine, type Machine } from "../../core/device.ts";
import type { Secrets } from "../secrets.ts";
import { deviceIdentitySql, machineHashes } from "./devices.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

export const deliveryColumns =
  "v.id, v.entitlement_id, v.device_id, v.edition_id, v.requested_at, v.ended_at, v.file_name, v.file_bytes, v.file_sha1, v.file_sha256, v.ready_at, v.expires_at";
/** How many there are, for rows in which those of another noun follow. */
export const deliveryColumnCount = deliveryColumns.split(",").length;

export type DeliveryRow = [
  id: number,
  entitlementId: number,
  deviceId: number,
  editionId: number,
  requestedAtMs: number,
  endedAtMs: number | null,
  fileName: string | null,
  bytes: number | null,
  sha1: string | null,
  sha256: string | null,
  readyAtMs: number | null,
  expiresAtMs: number | null,
];

export function toDelivery(row: DeliveryRow): Delivery {
  const [id, entitlementId, deviceId, editionId, requestedAtMs, endedAtMs, fileName, bytes, sha1, sha256] = row;
  const [readyAtMs, expiresAtMs] = row.slice(10) as [number | null, number | null];
  const built =
    fileName === null || readyAtMs === null || expiresAtMs === null
      ? null
      : { fileName, bytes: bytes ?? 0, sha1: sha1 ?? "", sha256: sha256 ?? "", readyAtMs, expiresAtMs };
  return { id, entitlementId, deviceId, editionId, requestedAtMs, endedAtMs, built };
}

/**
 * Loads the deliveries of entitlements and of customers' devices that have not ended, and locks their rows: a device
 * that becomes another machine ends its deliveries without a look at the entitlements.
 */
export async function lockDeliveries(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  codes: readonly string[],
  on: readonly (CustomersDevice | Machine)[],
  lock: RowLock,
): Promise<Delivery[]> {
  const devices = on.filter((device): device is CustomersDevice => !isMachine(device));
  const machines = machineHashes(secrets, on.filter(isMachine));
  const rows = await run<DeliveryRow>(
    runner,
    `lock_deliveries ${lock}`,
    `select ${deliveryColumns} from delivery v
     where v.organization_id = $1 and v.ended_at is null and v.id = any(array(
       select w.id from entitlement e
       join delivery w on w.organization_id = e.organization_id and w.entitlement_id = e.id and w.ended_at is null
       where e.organization_id = $1 and e.code = any($2::text[])
       union all
       select w.id from unnest($3::bigint[], $4::text[], $5::text[]) as n (customer_id, kind, identity)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind
         and ${deviceIdentitySql} = n.identity
       join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null
       union all
       select w.id from unnest($6::bigint[], $7::bytea[]) as n (customer_id, hash)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash
       join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null))
     order by v.id ${lockingClause(lock, "v")}`,
    [
      organizationId,
      codes,
      devices.map(({ customerId }) => customerId),
      devices.map(({ kind }) => kind),
      devices.map(deviceIdentity),
      machines.map(({ customerId }) => customerId),
      machines.map(({ hash }) => hash),
    ],
  );
  return rows.map(toDelivery);
}

const deliveryArrays = (deliveries: readonly Delivery[]) => [
  deliveries.map(({ id }) => id),
  deliveries.map(({ endedAtMs }) => seconds(endedAtMs)),
  deliveries.map(({ built }) => built?.fileName ?? null),
  deliveries.map(({ built }) => built?.bytes ?? null),
  deliveries.map(({ built }) => built?.sha1 ?? null),
  deliveries.map(({ built }) => built?.sha256 ?? null),
  deliveries.map(({ built }) => seconds(built?.readyAtMs ?? null)),
  deliveries.map(({ built }) => seconds(built?.expiresAtMs ?? null)),
];

export function insertDeliveries(
  runner: Runner,
  organizationId: number,
  deliveries: readonly Delivery[],
): Promise<unknown> {
  return run(
    runner,
    "insert_deliveries",
    `insert into delivery (organization_id, id, ended_at, file_name, file_bytes, file_sha1, file_sha256, ready_at, expires_at, entitlement_id,
       device_id, edition_id, requested_at)
     select $1::bigint, n.id, to_timestamp(n.ended_at), n.file_name, n.file_bytes, n.sha1, n.sha256, to_timestamp(n.ready_at),
       to_timestamp(n.expires_at), n.entitlement_id, n.device_id, n.edition_id, to_timestamp(n.requested_at)
     from unnest($2::bigint[], $3::float8[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::float8[], $9::float8[], $10::bigint[],
       $11::bigint[], $12::bigint[], $13::float8[])
       as n (id, ended_at, file_name, file_bytes, sha1, sha256, ready_at, expires_at, entitlement_id, device_id, edition_id, requested_at)`,
    [
      organizationId,
      ...deliveryArrays(deliveries),
      deliveries.map(({ entitlementId }) => entitlementId),
      deliveries.map(({ deviceId }) => deviceId),
      deliveries.map(({ editionId }) => editionId),
      deliveries.map(({ requestedAtMs }) => seconds(requestedAtMs)),
    ],
  );
}

/** Writes what can change of a delivery: what was built, and its end. */
export function updateDeliveries(
  runner: Runner,
  organizationId: number,
  deliveries: readonly Delivery[],
): Promise<unknown> {
  return run(
    runner,
    "update_deliveries",
    `update delivery v set ended_at = to_timestamp(n.ended_at), file_name = n.file_name, file_bytes = n.file_bytes, file_sha1 = n.sha1,
       file_sha256 = n.sha256, ready_at = to_timestamp(n.ready_at), expires_at = to_timestamp(n.expires_at)
     from unnest($2::bigint[], $3::float8[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::float8[], $9::float8[])
       as n (id, ended_at, file_name, file_bytes, sha1, sha256, ready_at, expires_at)
     where v.organization_id = $1 and v.id = n.id`,
    [organizationId, ...deliveryArrays(deliveries)],
  );
}

/** The file of a delivery is gone. */
export async function writeRemoved(runner: Runner, organizationId: number, deliveryId: number): Promise<void> {
  await run(
    runner,
    "write_delivery_removed",
    "update delivery set removed_at = now() where organization_id = $1 and id = $2 and removed_at is null",
    [organizationId, deliveryId],
  );
}
