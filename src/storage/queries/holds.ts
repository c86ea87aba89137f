import { type HeldPlaces, type Hold, roomOf, roomOfCategory } from "../../core/hold.ts";
import type { FoundHold, HoldQueries } from "../../queries/holds.ts";
import { holdColumns } from "../nouns/hold.ts";
import { productColumns } from "../nouns/product.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, raw } from "../table.ts";
import { organizationLoader } from "./batch-loader.ts";
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

const foundColumns = columns({ hold: holdColumns, ownerId: nullable(bigint("p.owner_operator_id")) });
const ownedHold = "hold h join product p on p.organization_id = h.organization_id and p.id = h.product_id";
const readFound = query(
  "read_holds_with_owners",
  foundColumns,
  `select ${foundColumns.sql} from ${ownedHold} where h.organization_id = $1 and h.id = any($2::bigint[])`,
);
const pageBy = (name: string, further: string) =>
  pageQuery(
    name,
    holdColumns,
    `select ${holdColumns.sql} from ${ownedHold}
where h.organization_id = $1 and p.owner_operator_id is not distinct from $2::bigint
  and ($3::bigint[] is null or h.product_id = any($3)) and ($4::text[] is null or h.category = any($4))
  and ($5::boolean is null or (h.ended_at is null and h.ends_at > to_timestamp($6)) = $5)
  and ($7::bigint is null or h.product_id = $7) and h.id > $8::bigint${further}
order by h.id`,
  );
const pageAll = pageBy("page_holds", "");
const pageWithReference = pageBy("page_holds_with_reference", " and h.reference = $9");
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

    findById: organizationLoader<number, FoundHold>(async (organizationId, ids) => {
      const found = await readFound(sql, organizationId, ids);
      return new Map(found.map((one) => [one.hold.id, one]));
    }),

    list(organizationId, { ownerId, productIds, categories, productId = null, reference, live }, page) {
      const moment = [live?.is ?? null, (live?.atMs ?? 0) / 1000];
      const values = [organizationId, ownerId, productIds, categories, ...moment, productId, page.after ?? -1];
      const keyOf = ({ id }: Hold) => id;
      if (reference === undefined) return readPage(sql, page, { statement: pageAll, values, keyOf });
      return readPage(sql, page, { statement: pageWithReference, values: [...values, reference], keyOf });
    },

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
