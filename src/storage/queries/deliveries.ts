import type { DeliveryQueries } from "../../queries/deliveries.ts";
import { deliveryColumns } from "../nouns/delivery.ts";
import { deviceColumns } from "../nouns/device.ts";
import { editionColumns } from "../nouns/edition.ts";
import { entitlementColumns, entitlementSource } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, columns, nullable, text, time } from "../table.ts";
import { aboveAll, pageQuery, readPage } from "./pages.ts";

const detailColumns = columns({
  delivery: deliveryColumns,
  product: columns({ id: bigint("p.id"), kind: text("p.kind"), name: text("p.name") }),
  edition: editionColumns,
  entitlement: entitlementColumns,
  device: deviceColumns,
  fingerprintHash: nullable(text("encode(d.fingerprint_hash, 'hex')")),
});
const readDelivery = query(
  "read_delivery",
  detailColumns,
  `select ${detailColumns.sql}
from delivery v
join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
join device d on d.organization_id = v.organization_id and d.id = v.device_id
join product p on p.organization_id = n.organization_id and p.id = n.product_id
join (${entitlementSource}) on e.organization_id = v.organization_id and e.id = v.entitlement_id
where v.organization_id = $1 and v.id = $2`,
);

const named = {
  organizationId: bigint("v.organization_id"),
  deliveryId: bigint("v.id"),
  code: text("e.code"),
};
const source = "delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id";

const listedColumns = columns({
  delivery: deliveryColumns,
  productId: bigint("e.product_id"),
  code: text("e.code"),
  category: nullable(text("e.category")),
});
const listed = (name: string, condition: string) =>
  pageQuery(
    name,
    listedColumns,
    `select ${listedColumns.sql} from ${source}
where v.organization_id = $1 and v.id < $2 and ($3::bigint is null or e.product_id = $3)
  and (not $4::boolean or v.ended_at is null)
  and ($5::bigint[] is null or e.product_id = any($5)) and ($6::text[] is null or e.category = any($6))${condition}
order by v.id desc`,
  );
const pageDeliveries = listed("page_deliveries", "");
const pageDeliveriesOf = listed("page_deliveries_of_entitlement", " and v.entitlement_id = $7");

// A process that died in the last attempt of a build has not recorded the end of the delivery.
const removableColumns = columns({ ...named, hasEnded: boolean("v.ended_at is not null") });
const readRemovable = query(
  "read_removable_deliveries",
  removableColumns,
  `select ${removableColumns.sql} from ${source}
where v.removed_at is null and (v.ended_at is not null or v.expires_at <= to_timestamp($2)
  or v.ready_at is null and not exists (
    select from graphile_worker.jobs j
    where j.key = 'build_delivery:' || v.organization_id || ':' || v.id
      and (j.attempts < j.max_attempts or j.locked_at is not null)))
order by v.organization_id, v.id limit $1`,
);

const offeredColumns = columns({
  ...named,
  bytes: bigint("v.file_bytes"),
  sha256: text("v.file_sha256"),
  readyAtMs: time("v.ready_at"),
});
const readOffered = query(
  "read_built_deliveries",
  offeredColumns,
  `select ${offeredColumns.sql} from ${source}
where v.ended_at is null and v.removed_at is null and v.ready_at is not null
  and (v.organization_id, v.id) > ($1::bigint, $2::bigint)
order by v.organization_id, v.id limit $3`,
);

export function deliveryQueries(sql: SqlExecutor): DeliveryQueries {
  return {
    async byId(organizationId, deliveryId) {
      const [row] = await readDelivery(sql, organizationId, deliveryId);
      return row;
    },

    list(organizationId, { productId, entitlementId, openOnly, productIds, categories }, page) {
      const values = [organizationId, page.after ?? aboveAll, productId, openOnly, productIds, categories];
      return readPage(sql, page, {
        statement: entitlementId === undefined ? pageDeliveries : pageDeliveriesOf,
        values: entitlementId === undefined ? values : [...values, entitlementId],
        keyOf: ({ delivery }) => delivery.id,
      });
    },

    removable: (nowMs, limit) => readRemovable(sql, limit, nowMs / 1000),

    offered: (after, limit) => readOffered(sql, after.organizationId, after.deliveryId, limit),
  };
}
