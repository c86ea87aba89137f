import type { Device } from "../../core/device.ts";
import type { Metadata } from "../../core/metadata.ts";
import type { DeviceQueries, FoundDevice } from "../../queries/devices.ts";
import { deviceColumns, fingerprintHashes } from "../nouns/device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, json, nullable, text } from "../table.ts";
import { kindLoader, organizationLoader } from "./batch-loader.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

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

const listedColumns = columns({
  device: deviceColumns,
  customerName: nullable(text("c.name")),
  holds: bigint("(select count(*) from binding b where b.organization_id = $1 and b.device_id = d.id)"),
});
const pageOfKind = pageQuery(
  "page_devices_of_kind",
  listedColumns,
  `select ${listedColumns.sql} from device d
left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id
where d.organization_id = $1 and d.kind = $2 and d.id > $3 and ($4::bigint is null or d.customer_id = $4)
  and ($5::text is null or strpos(lower(d.name), lower($5)) > 0 or strpos(lower(c.name), lower($5)) > 0)
order by d.id`,
);

const foundColumns = columns({
  device: deviceColumns,
  ownerId: nullable(bigint("c.owner_operator_id")),
  metadata: nullable(json<Metadata>("d.metadata")),
});
const ownedDevice = "device d left join customer c on c.organization_id = d.organization_id and c.id = d.customer_id";
const readFound = query(
  "read_devices_with_owners",
  foundColumns,
  `select ${foundColumns.sql} from ${ownedDevice} where d.organization_id = $1 and d.id = any($2::bigint[])`,
);
const pageBy = (name: string, ofCustomer: string) =>
  pageQuery(
    name,
    deviceColumns,
    `select ${deviceColumns.sql} from ${ownedDevice}
where d.organization_id = $1 and c.owner_operator_id is not distinct from $2::bigint
  and ($3::text is null or d.kind = $3) and d.id > $4::bigint${ofCustomer}
order by d.id`,
  );
const pageAll = pageBy("page_devices", "");
const pageOfCustomer = pageBy("page_devices_of_customer", " and d.customer_id = $5::bigint");
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

    ofKind: (organizationId, { kind, customerId, text }, page) =>
      readPage(sql, page, {
        statement: mapRows(pageOfKind, ({ device, ...more }) => ({ ...device, ...more })),
        values: [organizationId, kind, page.after ?? -1, customerId ?? null, text ?? null],
        keyOf: ({ id }) => id,
      }),

    async fingerprintHash(organizationId, deviceId) {
      const [row] = await readHash(sql, organizationId, deviceId);
      return row?.hash ?? undefined;
    },

    async byFingerprint(organizationId, customerId, fingerprint) {
      const hashes = fingerprintHashes(secrets, customerId, fingerprint);
      const [row] = await readDeviceOf(sql, organizationId, customerId, hashes);
      return row === undefined ? undefined : { ...row, fingerprint };
    },

    findById: organizationLoader<number, FoundDevice>(async (organizationId, ids) => {
      const found = await readFound(sql, organizationId, ids);
      return new Map(found.map((one) => [one.device.id, one]));
    }),

    list(organizationId, { ownerId, customerId, kind = null }, page) {
      const values = [organizationId, ownerId, kind, page.after ?? -1];
      const keyOf = ({ id }: Device) => id;
      if (customerId === undefined) return readPage(sql, page, { statement: pageAll, values, keyOf });
      return readPage(sql, page, { statement: pageOfCustomer, values: [...values, customerId], keyOf });
    },

    async metadataOf(organizationId, deviceId) {
      const [row] = await readMetadata(sql, organizationId, deviceId);
      return row?.metadata ?? null;
    },
  };
}
