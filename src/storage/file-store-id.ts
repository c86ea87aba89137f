import { command, query, type SqlExecutor } from "./statement.ts";
import { columns, text } from "./table.ts";

const storeColumns = columns({ storeId: text() });
const read = query("read_file_store", storeColumns, `select ${storeColumns.sql} from file_store`);

/** The id of the file store of this database; `undefined` before it has one. */
export async function readFileStoreId(sql: SqlExecutor): Promise<string | undefined> {
  const [row] = await read(sql);
  return row?.storeId;
}

const ensure = command(
  "ensure_file_store",
  "insert into file_store (store_id) values ($1) on conflict (only_one) do nothing",
);

/** Sets the id of the file store unless there is one. Resolves with the id that is there now. */
export async function ensureFileStoreId(sql: SqlExecutor, storeId: string): Promise<string> {
  await ensure(sql, storeId);
  return (await readFileStoreId(sql)) ?? storeId;
}
