import type { Device, DeviceKind } from "../../core/device.ts";
import type { DeviceQueries } from "../../queries/devices.ts";
import type { Secrets } from "../secrets.ts";
import { type DeviceRow, deviceColumns, fingerprintHashes, toDevice } from "../statements/devices.ts";
import { type Runner, run } from "../statements/statement.ts";
import { coalesce } from "./coalesce.ts";
import { perKind, perOrganization } from "./memo.ts";

export function deviceQueries(runner: Runner, secrets: Secrets): DeviceQueries {
  const ofCustomer = perOrganization((organizationId) =>
    perKind((kind: DeviceKind) =>
      coalesce<number, readonly Device[]>((ids) => readDevices(runner, organizationId, kind, ids)),
    ),
  );
  return {
    ofCustomer: async (organizationId, customerId, kind) => (await ofCustomer(organizationId)(kind)(customerId)) ?? [],

    async byFingerprint(organizationId, customerId, fingerprint) {
      const [row] = await run<DeviceRow>(
        runner,
        "read_device_of",
        `select ${deviceColumns} from device d
         where d.organization_id = $1 and d.customer_id = $2 and d.fingerprint_hash = any($3::bytea[])
         order by d.id limit 1`,
        [organizationId, customerId, fingerprintHashes(secrets, customerId, fingerprint)],
      );
      return row === undefined ? undefined : { ...toDevice(row), fingerprint };
    },
  };
}

/** By the number of the customer: its devices of a kind, in the order of their names. */
async function readDevices(
  runner: Runner,
  organizationId: number,
  kind: DeviceKind,
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
