import { type Edition, editions, editionsOf } from "../../core/edition.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, group, integer, nullable, table, text, time } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const editionTable = table("edition", {
  id: bigint(),
  productId: bigint(),
  name: text(),
  publishedAtMs: time(),
  addedAtMs: time(),
  availableAtMs: nullable(time()),
  withdrawnAtMs: nullable(time()),
  content: group({
    key: text("content_key"),
    files: integer("content_files"),
    bytes: bigint("content_bytes"),
    sha256: text("content_sha256"),
  }),
});

export const editionColumns = columns(editionTable.in("n"));

const readEditionsOf = query(
  "read_editions",
  editionColumns,
  `select ${editionColumns.sql} from edition n
where n.organization_id = $1 and n.product_id = any($2::bigint[]) order by n.product_id, n.published_at, n.id`,
);

/** The editions of products; the editions of one product are in the order of their publication. */
export function readEditions(
  sql: SqlExecutor,
  organizationId: number,
  productIds: readonly number[],
): Promise<Edition[]> {
  return readEditionsOf(sql, organizationId, productIds);
}

const insertEditions = command("insert_editions", editionTable.insert);
const updateEditions = command("update_editions", editionTable.update);

export const storedEditions: StoredNoun<number, Edition> = {
  noun: editions,
  sequence: "edition_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(editions, await readEditions(sql, organizationId, asked.questions(editionsOf)))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertEditions(sql, organizationId, ...editionTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => updateEditions(sql, organizationId, ...editionTable.arrays(all)));
  },
};
