import type { Binding } from "../../core/binding.ts";
import type { ProductKind } from "../../core/product.ts";
import type { HeldEntitlement, KindFilter, SoldEntitlement } from "../../queries/entitlements.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import { bindingColumns } from "../nouns/binding.ts";
import { entitlementColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, optional, text } from "../table.ts";
import { pageRowsMax as soldMax, toPage } from "./pages.ts";

/**
 * Entitlements on the first page of a customer, which one query reads for many customers. Most customers have fewer,
 * and cost a share of one query.
 */
export const firstHeldMax = 50;
/** Rows of a later page, at most. */
const pageRowsMax = 2_000;

/** The columns of an entitlement, of its product, and of one of its bindings, each under a key. */
const heldOf = (key: string, product: { readonly id: string; readonly kind: string; readonly name: string }) =>
  columns({
    key: text(key),
    product: columns({ id: bigint(product.id), kind: text(product.kind), name: text(product.name) }),
    entitlement: entitlementColumns,
    binding: optional(bindingColumns),
  });
const byCode = heldOf("e.code", { id: "p.id", kind: "p.kind", name: "p.name" });
/** For queries that join product and entitlement in a part of their own and cut it to a page. */
const byHolder = heldOf("c.identity", { id: "e.product_id", kind: "e.product_kind", name: "e.product_name" });

const cut = `select e.*, p.kind as product_kind, p.name as product_name
    from entitlement e
    join product p on p.organization_id = e.organization_id and p.id = e.product_id
    where e.organization_id = $1 and p.kind = $3 and e.customer_id = c.id`;
const bindingSource = `left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
left join device d on d.organization_id = $1 and d.id = b.device_id`;

const readHeldByCode = query(
  "read_held",
  byCode,
  `select ${byCode.sql}
from entitlement e
join product p on p.organization_id = e.organization_id and p.id = e.product_id
left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
${bindingSource}
where e.organization_id = $1 and e.code = any($2::text[])
order by e.id, b.slot`,
);

const readFirst = query(
  "read_first_held_by",
  byHolder,
  `select ${byHolder.sql}
from customer c
cross join lateral (
  ${cut}
  order by e.id limit ${firstHeldMax}) as e
${bindingSource}
where c.organization_id = $1 and c.identity = any($2::text[])
order by e.id, b.slot`,
);

// Two limits, for the reason at `pageQuery`.
const readOthers = query(
  "page_held_by",
  byHolder,
  `select ${byHolder.sql}
from customer c
cross join lateral (
  select * from (
    ${cut} and e.id > $4
    order by e.id limit ${pageRowsMax}) as page
  limit $5::bigint) as e
${bindingSource}
where c.organization_id = $1 and c.identity = $2
order by e.id, b.slot`,
);

const soldColumns = columns({
  key: text("''"),
  product: columns({
    id: bigint("e.product_id"),
    kind: text("e.product_kind"),
    name: text("e.product_name"),
    slots: integer("e.product_slots"),
    timeZone: text("e.product_time_zone"),
  }),
  entitlement: entitlementColumns,
  binding: optional(bindingColumns),
});
const readSold = query(
  "page_sold_of_kind",
  soldColumns,
  `select ${soldColumns.sql}
from (
  select * from (
    select e.*, p.kind as product_kind, p.name as product_name, p.slots as product_slots, p.time_zone as product_time_zone
    from entitlement e
    join product p on p.organization_id = e.organization_id and p.id = e.product_id
    left join customer h on h.organization_id = e.organization_id and h.id = e.customer_id
    where e.organization_id = $1 and p.kind = $2 and e.id > $3 and not e.in_stock
      and ($4::bigint is null or e.customer_id = $4) and ($5::bigint is null or e.product_id = $5)
      and ($6::text is null or starts_with(e.code, $6))
      and ($7::text is null or strpos(lower(e.code), lower($7)) > 0 or strpos(lower(p.name), lower($7)) > 0
        or strpos(lower(h.name), lower($7)) > 0)
    order by e.id limit ${soldMax}) as page
  limit $8::bigint) as e
left join customer c on c.organization_id = $1 and c.id = e.customer_id
${bindingSource}
order by e.id, b.slot`,
);

/** Entitlements by code, with their products and the devices that hold them. */
export async function readHeld(
  sql: SqlExecutor,
  organizationId: number,
  codes: readonly string[],
): Promise<ReadonlyMap<string, HeldEntitlement>> {
  const rows = await readHeldByCode(sql, organizationId, codes);
  const found = new Map<string, HeldEntitlement>();
  for (const [code, [held]] of gather(rows)) if (held !== undefined) found.set(code, held);
  return found;
}

/** The first entitlements of customers, by the identity of the customer. */
export async function readFirstHeldBy(
  sql: SqlExecutor,
  organizationId: number,
  kind: ProductKind,
  identities: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldEntitlement[]>> {
  return gather(await readFirst(sql, organizationId, identities, kind));
}

/** The entitlements of a customer behind the first page, oldest first. */
export async function pageHeldBy(
  sql: SqlExecutor,
  organizationId: number,
  kind: ProductKind,
  identity: string,
  { after, limit = pageRowsMax }: PageRequest<HeldEntitlement>,
): Promise<Page<HeldEntitlement>> {
  const rowsMax = Math.min(limit, pageRowsMax);
  const rows = await readOthers(sql, organizationId, identity, kind, after, rowsMax);
  return toPage(gather(rows).get(identity) ?? [], rowsMax, ({ entitlement }) => entitlement.id);
}

/** Entitlements of products of a kind, ascending by number. */
export async function pageSold(
  sql: SqlExecutor,
  organizationId: number,
  { kind, customerId, productId, codeStart, text }: KindFilter,
  { after, limit = soldMax }: PageRequest<SoldEntitlement>,
): Promise<Page<SoldEntitlement>> {
  const rowsMax = Math.min(limit, soldMax);
  const filter = [customerId ?? null, productId ?? null, codeStart ?? null, text ?? null];
  const rows = await readSold(sql, organizationId, kind, after ?? -1, ...filter, rowsMax);
  return toPage(gather(rows).get("") ?? [], rowsMax, ({ entitlement }) => entitlement.id);
}

/** A row of an entitlement and one of its bindings. */
interface HeldRow<Sold> extends Pick<HeldEntitlement, "entitlement"> {
  readonly key: string;
  readonly product: Sold;
  readonly binding: Binding | null;
}

/** Gathers rows, one for each binding, to entitlements by key. The rows of one entitlement follow one another. */
function gather<Sold>(rows: readonly HeldRow<Sold>[]) {
  const found = new Map<string, (Omit<HeldEntitlement, "product"> & { readonly product: Sold })[]>();
  let bindings: Binding[] = [];
  let lastId: number | undefined;
  for (const { key, product, entitlement, binding } of rows) {
    if (entitlement.id !== lastId) {
      lastId = entitlement.id;
      bindings = [];
      const held = { product, entitlement, bindings };
      const ofKey = found.get(key);
      if (ofKey === undefined) found.set(key, [held]);
      else ofKey.push(held);
    }
    if (binding !== null) bindings.push(binding);
  }
  return found;
}
