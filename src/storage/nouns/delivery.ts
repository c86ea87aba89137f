import { type Delivery, deliveries, deliveriesOf, deliveriesOn } from "../../core/delivery.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking } from "../statement.ts";
import { bigint, columns, nullable, optionalGroup, table, text, time } from "../table.ts";
import { namedDevices, withHashes } from "./device.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const lasting = { entitlementId: bigint(), deviceId: bigint(), editionId: bigint(), requestedAtMs: time() };
const history = {
  endedAtMs: nullable(time()),
  built: optionalGroup({
    fileName: text(),
    bytes: bigint("file_bytes"),
    sha1: text("file_sha1"),
    sha256: text("file_sha256"),
    readyAtMs: time(),
    expiresAtMs: time(),
  }),
};
const deliveryTable = table("delivery", { ...id, ...lasting, ...history });

export const deliveryColumns = columns(deliveryTable.in("v"));

// By device, too: a device that becomes another machine ends its deliveries, whatever their entitlements.
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
    return [rows(deliveries, found)];
  },

  *write({ sql, organizationId }, { added, changed }) {
    // An old delivery ends before the delivery that takes its place begins.
    yield* unlessEmpty(changed, (all) => updateDeliveries(sql, organizationId, ...changedTable.arrays(all)));
    yield* unlessEmpty(added, (all) => insertDeliveries(sql, organizationId, ...deliveryTable.arrays(all)));
  },
};
