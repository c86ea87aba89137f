import type { ProductKind } from "../../core/product.ts";
import type { ContentBinding, ContentQueries, HeldContent } from "../../queries/content.ts";
import { type BindingRow, bindingColumns, toBinding } from "../statements/bindings.ts";
import { type DeliveryRow, deliveryColumnCount, deliveryColumns, toDelivery } from "../statements/deliveries.ts";
import {
  type EditionRow,
  editionColumnCount,
  editionColumns,
  readEditions,
  toEdition,
} from "../statements/editions.ts";
import {
  type EntitlementRow,
  entitlementColumnCount,
  entitlementColumns,
  toEntitlement,
} from "../statements/entitlements.ts";
import { readFileStoreId } from "../statements/file-store.ts";
import { type Runner, run } from "../statements/statement.ts";
import { coalesce } from "./coalesce.ts";
import { perKind, perOrganization } from "./memo.ts";

export function contentQueries(runner: Runner): ContentQueries {
  const heldBy = perOrganization((organizationId) =>
    perKind((kind: ProductKind) =>
      coalesce<number, readonly HeldContent[]>((ids) => readContents(runner, organizationId, kind, ids)),
    ),
  );
  return {
    editions: (organizationId, productId) => readEditions(runner, organizationId, [productId]),
    heldBy: async (organizationId, customerId, kind) => (await heldBy(organizationId)(kind)(customerId)) ?? [],
    async keys() {
      const rows = await run<[key: string]>(runner, "read_content_keys", "select content_key from edition", []);
      return rows.map(([key]) => key);
    },
    fileStoreId: () => readFileStoreId(runner),
  };
}

type ProductRow = [
  name: string,
  slots: number,
  startsAtMs: number | null,
  endsAtMs: number | null,
  retiredAtMs: number | null,
];

/** By the number of the customer: the content that it holds, oldest first, with the devices that hold it. */
async function readContents(
  runner: Runner,
  organizationId: number,
  kind: ProductKind,
  customerIds: readonly number[],
): Promise<ReadonlyMap<number, readonly HeldContent[]>> {
  const rows = await run<[...ProductRow, latestEdition: string | null, ...unknown[]]>(
    runner,
    "read_contents",
    `select p.name, p.slots, p.starts_at, p.ends_at, p.retired_at, v.edition_name, ${entitlementColumns}, ${editionColumns}, ${deliveryColumns}, ${bindingColumns}
     from entitlement e
     join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
     join product p on p.organization_id = e.organization_id and p.id = e.product_id and p.kind = $3
     left join lateral (
       select * from edition where organization_id = $1 and product_id = p.id order by published_at desc, id desc limit 1) as n on true
     left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
     left join device d on d.organization_id = $1 and d.id = b.device_id
     left join lateral (
       select l.*, o.name as edition_name from delivery l
       join edition o on o.organization_id = l.organization_id and o.id = l.edition_id
       where l.organization_id = $1 and l.entitlement_id = e.id and l.device_id = b.device_id
       order by l.id desc limit 1) as v on true
     where e.organization_id = $1 and e.customer_id = any($2::bigint[]) and e.revoked_at is null
     order by e.id, b.slot`,
    [organizationId, customerIds, kind],
  );
  const found = new Map<number, HeldContent[]>();
  let last: { readonly id: number; readonly bindings: ContentBinding[] } | undefined;
  for (const [name, slots, startsAtMs, endsAtMs, retiredAtMs, latestEdition, ...columns] of rows) {
    // Type inference gives up on an array of so many columns, so their parts are cast.
    const take = (count?: number) => columns.splice(0, count ?? columns.length) as unknown;
    const entitlement = toEntitlement(take(entitlementColumnCount) as EntitlementRow);
    const edition = take(editionColumnCount) as EditionRow | [null];
    const delivery = take(deliveryColumnCount) as DeliveryRow | [null];
    const binding = take() as BindingRow | [null];
    if (last?.id !== entitlement.id) {
      const bindings: ContentBinding[] = [];
      last = { id: entitlement.id, bindings };
      const content: HeldContent = {
        product: { id: entitlement.productId, name, slots, startsAtMs, endsAtMs, retiredAtMs },
        entitlement,
        edition: edition[0] === null ? null : toEdition(edition as EditionRow),
        bindings,
      };
      const customerId = entitlement.customer?.id ?? 0;
      const ofCustomer = found.get(customerId);
      if (ofCustomer === undefined) found.set(customerId, [content]);
      else ofCustomer.push(content);
    }
    if (binding[0] === null) continue;
    const latest =
      delivery[0] === null ? null : { delivery: toDelivery(delivery as DeliveryRow), editionName: latestEdition ?? "" };
    last.bindings.push({ ...toBinding(binding as BindingRow), latest });
  }
  return found;
}
