import type { Product, ProductKind, StockTerms } from "../../core/product.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

export const productColumns =
  "p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.issued, p.ever_issued, p.created_at, p.retired_at, p.owner_operator_id, p.price_minor::text, p.currency, p.tax_ppm, p.number_digits, p.secret_digits, p.image_url, p.in_stock, p.slots";

export type ProductRow = [
  id: number,
  kind: ProductKind,
  name: string,
  description: string,
  startsAtMs: number | null,
  endsAtMs: number | null,
  capacity: number | null,
  issued: number,
  everIssued: boolean,
  createdAtMs: number,
  retiredAtMs: number | null,
  ownerId: number | null,
  priceMinor: string | null,
  currency: string | null,
  taxPpm: number | null,
  numberDigits: number | null,
  secretDigits: number | null,
  imageUrl: string | null,
  inStock: number,
  slots: number,
];

export function toProduct(row: ProductRow): Product {
  const [id, kind, name, description, startsAtMs, endsAtMs, capacity, issued, everIssued, createdAtMs, retiredAtMs] =
    row;
  return {
    id,
    kind,
    name,
    description,
    startsAtMs,
    endsAtMs,
    capacity,
    slots: row[19],
    issued,
    everIssued,
    stock: toStockTerms(row),
    inStock: row[18],
    createdAtMs,
    retiredAtMs,
  };
}

/** What is sold from stock has a price. */
function toStockTerms(row: ProductRow): StockTerms | null {
  const [ownerId, priceMinor, currency, taxPpm, numberDigits, secretDigits, imageUrl] = row.slice(11) as StockColumns;
  if (priceMinor === null || currency === null) return null;
  return {
    ownerId,
    price: { minor: BigInt(priceMinor), currency },
    taxPpm: taxPpm ?? 0,
    numberDigits: numberDigits ?? 1,
    secretDigits: secretDigits ?? 0,
    imageUrl: imageUrl ?? "",
  };
}

type StockColumns = ProductRow extends [
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  ...infer Rest,
]
  ? Rest
  : never;

/** Loads products and locks their rows, in the order of their numbers. */
export async function lockProducts(
  runner: Runner,
  organizationId: number,
  ids: readonly number[],
  lock: RowLock,
): Promise<Product[]> {
  const rows = await run<ProductRow>(
    runner,
    `lock_products ${lock}`,
    `select ${productColumns} from product p where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id ${lockingClause(lock, "p")}`,
    [organizationId, ids],
  );
  return rows.map(toProduct);
}

export async function readProducts(runner: Runner, organizationId: number, ids: readonly number[]): Promise<Product[]> {
  const rows = await run<ProductRow>(
    runner,
    "read_products",
    `select ${productColumns} from product p where p.organization_id = $1 and p.id = any($2::bigint[])`,
    [organizationId, ids],
  );
  return rows.map(toProduct);
}

const productArrays = (products: readonly Product[]) => [
  products.map(({ id }) => id),
  products.map(({ kind }) => kind),
  products.map(({ name }) => name),
  products.map(({ description }) => description),
  products.map(({ startsAtMs }) => seconds(startsAtMs)),
  products.map(({ endsAtMs }) => seconds(endsAtMs)),
  products.map(({ capacity }) => capacity),
  products.map(({ issued }) => issued),
  products.map(({ everIssued }) => everIssued),
  products.map(({ createdAtMs }) => seconds(createdAtMs)),
  products.map(({ retiredAtMs }) => seconds(retiredAtMs)),
  products.map(({ stock }) => stock?.ownerId ?? null),
  products.map(({ stock }) => stock?.price.minor ?? null),
  products.map(({ stock }) => stock?.price.currency ?? null),
  products.map(({ stock }) => stock?.taxPpm ?? null),
  products.map(({ stock }) => stock?.numberDigits ?? null),
  products.map(({ stock }) => stock?.secretDigits ?? null),
  products.map(({ stock }) => stock?.imageUrl ?? null),
  products.map(({ inStock }) => inStock),
  products.map(({ slots }) => slots),
];

const unnestedProducts = `unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::bigint[], $9::bigint[],
    $10::boolean[], $11::float8[], $12::float8[], $13::bigint[], $14::bigint[], $15::text[], $16::integer[], $17::integer[],
    $18::integer[], $19::text[], $20::bigint[], $21::integer[])
    as n (id, kind, name, description, starts_at, ends_at, capacity, issued, ever_issued, created_at, retired_at, owner_operator_id,
      price_minor, currency, tax_ppm, number_digits, secret_digits, image_url, in_stock, slots)`;

export function insertProducts(runner: Runner, organizationId: number, products: readonly Product[]): Promise<unknown> {
  return run(
    runner,
    "insert_products",
    // A number that was given and not drawn moves the sequence on, so that it is not drawn later.
    `with added as (
       insert into product (organization_id, id, kind, name, description, starts_at, ends_at, capacity, issued, ever_issued, created_at,
         retired_at, owner_operator_id, price_minor, currency, tax_ppm, number_digits, secret_digits, image_url, in_stock, slots)
       select $1::bigint, n.id, n.kind, n.name, n.description, to_timestamp(n.starts_at), to_timestamp(n.ends_at), n.capacity, n.issued,
         n.ever_issued, to_timestamp(n.created_at), to_timestamp(n.retired_at), n.owner_operator_id, n.price_minor, n.currency,
         n.tax_ppm, n.number_digits, n.secret_digits, n.image_url, n.in_stock, n.slots
       from ${unnestedProducts}
       returning id
     )
     select setval('product_id_seq', added.id) from (select max(id) as id from added) as added, product_id_seq s
     where added.id > s.last_value or added.id = s.last_value and not s.is_called`,
    [organizationId, ...productArrays(products)],
  );
}

export function updateProducts(runner: Runner, organizationId: number, products: readonly Product[]): Promise<unknown> {
  return run(
    runner,
    "update_products",
    `update product p set kind = n.kind, name = n.name, description = n.description, starts_at = to_timestamp(n.starts_at),
       ends_at = to_timestamp(n.ends_at), capacity = n.capacity, issued = n.issued, ever_issued = n.ever_issued,
       created_at = to_timestamp(n.created_at), retired_at = to_timestamp(n.retired_at), owner_operator_id = n.owner_operator_id,
       price_minor = n.price_minor, currency = n.currency, tax_ppm = n.tax_ppm, number_digits = n.number_digits,
       secret_digits = n.secret_digits, image_url = n.image_url, in_stock = n.in_stock, slots = n.slots
     from ${unnestedProducts}
     where p.organization_id = $1 and p.id = n.id`,
    [organizationId, ...productArrays(products)],
  );
}

/** Deletes products with the lines of the log that tell of them; only ones of which nothing was ever issued. */
export function deleteProducts(runner: Runner, organizationId: number, ids: readonly number[]): Promise<unknown> {
  return run(
    runner,
    "delete_products",
    `with gone as (delete from product where organization_id = $1 and id = any($2::bigint[]) and not ever_issued),
       content as (delete from edition where organization_id = $1 and product_id = any($2::bigint[])),
       refused as (delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is not null)
     delete from action where organization_id = $1 and product_id = any($2::bigint[]) and refusal is null`,
    [organizationId, ids],
  );
}
