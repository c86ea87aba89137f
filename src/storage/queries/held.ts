import type { Binding } from "../../core/binding.ts";
import type { ProductKind } from "../../core/product.ts";
import type { HeldEntitlement } from "../../queries/entitlements.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import { type BindingRow, bindingColumns, toBinding } from "../statements/bindings.ts";
import {
  type EntitlementRow,
  entitlementColumnCount,
  entitlementColumns,
  toEntitlement,
} from "../statements/entitlements.ts";
import { type Runner, run } from "../statements/statement.ts";
import { toPage } from "./pages.ts";

/**
 * Entitlements of one customer that are read together with those of other customers, for the first page of each. Most
 * customers have fewer, and cost a share of one query.
 */
export const firstHeldMax = 50;
/** Rows of the pages behind the first, at most. */
const pageRowsMax = 2_000;

type ProductPart = [productId: number, kind: ProductKind, name: string];
/** No binding is a row of nulls. */
type HeldRow = [key: string, ...ProductPart, ...EntitlementRow, ...(BindingRow | [null])];

const productPartLength = 3;
const heldColumns = `p.id, p.kind, p.name, ${entitlementColumns}, ${bindingColumns}`;
/** The same where product and entitlement have been joined in a part of their own, to be cut to a page. */
const cutColumns = heldColumns.replace(/\bp\.(\w+)/g, "e.product_$1");
const cutSource = `entitlement e
       join product p on p.organization_id = e.organization_id and p.id = e.product_id
       where e.organization_id = $1 and p.kind = $3`;
const cut = "e.*, p.kind as product_kind, p.name as product_name";
const bindingSource = `left join binding b on b.organization_id = $1 and b.entitlement_id = e.id
     left join device d on d.organization_id = $1 and d.id = b.device_id`;

/** By code: entitlements with their products and the devices that hold them. */
export async function readHeld(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
): Promise<ReadonlyMap<string, HeldEntitlement>> {
  const rows = await run<HeldRow>(
    runner,
    "read_held",
    `select e.code, ${heldColumns}
     from entitlement e
     join product p on p.organization_id = e.organization_id and p.id = e.product_id
     left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
     ${bindingSource}
     where e.organization_id = $1 and e.code = any($2::text[])
     order by e.id, b.slot`,
    [organizationId, codes],
  );
  const found = new Map<string, HeldEntitlement>();
  for (const held of [...gather(rows).values()].flat()) found.set(held.entitlement.code, held);
  return found;
}

/** By identity: the first entitlements of each of these customers. */
export async function readFirstHeldBy(
  runner: Runner,
  organizationId: number,
  kind: ProductKind,
  identities: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldEntitlement[]>> {
  const rows = await run<HeldRow>(
    runner,
    "read_first_held_by",
    `select c.identity, ${cutColumns}
     from customer c
     cross join lateral (
       select ${cut} from ${cutSource} and e.customer_id = c.id
       order by e.id limit ${firstHeldMax}) as e
     ${bindingSource}
     where c.organization_id = $1 and c.identity = any($2::text[])
     order by e.id, b.slot`,
    [organizationId, identities, kind],
  );
  return gather(rows);
}

/** The entitlements of a customer behind the first page, oldest first. */
export async function pageHeldBy(
  runner: Runner,
  organizationId: number,
  kind: ProductKind,
  identity: string,
  { after, limit = pageRowsMax }: PageRequest<HeldEntitlement>,
): Promise<Page<HeldEntitlement>> {
  const rowsMax = Math.min(limit, pageRowsMax);
  const rows = await run<HeldRow>(
    runner,
    "page_held_by",
    // Two limits, for the reason at `readPage`.
    `select c.identity, ${cutColumns}
     from customer c
     cross join lateral (
       select * from (
         select ${cut} from ${cutSource} and e.customer_id = c.id and e.id > $4
         order by e.id limit ${pageRowsMax}) as page
       limit $5::bigint) as e
     ${bindingSource}
     where c.organization_id = $1 and c.identity = $2
     order by e.id, b.slot`,
    [organizationId, identity, kind, after, rowsMax],
  );
  return toPage(gather(rows).get(identity) ?? [], rowsMax, ({ entitlement }) => entitlement.id);
}

/** Rows, one a binding, as entitlements by their first column; the rows of one entitlement follow one another. */
function gather(rows: readonly HeldRow[]): Map<string, HeldEntitlement[]> {
  const found = new Map<string, HeldEntitlement[]>();
  let bindings: Binding[] = [];
  let lastId: number | undefined;
  for (const [key, ...row] of rows) {
    // Type inference gives up on an array of so many columns, so their parts are cast.
    const [id, kind, name] = row as unknown as ProductPart;
    const entitlementRow = row.slice(productPartLength, productPartLength + entitlementColumnCount) as EntitlementRow;
    const bindingRow = row.slice(productPartLength + entitlementColumnCount) as BindingRow | [null];
    if (entitlementRow[0] !== lastId) {
      lastId = entitlementRow[0];
      bindings = [];
      const held: HeldEntitlement = {
        product: { id, kind, name },
        entitlement: toEntitlement(entitlementRow),
        bindings,
      };
      const ofKey = found.get(key);
      if (ofKey === undefined) found.set(key, [held]);
      else ofKey.push(held);
    }
    if (isBinding(bindingRow)) bindings.push(toBinding(bindingRow));
  }
  return found;
}

function isBinding(row: BindingRow | [null]): row is BindingRow {
  return row[0] !== null;
}
