import type { Binding } from "../../core/binding.ts";
import type { ProductKind } from "../../core/product.ts";
import type { HeldEntitlement } from "../../queries/entitlements.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import { bindingColumns } from "../nouns/binding.ts";
import { entitlementColumns } from "../nouns/entitlement.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, optional, type RowOf, text } from "../table.ts";
import { toPage } from "./pages.ts";

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
type HeldRow = RowOf<typeof byCode>;

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

/** Gathers rows, one for each binding, to entitlements by key. The rows of one entitlement follow one another. */
function gather(rows: readonly HeldRow[]): Map<string, HeldEntitlement[]> {
  const found = new Map<string, HeldEntitlement[]>();
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
