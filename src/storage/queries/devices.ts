import type { Device } from "../../core/device.ts";
import type { DeviceQueries } from "../../queries/devices.ts";
import { fingerprintHashes } from "../nouns/device.ts";
import type { Secrets } from "../secrets.ts";
import { type DeviceRow, deviceColumns, toDevice } from "../statements/devices.ts";
import { type Runner, run } from "../statements/statement.ts";
import { coalesce } from "./coalesce.ts";
import { perKind, perOrganization } from "./memo.ts";

export function deviceQueries(runner: Runner, secrets: Secrets): DeviceQueries {
  const ofCustomer = perOrganization((organizationId) =>
    perKind((kind: string) =>
      coalesce<number, readonly Device[]>((ids) => listDevices(runner, organizationId, kind, ids)),
    ),
  );
  return {
    ofCustomer: async (organizationId, customerId, kind) => (await ofCustomer(organizationId)(kind)(customerId)) ?? [],
    byFingerprint: (organizationId, customerId, fingerprint) =>
      readDeviceOf(runner, secrets, organizationId, customerId, fingerprint),
  };
}

/** By the number of the customer: its devices of a kind, in the order of their names. */
export async function listDevices(
  runner: Runner,
  organizationId: number,
  kind: string,
  customerIds: readonly number[],
): Promise<ReadonlyMap<number, readonly Device[]>> {
  const rows = await run<DeviceRow>(
    runner,
    "list_devices",
    `select ${deviceColumns} from device d
     where d.organization_id = $1 and d.kind = $2 and d.customer_id = any($3::bigint[]) order by d.name, d.id`,
    [organizationId, kind, customerIds],
  );
  return Map.groupBy(rows.map(toDevice), ({ customerId }) => customerId ?? 0);
}

/** The customer's device that is this machine. */
async function readDeviceOf(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  customerId: number,
  fingerprint: string,
): Promise<Device | undefined> {
  const [row] = await run<DeviceRow>(
    runner,
    "read_device_of",
    `select ${deviceColumns} from device d
     where d.organization_id = $1 and d.customer_id = $2 and d.fingerprint_hash = any($3::bytea[])
     order by d.id limit 1`,
    [organizationId, customerId, fingerprintHashes(secrets, customerId, fingerprint)],
  );
  return row === undefined ? undefined : { ...toDevice(row), fingerprint };
}
