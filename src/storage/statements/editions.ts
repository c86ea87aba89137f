import type { Edition } from "../../core/edition.ts";

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
