import type { Product, ProductKind } from "../../core/product.ts";
import { spellingsOf } from "../../core/text.ts";
import type { Page, PageRequest } from "../../queries/pages.ts";
import type { KnownProduct, ProductFilter, ProductQueries } from "../../queries/products.ts";
import { productColumns, readAccessKeysOf, readProducts } from "../nouns/product.ts";
import type { OnUnreadable } from "../nouns/setting.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns } from "../table.ts";
import { kindLoader, organizationLoader } from "./batch-loader.ts";
import { pageQuery, readPage } from "./pages.ts";

const readNamed = query(
  "read_products_named",
  productColumns,
  `select distinct on (p.name) ${productColumns.sql} from product p
where p.organization_id = $1 and p.kind = $2 and p.name = any($3::text[]) and p.retired_at is null
order by p.name, p.id`,
);

const pageFiltered = pageQuery(
  "page_products",
  productColumns,
  `select ${productColumns.sql} from product p
where p.organization_id = $1 and ($2::text is null or p.kind = $2) and ($7 or p.retired_at is null) and p.id > $3
  and ($8::bigint[] is null or p.id = any($8))
  and ($4::bigint is null
    or exists (
      select from product_access_key l
      where l.organization_id = $1 and l.product_id = p.id and l.access_key_id = $4)
    or exists (
      select from gate_access_key l
      join gate_product a on a.organization_id = $1 and a.gate_id = l.gate_id
      where l.organization_id = $1 and l.access_key_id = $4 and a.product_id = p.id))
  and (not $5 or p.owner_operator_id is not distinct from $6)
order by p.id`,
);

const outstandingColumns = columns({
  inForce: bigint(`(select count(*) from entitlement e
  where e.organization_id = $1 and e.product_id = $2 and not e.in_stock and e.revoked_at is null and e.suspended_at is null
    and (e.expires_at is null or e.expires_at >= date_trunc('second', to_timestamp($3))))`),
  waiting: bigint(`(select count(*) from delivery v
  join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
  where v.organization_id = $1 and n.product_id = $2 and v.ended_at is null
    and (v.expires_at is null or v.expires_at > to_timestamp($3)))`),
});
const readOutstanding = query("read_outstanding", outstandingColumns, `select ${outstandingColumns.sql}`);

export function productQueries(sql: SqlExecutor, secrets: Secrets, onUnreadable: OnUnreadable): ProductQueries {
  return {
    byId: organizationLoader<number, KnownProduct>(async (organizationId, ids) => {
      const [products, keys] = await Promise.all([
        readProducts(sql, organizationId, ids),
        readAccessKeysOf(sql, secrets, organizationId, ids, onUnreadable),
      ]);
      return new Map(
        products.map((product) => {
          const { keys: accessKeys = [], limits: keyLimits = [] } = keys.get(product.id) ?? {};
          return [product.id, { product, accessKeys, keyLimits }];
        }),
      );
    }),
    byName: kindLoader<string, Product>((organizationId, kind, names) =>
      readProductsNamed(sql, organizationId, kind, names),
    ),
    async outstanding(organizationId, id, atMs) {
      const [row] = await readOutstanding(sql, organizationId, id, atMs / 1000);
      return row ?? { inForce: 0, waiting: 0 };
    },
    list: (organizationId, filter, page) => pageProducts(sql, organizationId, filter, page),
  };
}

/** The oldest live product of a kind for each name, in any spelling of its accents, by the name as it was asked. */
async function readProductsNamed(
  sql: SqlExecutor,
  organizationId: number,
  kind: ProductKind,
  names: readonly string[],
): Promise<ReadonlyMap<string, Product>> {
  const rows = await readNamed(sql, organizationId, kind, names.flatMap(spellingsOf));
  const oldestFirst = rows.sort((a, b) => a.id - b.id);
  const found = new Map<string, Product>();
  for (const name of names) {
    const spellings = spellingsOf(name);
    const product = oldestFirst.find((one) => spellings.includes(one.name));
    if (product !== undefined) found.set(name, product);
  }
  return found;
}

/** Products, ascending by number. */
export function pageProducts(
  sql: SqlExecutor,
  organizationId: number,
  { kind, accessKeyId, ownerId, includesRetired = false, ids = null }: ProductFilter,
  page: PageRequest<Product>,
): Promise<Page<Product>> {
  return readPage(sql, page, {
    statement: pageFiltered,
    values: [
      organizationId,
      kind ?? null,
      page.after ?? -1,
      accessKeyId ?? null,
      ownerId !== undefined,
      ownerId ?? null,
      includesRetired,
      ids,
    ],
    keyOf: ({ id }) => id,
  });
}
