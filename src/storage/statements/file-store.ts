import { type Runner, run } from "./statement.ts";

/** The text that names the file store of this database; `undefined` before it had one. */
export async function readFileStoreId(runner: Runner): Promise<string | undefined> {
  const [row] = await run<[storeId: string]>(runner, "read_file_store", "select store_id from file_store", []);
  return row?.[0];
}

/** Names the file store unless it has a name; answers the name that is there now. */
export async function ensureFileStoreId(runner: Runner, storeId: string): Promise<string> {
  await run(
    runner,
    "ensure_file_store",
    "insert into file_store (store_id) values ($1) on conflict (only_one) do nothing",
    [storeId],
  );
  return (await readFileStoreId(runner)) ?? storeId;
}
