import { type Delivery, deliveries, deliveriesOf, deliveriesOn } from "../../core/delivery.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking } from "../statement.ts";
import { bigint, columns, nullable, type RowOf, table, text, time } from "../table.ts";
import { namedDevices, withHashes } from "./device.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const lasting = { entitlementId: bigint(), deviceId: bigint(), editionId: bigint(), requestedAtMs: time() };
const history = {
  endedAtMs: nullable(time()),
  fileName: nullable(text()),
  fileBytes: nullable(bigint()),
  fileSha1: nullable(text()),
  fileSha256: nullable(text()),
  readyAtMs: nullable(time()),
  expiresAtMs: nullable(time()),
};
const deliveryTable = table("delivery", { ...id, ...lasting, ...history });

export const deliveryColumns = columns(deliveryTable.in("v"));
type DeliveryRow = RowOf<typeof deliveryColumns>;

export function toDelivery(row: DeliveryRow): Delivery {
  const { fileName, readyAtMs, expiresAtMs } = row;
  return {
    id: row.id,
    entitlementId: row.entitlementId,
    deviceId: row.deviceId,
    editionId: row.editionId,
    requestedAtMs: row.requestedAtMs,
    endedAtMs: row.endedAtMs,
    built:
      fileName === null || readyAtMs === null || expiresAtMs === null
        ? null
        : {
            fileName,
            bytes: row.fileBytes ?? 0,
            sha1: row.fileSha1 ?? "",
            sha256: row.fileSha256 ?? "",
            readyAtMs,
            expiresAtMs,
          },
  };
}

function toRow({ built, ...delivery }: Delivery): DeliveryRow {
  return {
    ...delivery,
    fileName: built?.fileName ?? null,
    fileBytes: built?.bytes ?? null,
    fileSha1: built?.sha1 ?? null,
    fileSha256: built?.sha256 ?? null,
    readyAtMs: built?.readyAtMs ?? null,
    expiresAtMs: built?.expiresAtMs ?? null,
  };
}

// A device that becomes another machine ends its deliveries without a look at the entitlements.
const onDevices = namedDevices(3);
const lockDeliveries = locking(
  "lock_deliveries",
  deliveryColumns,
  "v",
  (lock) => `select ${deliveryColumns.sql} from delivery v
where v.organization_id = $1 and v.ended_at is null and v.id = any(array(
  select w.id from entitlement e
  join delivery w on w.organization_id = e.organization_id and w.entitlement_id = e.id and w.ended_at is null
  where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select w.id from (${onDevices.sql}) as f
  join delivery w on w.organization_id = $1 and w.device_id = f.id and w.ended_at is null))
order by v.id ${lock}`,
);

const insertDeliveries = command("insert_deliveries", deliveryTable.insert);

const changedTable = table("delivery", { ...id, ...history });
const updateDeliveries = command("update_deliveries", changedTable.update);

export const storedDeliveries: StoredNoun<number, Delivery> = {
  noun: deliveries,
  sequence: "delivery_id_seq",
  locksRows: true,

  async load({ sql, secrets, organizationId }, asked, lock) {
    const found = await lockDeliveries[lock](
      sql,
      organizationId,
      asked.questions(deliveriesOf),
      ...onDevices.arrays(withHashes(secrets, asked.questions(deliveriesOn))),
    );
    return [rows(deliveries, found.map(toDelivery))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    // An old delivery ends before the delivery that takes its place begins.
    yield* unlessEmpty(changed, (all) => updateDeliveries(sql, organizationId, ...changedTable.arrays(all.map(toRow))));
    yield* unlessEmpty(added, (all) => insertDeliveries(sql, organizationId, ...deliveryTable.arrays(all.map(toRow))));
  },
};
