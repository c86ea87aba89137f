import type { Edition } from "../../core/edition.ts";
import { type Runner, run, seconds } from "./statement.ts";

export const editionColumns =
  "n.id, n.product_id, n.name, n.published_at, n.added_at, n.content_key, n.content_files, n.content_bytes, n.content_sha256";
/** How many there are, for rows in which those of another noun follow. */
export const editionColumnCount = editionColumns.split(",").length;

export type EditionRow = [
  id: number,
  productId: number,
  name: string,
  publishedAtMs: number,
  addedAtMs: number,
  key: string,
  files: number,
  bytes: number,
  sha256: string,
];

export function toEdition([
  id,
  productId,
  name,
  publishedAtMs,
  addedAtMs,
  key,
  files,
  bytes,
  sha256,
]: EditionRow): Edition {
  return { id, productId, name, publishedAtMs, addedAtMs, content: { key, files, bytes, sha256 } };
}

/** The editions of products; of each product the one that was published first goes first. */
export async function readEditions(
  runner: Runner,
  organizationId: number,
  productIds: readonly number[],
): Promise<Edition[]> {
  const rows = await run<EditionRow>(
    runner,
    "read_editions",
    `select ${editionColumns} from edition n
     where n.organization_id = $1 and n.product_id = any($2::bigint[]) order by n.product_id, n.published_at, n.id`,
    [organizationId, productIds],
  );
  return rows.map(toEdition);
}

export function insertEditions(runner: Runner, organizationId: number, editions: readonly Edition[]): Promise<unknown> {
  return run(
    runner,
    "insert_editions",
    `insert into edition (organization_id, id, product_id, name, published_at, added_at, content_key, content_files, content_bytes,
       content_sha256)
     select $1::bigint, n.id, n.product_id, n.name, to_timestamp(n.published_at), to_timestamp(n.added_at), n.key, n.files, n.bytes,
       n.sha256
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::integer[], $9::bigint[], $10::text[])
       as n (id, product_id, name, published_at, added_at, key, files, bytes, sha256)`,
    [
      organizationId,
      editions.map(({ id }) => id),
      editions.map(({ productId }) => productId),
      editions.map(({ name }) => name),
      editions.map(({ publishedAtMs }) => seconds(publishedAtMs)),
      editions.map(({ addedAtMs }) => seconds(addedAtMs)),
      editions.map(({ content }) => content.key),
      editions.map(({ content }) => content.files),
      editions.map(({ content }) => content.bytes),
      editions.map(({ content }) => content.sha256),
    ],
  );
}
