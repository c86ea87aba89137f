import type { Category } from "../../core/category.ts";
import type { Metadata } from "../../core/metadata.ts";
import type { DatedPrice } from "../../core/price-list.ts";
import {
  accessKeys,
  type KeyLimit,
  type Product,
  type ProductAccessKeys,
  type ProductKind,
  products,
  type Reentry,
} from "../../core/product.ts";
import type { UseLimit } from "../../core/use.ts";
import { rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, locking, query, type SqlExecutor } from "../statement.ts";
import {
  bigint,
  boolean,
  bytes,
  type Column,
  columns,
  group,
  integer,
  json,
  large,
  nullable,
  optionalGroup,
  table,
  text,
  time,
} from "../table.ts";
import type { OnUnreadable } from "./setting.ts";
import { numberedInsert, type StoredNoun, type Transaction, unlessEmpty } from "./stored.ts";

type StoredCategory = Omit<Category, "price"> & {
  readonly price: { readonly minor: string; readonly currency: string } | null;
};

/** Categories with their prices, whose amounts JSON has as texts. */
const categories: Column<readonly Category[]> = {
  ...json<readonly Category[]>(),
  decode: (stored: readonly StoredCategory[]) =>
    stored.map(({ price, ...one }) => ({ ...one, price: price && { ...price, minor: BigInt(price.minor) } })),
  encode: (all) =>
    JSON.stringify(
      all.map(({ price, ...one }) => ({ ...one, price: price && { ...price, minor: String(price.minor) } })),
    ),
};

/** Prices that follow, with the amounts as texts. */
const prices: Column<readonly DatedPrice[]> = {
  ...json<readonly DatedPrice[]>(),
  decode: (stored: readonly { readonly fromMs: number; readonly minor: string }[]) =>
    stored.map(({ fromMs, minor }) => ({ fromMs, minor: BigInt(minor) })),
  encode: (all) => JSON.stringify(all.map(({ fromMs, minor }) => ({ fromMs, minor: String(minor) }))),
};

const productTable = table("product", {
  id: bigint(),
  kind: text<ProductKind>(),
  name: text(),
  description: text(),
  startsAtMs: nullable(time()),
  endsAtMs: nullable(time()),
  capacity: nullable(bigint()),
  issued: bigint(),
  everIssued: boolean(),
  createdAtMs: time(),
  closed: optionalGroup({ atMs: time("closed_at"), renewable: boolean("closed_renewable") }),
  retiredAtMs: nullable(time()),
  stock: optionalGroup({
    price: group({ minor: large("price_minor"), currency: text() }),
    ownerId: nullable(bigint("owner_operator_id")),
    taxPpm: integer(),
    numberDigits: integer(),
    secretDigits: integer(),
    imageUrl: text(),
  }),
  inStock: bigint(),
  prices,
  renewsPin: boolean(),
  slots: integer(),
  uses: group({ max: nullable(integer("uses_max")), per: text<UseLimit["per"]>("uses_per") }),
  reentry: text<Reentry>(),
  categories,
  timeZone: text(),
  attention: nullable(text()),
  metadata: nullable(json<Metadata>()),
});

export const productColumns = columns(productTable.in("p"));

const lockProducts = locking(
  "lock_products",
  productColumns,
  "p",
  (lock) => `select ${productColumns.sql} from product p
     where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id ${lock}`,
);

const insertProducts = command("insert_products", numberedInsert(productTable.insert, "product_id_seq"));

const updateProducts = command("update_products", productTable.update);

/**
 * Waits for a fold of the log that is under way. One that has begun then does nothing: it saw the products. The first fold
 * waits for the row.
 */
const stopFolding = command(
  "stop_folding",
  `insert into statistic_fold as f (organization_id, folded_to, deletions) values ($1, -1, 1)
on conflict (organization_id) do update set deletions = f.deletions + 1`,
);

/** Deletes products that never issued anything, with their editions, their entries of the log and what these counted. */
const deleteProducts = command(
  "delete_products",
  `with gone as (delete from product where organization_id = $1 and id = any($2::bigint[]) and not ever_issued),
       counted as (
         delete from statistic where organization_id = $1 and product_id = any($2::bigint[]) and measure = 'refused'),
       content as (delete from edition where organization_id = $1 and product_id = any($2::bigint[])),
       refused as (delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is not null)
     delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is null`,
);

/** Products by their numbers, without a lock. */
export function readProducts(sql: SqlExecutor, organizationId: number, ids: readonly number[]): Promise<Product[]> {
  return lockProducts.none(sql, organizationId, ids);
}

export const storedProducts: StoredNoun<number, Product> = {
  noun: products,
  sequence: "product_id_seq",
  locksRows: true,
  removesRows: true,

  async load({ sql, organizationId }, asked, lock) {
    return [rows(products, await lockProducts[lock](sql, organizationId, asked.keys(products)))];
  },

  *write({ sql, organizationId }, { added, changed, removed }) {
    yield* unlessEmpty(removed, () => stopFolding(sql, organizationId));
    yield* unlessEmpty(removed, (ids) => deleteProducts(sql, organizationId, ids));
    yield* unlessEmpty(added, (all) => insertProducts(sql, organizationId, ...productTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => updateProducts(sql, organizationId, ...productTable.arrays(all)));
  },
};

/** The purpose for which access keys are sealed and looked up. */
export const accessKeyPurpose = "access key";

const linkedKey = columns({
  productId: bigint("l.product_id"),
  sealed: bytes("k.key_sealed"),
  categories: nullable(json<readonly string[]>("l.categories")),
});
const readLinkedKeys = query(
  "read_access_keys_of",
  linkedKey,
  `select ${linkedKey.sql}
     from product_access_key l
     join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
     where l.organization_id = $1 and l.product_id = any($2::bigint[])
     order by l.product_id, l.position`,
);

/**
 * The access keys of products, in the order in which they were given. With `onUnreadable` it reports a key that does
 * not open and leaves it out. Without it, it rejects: a caller that writes the keys back must know all of them.
 */
export async function readAccessKeysOf(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  productIds: readonly number[],
  onUnreadable?: OnUnreadable,
): Promise<ReadonlyMap<number, ProductAccessKeys>> {
  const keysOf = new Map(productIds.map((id) => [id, { keys: [] as string[], limits: [] as KeyLimit[] }]));
  for (const { productId, sealed, categories } of await readLinkedKeys(sql, organizationId, productIds)) {
    try {
      const key = secrets.open(sealed, accessKeyPurpose);
      keysOf.get(productId)?.keys.push(key);
      if (categories !== null) keysOf.get(productId)?.limits.push({ key, categories });
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      onUnreadable(organizationId, `access key of product ${productId}`);
    }
  }
  return new Map([...keysOf].map(([productId, of]) => [productId, { productId, ...of }]));
}

// Sorted, and for all products at once, so that two processes that add the same keys lock them in the same order.
const insertAccessKeys = command(
  "insert_access_keys",
  `insert into access_key (organization_id, id, key_hash, key_sealed)
       select $1::bigint, nextval('access_key_id_seq'), n.hash, n.sealed
       from unnest($2::bytea[], $3::bytea[]) as n (hash, sealed)
       where not exists (select from access_key k where k.organization_id = $1 and k.key_hash = n.hash)
       order by n.hash
       on conflict (organization_id, key_hash) do nothing`,
);

const unlinkAccessKeys = command(
  "unlink_access_keys",
  "delete from product_access_key where organization_id = $1 and product_id = any($2::bigint[])",
);

/** Starts the statement that adds those of the keys that the organization does not have. No key is ever removed. */
export function addAccessKeys(
  { sql, secrets, organizationId }: Transaction,
  keys: readonly string[],
): Promise<unknown> {
  return insertAccessKeys(
    sql,
    organizationId,
    keys.map((key) => secrets.lookupHash(key, accessKeyPurpose)),
    keys.map((key) => secrets.seal(key, accessKeyPurpose)),
  );
}

const keyLinks = table("product_access_key", {
  productId: bigint(),
  hash: bytes(),
  position: integer(),
  categories: nullable(json<readonly string[]>()),
});
const linkAccessKeys = command(
  "link_access_keys",
  `insert into product_access_key (organization_id, product_id, access_key_id, position, categories)
       select distinct on (n.product_id, n.position) $1::bigint, n.product_id, k.id, n.position, n.categories
       from ${keyLinks.sent}
       join access_key k on k.organization_id = $1 and k.key_hash = n.hash
       order by n.product_id, n.position, k.id`,
);

export const storedAccessKeys: StoredNoun<number, ProductAccessKeys> = {
  noun: accessKeys,

  async load({ sql, secrets, organizationId }, asked) {
    const keysOf = await readAccessKeysOf(sql, secrets, organizationId, asked.keys(accessKeys));
    return [rows(accessKeys, [...keysOf.values()])];
  },

  *write(transaction, { added, changed }) {
    const { sql, secrets, organizationId } = transaction;
    const lists = [...added, ...changed];
    const links = lists.flatMap(({ productId, keys, limits }) => {
      const categoriesOf = new Map(limits.map(({ key, categories: limit }) => [key, limit]));
      return keys.flatMap((key, position) =>
        secrets
          .lookupHashes(key, accessKeyPurpose)
          .map((hash) => ({ productId, hash, position, categories: categoriesOf.get(key) ?? null })),
      );
    });
    yield addAccessKeys(transaction, [...new Set(lists.flatMap(({ keys }) => keys))]);
    yield unlinkAccessKeys(
      sql,
      organizationId,
      lists.map(({ productId }) => productId),
    );
    yield linkAccessKeys(sql, organizationId, ...keyLinks.arrays(links));
  },
};
