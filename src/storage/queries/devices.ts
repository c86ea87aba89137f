import type { Device } from "../../core/device.ts";
import type { DeviceQueries } from "../../queries/devices.ts";
import { deviceColumns, fingerprintHashes } from "../nouns/device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { batchLoader } from "./batch-loader.ts";
import { perKind, perOrganization } from "./memo.ts";

const readDeviceOf = query(
  "read_device_of",
  deviceColumns,
  `select ${deviceColumns.sql} from device d
where d.organization_id = $1 and d.customer_id = $2 and d.fingerprint_hash = any($3::bytea[])
order by d.id limit 1`,
);

const listDevices = query(
  "list_devices",
  deviceColumns,
  `select ${deviceColumns.sql} from device d
where d.organization_id = $1 and d.kind = $2 and d.customer_id = any($3::bigint[]) order by d.name, d.id`,
);

export function deviceQueries(sql: SqlExecutor, secrets: Secrets): DeviceQueries {
  const ofCustomer = perOrganization((organizationId) =>
    perKind((kind: string) =>
      batchLoader<number, readonly Device[]>(async (customerIds) => {
        const rows = await listDevices(sql, organizationId, kind, customerIds);
        return Map.groupBy(rows, ({ customerId }) => customerId ?? 0);
      }),
    ),
  );
  return {
    ofCustomer: async (organizationId, customerId, kind) => (await ofCustomer(organizationId)(kind)(customerId)) ?? [],

    async byFingerprint(organizationId, customerId, fingerprint) {
      const hashes = fingerprintHashes(secrets, customerId, fingerprint);
      const [row] = await readDeviceOf(sql, organizationId, customerId, hashes);
      return row === undefined ? undefined : { ...row, fingerprint };
    },
  };
}
