import { type Edition, editions, editionsOf } from "../../core/edition.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, integer, type RowOf, table, text, time } from "../table.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

const editionTable = table("edition", {
  id: bigint(),
  productId: bigint(),
  name: text(),
  publishedAtMs: time(),
  addedAtMs: time(),
  contentKey: text(),
  contentFiles: integer(),
  contentBytes: bigint(),
  contentSha256: text(),
});

export const editionColumns = columns(editionTable.in("n"));

export function toEdition(row: RowOf<typeof editionColumns>): Edition {
  return {
    id: row.id,
    productId: row.productId,
    name: row.name,
    publishedAtMs: row.publishedAtMs,
    addedAtMs: row.addedAtMs,
    content: { key: row.contentKey, files: row.contentFiles, bytes: row.contentBytes, sha256: row.contentSha256 },
  };
}

const readEditionsOf = query(
  "read_editions",
  editionColumns,
  `select ${editionColumns.sql} from edition n
where n.organization_id = $1 and n.product_id = any($2::bigint[]) order by n.product_id, n.published_at, n.id`,
);

/** The editions of products; of each product the one that was published first goes first. */
export async function readEditions(
  sql: SqlExecutor,
  organizationId: number,
  productIds: readonly number[],
): Promise<Edition[]> {
  return (await readEditionsOf(sql, organizationId, productIds)).map(toEdition);
}

const insertEditions = command("insert_editions", editionTable.insert);

export const storedEditions: StoredNoun<number, Edition> = {
  noun: editions,
  sequence: "edition_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(editions, await readEditions(sql, organizationId, asked.questions(editionsOf)))];
  },

  *write({ sql, organizationId }, changes) {
    const written = onlyAdded(editions, changes).map(({ content, ...edition }) => ({
      ...edition,
      contentKey: content.key,
      contentFiles: content.files,
      contentBytes: content.bytes,
      contentSha256: content.sha256,
    }));
    yield insertEditions(sql, organizationId, ...editionTable.arrays(written));
  },
};
