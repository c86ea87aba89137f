import type { Product, ProductKind } from "../../core/product.ts";
import { type Runner, run, seconds } from "./statement.ts";

export const productColumns =
  "p.id, p.kind, p.name, p.description, p.starts_at, p.ends_at, p.capacity, p.slots, p.issued, p.ever_issued, p.created_at, p.retired_at";

export type ProductRow = [
  id: number,
  kind: ProductKind,
  name: string,
  description: string,
  startsAtMs: number | null,
  endsAtMs: number | null,
  capacity: number | null,
  slots: number,
  issued: number,
  everIssued: boolean,
  createdAtMs: number,
  retiredAtMs: number | null,
];

export function toProduct(row: ProductRow): Product {
  const [
    id,
    kind,
    name,
    description,
    startsAtMs,
    endsAtMs,
    capacity,
    slots,
    issued,
    everIssued,
    createdAtMs,
    retiredAtMs,
  ] = row;
  return {
    id,
    kind,
    name,
    description,
    startsAtMs,
    endsAtMs,
    capacity,
    slots,
    issued,
    everIssued,
    createdAtMs,
    retiredAtMs,
  };
}

/** Loads products and locks their rows, in the order of their numbers. */
export async function lockProducts(
  runner: Runner,
  organizationId: number,
  ids: readonly number[],
  lock: string,
): Promise<Product[]> {
  const rows = await run<ProductRow>(
    runner,
    `lock_products ${lock}`,
    `select ${productColumns} from product p where p.organization_id = $1 and p.id = any($2::bigint[]) order by p.id ${lock}`,
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
  products.map(({ slots }) => slots),
  products.map(({ issued }) => issued),
  products.map(({ everIssued }) => everIssued),
  products.map(({ createdAtMs }) => seconds(createdAtMs)),
  products.map(({ retiredAtMs }) => seconds(retiredAtMs)),
];

const unnestedProducts = `unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::bigint[], $9::integer[],
    $10::bigint[], $11::boolean[], $12::float8[], $13::float8[])
    as n (id, kind, name, description, starts_at, ends_at, capacity, slots, issued, ever_issued, created_at, retired_at)`;

export function insertProducts(runner: Runner, organizationId: number, products: readonly Product[]): Promise<unknown> {
  return run(
    runner,
    "insert_products",
    // A number that was given and not drawn moves the sequence on, so that it is not drawn later.
    `with added as (
       insert into product (organization_id, id, kind, name, description, starts_at, ends_at, capacity, slots, issued, ever_issued,
         created_at, retired_at)
       select $1::bigint, n.id, n.kind, n.name, n.description, to_timestamp(n.starts_at), to_timestamp(n.ends_at), n.capacity, n.slots,
         n.issued, n.ever_issued, to_timestamp(n.created_at), to_timestamp(n.retired_at)
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
       ends_at = to_timestamp(n.ends_at), capacity = n.capacity, slots = n.slots, issued = n.issued, ever_issued = n.ever_issued,
       created_at = to_timestamp(n.created_at), retired_at = to_timestamp(n.retired_at)
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
    `with gone as (delete from product where organization_id = $1 and id = any($2::bigint[]) and not ever_issued)
     delete from action where organization_id = $1 and product_id = any($2::bigint[])`,
    [organizationId, ids],
  );
}
