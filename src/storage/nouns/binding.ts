import { type Holding, holdingOf, holdings, holdingsOn } from "../../core/binding.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
import { bigint, columns, integer, table, time } from "../table.ts";
import { deviceColumns, namedDevices, withHashes } from "./device.ts";
import type { StoredNoun } from "./stored.ts";

const bound = { slot: integer(), boundAtMs: time() };

export const bindingColumns = columns({ ...table("binding", bound).in("b"), device: deviceColumns });

const onDevices = namedDevices(3);
const heldColumns = columns({ entitlementId: bigint("b.entitlement_id"), binding: bindingColumns });
const readHoldings = query(
  "read_holdings",
  heldColumns,
  `select ${heldColumns.sql}
from binding b
join device d on d.organization_id = b.organization_id and d.id = b.device_id
where b.organization_id = $1 and b.entitlement_id = any(array(
  select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[])
  union all
  select h.entitlement_id from (${onDevices.sql}) as f
  join binding h on h.organization_id = $1 and h.device_id = f.id))
order by b.entitlement_id, b.slot`,
);

const deleteBindings = command(
  "delete_bindings",
  "delete from binding where organization_id = $1 and entitlement_id = any($2::bigint[])",
);

const bindingTable = table("binding", { entitlementId: bigint(), ...bound, deviceId: bigint() });
const insertBindings = command("insert_bindings", bindingTable.insert);

/** The lock of the entitlement locks its bindings, too. */
export const storedHoldings: StoredNoun<number, Holding> = {
  noun: holdings,

  async load({ sql, secrets, organizationId }, asked) {
    const found = await readHoldings(
      sql,
      organizationId,
      asked.questions(holdingOf),
      ...onDevices.arrays(withHashes(secrets, asked.questions(holdingsOn))),
    );
    const byEntitlement = Map.groupBy(found, ({ entitlementId }) => entitlementId);
    return [
      rows(
        holdings,
        [...byEntitlement].map(([entitlementId, of]) => ({
          entitlementId,
          bindings: of.map(({ binding }) => binding),
        })),
      ),
    ];
  },

  *write({ sql, organizationId }, { added, changed }) {
    const all = [...added, ...changed];
    const written = all.flatMap(({ entitlementId, bindings }) =>
      bindings.map(({ slot, boundAtMs, device }) => ({ entitlementId, slot, boundAtMs, deviceId: device.id })),
    );
    yield deleteBindings(
      sql,
      organizationId,
      all.map(({ entitlementId }) => entitlementId),
    );
    yield insertBindings(sql, organizationId, ...bindingTable.arrays(written));
  },
};
