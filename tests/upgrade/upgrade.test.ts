/**
 * A database of version 0.1.0, the first release, with its data: `version-0.1.0.sql` is what `pg_dump --inserts` of
 * PostgreSQL 15 wrote of it, and `version-0.1.0.json` has what that version answered to each request just before.
 * People and keys are made up. Both are kept as they are: what is released is upgraded, and stays what it was.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type pg from "pg";
import { connect, withClient } from "../../src/storage/connect.ts";
import { checkSchema } from "../../src/storage/migrate.ts";
import { createTestDatabase } from "../support/database.ts";
import { exchange } from "../support/exchange.ts";
import { runCommand, startServer, temporaryFolder } from "../support/server-process.ts";

interface Recorded {
  readonly line: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly answer: { readonly status: number; readonly type: string; readonly text: string };
}

interface Recording {
  readonly secretKey: string;
  readonly publicUrl: string;
  /** An event, and three barcodes of it. */
  readonly event: string;
  readonly unusedBarcode: string;
  readonly usedBarcode: string;
  readonly cancelledBarcode: string;
  readonly record: readonly Recorded[];
}

const folder = new URL("./", import.meta.url);
const dump = await readFile(new URL("version-0.1.0.sql", folder), "utf8");
const recording = JSON.parse(await readFile(new URL("version-0.1.0.json", folder), "utf8")) as Recording;
const gate = { authorization: "Apikey gatenorth01" };

type Columns = ReadonlyMap<string, readonly string[]>;

/** The columns of each table as they are before the upgrade. */
async function columnsOf(client: pg.Client): Promise<Columns> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select table_name::text as table, array_agg(quote_ident(column_name)) as columns from information_schema.columns
     where table_schema = 'public' and table_name = any($1) group by 1`,
    [tables],
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** Every row, by its table. */
async function dataOf(client: pg.Client, columns: Columns): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const data = new Map<string, readonly unknown[]>();
  for (const [table, names] of columns) {
    const { rows } = await client.query<{ row: unknown }>(
      `select to_jsonb(t) as row from (select ${names.join()} from public.${table}) as t order by 1`,
    );
    data.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return data;
}

/** What must be there after an upgrade to the letter. */
const tables = [
  "setting",
  "operator",
  "operator_setting",
  "product",
  "access_key",
  "product_access_key",
  "customer",
  "entitlement",
  "action",
  "conflict",
  "sale",
  "payment",
  "device",
  "binding",
];

/** Cards of which the balance is not what they held at first and what was put on them, and sums that differ from the payments. */
const strayMoney = `
select e.code from public.entitlement e
where e.balance_minor <> 1000 + (select coalesce(sum(y.credited_minor), 0) from public.payment y where y.entitlement_id = e.id)
union all
select 'sums' where (select array[sum(amount_minor), sum(tax_minor), count(*)] from public.payment)
  is distinct from (select array[sum(amount_minor), sum(tax_minor), sum(payments)] from public.payment_sum where minutes = 1440)`;

test("a database of version 0.1.0 is upgraded with its data, and answers to the byte as it did", async (t) => {
  const database = await createTestDatabase({ empty: true });
  const client = await connect(database.address);
  t.after(async () => {
    await client.end();
    await database.drop();
  });
  await client.query(dump);
  const columns = await columnsOf(client);
  const before = await dataOf(client, columns);
  assert.deepEqual([...before.keys()].sort(), [...tables].sort());
  for (const table of tables) assert.notDeepEqual(before.get(table), [], `${table} has rows`);

  const environment = {
    DATABASE_URL: database.url,
    DATA_DIR: temporaryFolder(t),
    PUBLIC_URL: recording.publicUrl,
    LOG_LEVEL: "warn",
  };
  const wrong = await runCommand(t, ["serve"], { ...environment, SECRET_KEY: "77".repeat(32) });
  assert.match(
    wrong.stderr,
    /^The database has values that were sealed with other keys: 1 settings with the key [0-9a-f]{8}, /,
  );

  const server = await startServer(t, { ...environment, SECRET_KEY: recording.secretKey });
  assert.doesNotMatch(server.stdout(), /first start/);
  await withClient(database.address, checkSchema);
  assert.deepEqual(await dataOf(client, columns), before);
  assert.deepEqual(await client.query(strayMoney).then(({ rows }) => rows), []);
  for (const { line, headers = {}, body, answer } of recording.record) {
    const {
      status,
      headers: answered,
      text,
    } = await exchange(server.url, line, { headers, ...(body === undefined ? {} : { body }) });
    assert.equal(text, answer.text, line);
    assert.deepEqual([status, answered["content-type"]], [answer.status, answer.type], line);
  }

  const put = (code: string) =>
    exchange(server.url, `PUT /nokkis/${recording.event}/barcode/${code}`, { headers: gate });
  assert.match((await put(recording.usedBarcode)).text, /<error id="43">/);
  assert.match((await put(recording.cancelledBarcode)).text, /<error id="44">/);
  assert.match((await put(recording.unusedBarcode)).text, /<status>1<\/status>/, "and it goes on");
  assert.match((await put(recording.unusedBarcode)).text, /<error id="43">/);
  assert.equal((await exchange(server.url, "GET /readyz")).status, 200);
  assert.equal((await server.stop()).code, 0);
});
