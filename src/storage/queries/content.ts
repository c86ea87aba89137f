import type { ProductKind } from "../../core/product.ts";
import type { ContentBinding, ContentQueries, HeldContent } from "../../queries/content.ts";
import { readFileStoreId } from "../file-store-id.ts";
import { bindingColumns } from "../nouns/binding.ts";
import { deliveryColumns } from "../nouns/delivery.ts";
import { editionColumns, readEditions } from "../nouns/edition.ts";
import { entitlementColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, nullable, optional, text, time } from "../table.ts";
import { kindLoader } from "./batch-loader.ts";

const keyColumn = columns({ contentKey: text() });
const readKeys = query("read_content_keys", keyColumn, `select ${keyColumn.sql} from edition`);

const contentColumns = columns({
  product: columns({
    id: bigint("p.id"),
    name: text("p.name"),
    slots: integer("p.slots"),
    startsAtMs: nullable(time("p.starts_at")),
    endsAtMs: nullable(time("p.ends_at")),
    retiredAtMs: nullable(time("p.retired_at")),
  }),
  entitlement: entitlementColumns,
  edition: optional(editionColumns),
  binding: optional(bindingColumns),
  delivery: optional(deliveryColumns),
  deliveredEdition: nullable(text("v.edition_name")),
});
const readHeldContents = query(
  "read_contents",
  contentColumns,
  `select ${contentColumns.sql}
from entitlement e
join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
join product p on p.organization_id = e.organization_id and p.id = e.product_id and p.kind = $3
left join lateral (
  select * from edition where organization_id = $1 and product_id = p.id
    and withdrawn_at is null and (available_at is null or available_at <= to_timestamp($4))
  order by published_at desc, id desc limit 1) as n on true
left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id
left join lateral (
  select l.*, o.name as edition_name from delivery l
  join edition o on o.organization_id = l.organization_id and o.id = l.edition_id
  where l.organization_id = $1 and l.entitlement_id = e.id and l.device_id = b.device_id
  order by l.id desc limit 1) as v on true
where e.organization_id = $1 and e.customer_id = any($2::bigint[]) and e.revoked_at is null
order by e.id, b.slot`,
);

export function contentQueries(sql: SqlExecutor, clock: () => number): ContentQueries {
  const heldBy = kindLoader<number, readonly HeldContent[]>((organizationId, kind, customerIds) =>
    readContents(sql, organizationId, kind, customerIds, clock()),
  );
  return {
    editions: (organizationId, productId) => readEditions(sql, organizationId, [productId]),
    heldBy: async (organizationId, customerId, kind) => (await heldBy(organizationId, kind, customerId)) ?? [],
    async keys() {
      return (await readKeys(sql)).map(({ contentKey }) => contentKey);
    },
    fileStoreId: () => readFileStoreId(sql),
  };
}

/** The content that customers hold, by the number of the customer, the oldest first, with the devices that hold it. */
async function readContents(
  sql: SqlExecutor,
  organizationId: number,
  kind: ProductKind,
  customerIds: readonly number[],
  nowMs: number,
): Promise<ReadonlyMap<number, readonly HeldContent[]>> {
  const rows = await readHeldContents(sql, organizationId, customerIds, kind, nowMs / 1000);
  const found = new Map<number, HeldContent[]>();
  let last: { readonly id: number; readonly bindings: ContentBinding[] } | undefined;
  for (const { product, entitlement, edition, binding, delivery, deliveredEdition } of rows) {
    if (last?.id !== entitlement.id) {
      const bindings: ContentBinding[] = [];
      last = { id: entitlement.id, bindings };
      const content: HeldContent = { product, entitlement, edition, bindings };
      const customerId = entitlement.customer?.id ?? 0;
      const ofCustomer = found.get(customerId);
      if (ofCustomer === undefined) found.set(customerId, [content]);
      else ofCustomer.push(content);
    }
    if (binding === null) continue;
    const latest = delivery === null ? null : { delivery, editionName: deliveredEdition ?? "" };
    last.bindings.push({ ...binding, latest });
  }
  return found;
}
