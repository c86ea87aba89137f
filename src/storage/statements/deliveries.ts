import type { Delivery } from "../../core/delivery.ts";
import { type Runner, run } from "./statement.ts";

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

/** The file of a delivery is gone. */
export async function writeRemoved(runner: Runner, organizationId: number, deliveryId: number): Promise<void> {
  await run(
    runner,
    "write_delivery_removed",
    "update delivery set removed_at = now() where organization_id = $1 and id = $2 and removed_at is null",
    [organizationId, deliveryId],
  );
}
