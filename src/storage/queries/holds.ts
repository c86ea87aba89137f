import { type HeldPlaces, type Hold, roomOf, roomOfCategory } from "../../core/hold.ts";
import type { HoldQueries } from "../../queries/holds.ts";
import { holdColumns } from "../nouns/hold.ts";
import { productColumns } from "../nouns/product.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, raw } from "../table.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

/** The holds of a product that are live at $3; `h` is their alias. */
const liveOf = (productId: string) => `from hold h
where h.organization_id = $1 and h.product_id = ${productId} and h.ended_at is null and h.ends_at > to_timestamp($3)`;

const pageLive = pageQuery(
  "page_live_holds",
  holdColumns,
  `select ${holdColumns.sql} ${liveOf("$2")} and h.id > $4 order by h.id`,
);

const pageReferred = pageQuery(
  "page_holds_by_reference",
  holdColumns,
  `select ${holdColumns.sql} from hold h where h.organization_id = $1 and h.reference = $2 and h.id > $3 order by h.id`,
);

const readById = query(
  "read_hold",
  holdColumns,
  `select ${holdColumns.sql} from hold h where h.organization_id = $1 and h.id = $2`,
);

// One statement, so that a place that a hold gives to an entitlement meanwhile is counted once.
const heldColumns = columns({
  product: productColumns,
  kept: raw<readonly HeldPlaces[]>(`(
  select coalesce(json_agg(k), '[]') from (
    select h.category, sum(h.quantity) as quantity ${liveOf("p.id")} group by h.category) as k)`),
  suspendedStock: bigint(`(
  select count(*) from entitlement e
  where e.organization_id = $1 and e.product_id = p.id and e.in_stock and e.suspended_at is not null)`),
  heldStock: bigint(`(
  select count(*) from hold h
  join entitlement e on e.organization_id = h.organization_id and e.hold_id = h.id and e.in_stock and e.suspended_at is null
  where h.organization_id = $1 and h.product_id = p.id and h.ended_at is null and h.ends_at > to_timestamp($3))`),
});
const readHeld = query(
  "read_availability",
  heldColumns,
  `select ${heldColumns.sql} from product p where p.organization_id = $1 and p.id = $2`,
);

export function holdQueries(sql: SqlExecutor): HoldQueries {
  return {
    byId: async (organizationId, id) => (await readById(sql, organizationId, id))[0],

    live: (organizationId, productId, atMs, page) =>
      readPage(sql, page, {
        statement: mapRows(pageLive, (hold: Hold) => ({ ...hold, leftMs: hold.endsAtMs - atMs })),
        values: [organizationId, productId, atMs / 1000, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),

    byReference: (organizationId, reference, page) =>
      readPage(sql, page, {
        statement: pageReferred,
        values: [organizationId, reference, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),

    async availability(organizationId, productId, atMs) {
      const [found] = await readHeld(sql, organizationId, productId, atMs / 1000);
      if (found === undefined) return undefined;
      const { product, kept, heldStock, suspendedStock } = found;
      return {
        places: roomOf(product, kept),
        categories: product.categories.flatMap(({ key }) => {
          const room = roomOfCategory(product, key, kept);
          return room === undefined ? [] : [{ key, ...room }];
        }),
        stock:
          product.stock === null
            ? null
            : { inStock: product.inStock, held: heldStock, free: product.inStock - heldStock - suspendedStock },
      };
    },
  };
}
