import type { Device } from "../../core/device.ts";
import type { Metadata } from "../../core/metadata.ts";
import type { DeviceQueries } from "../../queries/devices.ts";
import { deviceColumns, fingerprintHashes } from "../nouns/device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { columns, json, nullable, text } from "../table.ts";
import { kindLoader } from "./batch-loader.ts";

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

const hashColumns = columns({ hash: nullable(text("encode(d.fingerprint_hash, 'hex')")) });
const readHash = query(
  "read_fingerprint_hash",
  hashColumns,
  `select ${hashColumns.sql} from device d where d.organization_id = $1 and d.id = $2`,
);

const metadataColumn = columns({ metadata: nullable(json<Metadata>("d.metadata")) });
const readMetadata = query(
  "read_device_metadata",
  metadataColumn,
  `select ${metadataColumn.sql} from device d where d.organization_id = $1 and d.id = $2`,
);

export function deviceQueries(sql: SqlExecutor, secrets: Secrets): DeviceQueries {
  const ofCustomer = kindLoader<number, readonly Device[]>(async (organizationId, kind, customerIds) => {
    const found = await listDevices(sql, organizationId, kind, customerIds);
    return Map.groupBy(found, ({ customerId }) => customerId ?? 0);
  });
  return {
    ofCustomer: async (organizationId, customerId, kind) => (await ofCustomer(organizationId, kind, customerId)) ?? [],

    async fingerprintHash(organizationId, deviceId) {
      const [row] = await readHash(sql, organizationId, deviceId);
      return row?.hash ?? undefined;
    },

    async byFingerprint(organizationId, customerId, fingerprint) {
      const hashes = fingerprintHashes(secrets, customerId, fingerprint);
      const [row] = await readDeviceOf(sql, organizationId, customerId, hashes);
      return row === undefined ? undefined : { ...row, fingerprint };
    },

    async metadataOf(organizationId, deviceId) {
      const [row] = await readMetadata(sql, organizationId, deviceId);
      return row?.metadata ?? null;
    },
  };
}
