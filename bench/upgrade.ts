import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "../src/storage/embedded/server.ts";
import { exchange } from "../tests/support/exchange.ts";
import { count, type Measurement } from "./figures.ts";
import { startCounterfoil, withDatabase } from "./server.ts";
import type { Stage } from "./stage.ts";

/** What version 0.1.0 answered to requests; see `tests/upgrade`. */
interface Recording {
  readonly secretKey: string;
  readonly publicUrl: string;
  readonly record: readonly {
    readonly line: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly answer: { readonly status: number; readonly text: string };
  }[];
}

const folder = new URL("../tests/upgrade/", import.meta.url);

/** Products of a kind each. They and all new rows belong to a second organization: the recorded answers list all of the first. */
const products = { event: 101, card_group: 102, license: 103, chart: 104 };

/** Numbers of the new rows, far above those of the dump. */
const firstId = 1_000_000;

/** K. A database of version 0.1.0 with a million entitlements is brought up to date, and nothing of it is lost. */
export async function measureUpgrade(stage: Stage): Promise<Measurement> {
  const entitlements = stage.quick ? 100_000 : 1_000_000;
  const dataDir = join(stage.folder, "upgrade");
  stage.progress(`K: a database of 0.1.0 with ${count(entitlements)} entitlements`);
  const recording = JSON.parse(await readFile(new URL("version-0.1.0.json", folder), "utf8")) as Recording;
  const before = await makeOld(dataDir, entitlements);

  stage.progress("K: upgrade");
  const startedAtMs = performance.now();
  const { secretKey, publicUrl } = recording;
  const server = await startCounterfoil(stage, dataDir, {
    environment: { SECRET_KEY: secretKey, PUBLIC_URL: publicUrl },
  });
  const seconds = (performance.now() - startedAtMs) / 1000;

  stage.progress("K: comparison with what was there before");
  const after = await withDatabase(dataDir, (client) => digests(client, before));
  assert.deepEqual(after, before, "every row of before is as it was");
  for (const { line, headers = {}, body, answer } of recording.record) {
    const { status, text } = await exchange(`http://127.0.0.1:${server.port}`, line, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    assert.deepEqual([status, text], [answer.status, answer.text], line);
  }
  await server.stop();
  const rows = [...before.values()].reduce((sum, { rows }) => sum + rows, 0);
  return {
    bounds: [
      {
        name: "K  first start on a database of 0.1.0 with a million codes",
        value: seconds,
        kind: "max",
        limit: 60,
        unit: "s",
      },
    ],
    notes: [`K  ${count(rows)} rows of 0.1.0 are as they were, and ${recording.record.length} answers`],
    raw: { seconds, rows, tables: Object.fromEntries(before) },
  };
}

/** Makes the data directory of a server of 0.1.0. Resolves with the digests of its tables. */
async function makeOld(dataDir: string, entitlements: number): Promise<Digests> {
  const server = await startEmbedded({ dataDir, log: () => {} });
  const client = new pg.Client(server.connection);
  try {
    await client.connect();
    await client.query(await readFile(new URL("version-0.1.0.sql", folder), "utf8"));
    // The dump leaves the search path empty.
    await client.query("set search_path = public; set session_replication_role = replica");
    for (const text of fillings(entitlements)) await client.query(text);
    await client.query("vacuum analyze");
    await client.query("checkpoint");
    const { rows } = await client.query<{ table: string; columns: string }>(
      `select table_name::text as table, string_agg(quote_ident(column_name), ',' order by ordinal_position) as columns
       from information_schema.columns
       where table_schema = 'public' and table_name not in ('action_counter', 'schema_migration', 'kept_answer', 'organization')
       group by 1 order by 1`,
    );
    return await digests(client, new Map(rows.map(({ table, columns }) => [table, { columns, rows: 0, sum: "" }])));
  } finally {
    await client.end();
    await server.stop();
  }
}

/** A quarter each of tickets (two of three used), cards (half of them sold), licences (half attached) and charts. */
function fillings(entitlements: number): readonly string[] {
  const each = Math.floor(entitlements / 4);
  const series = (part: number) => `generate_series(${firstId + part * each}, ${firstId + (part + 1) * each - 1}) as n`;
  const day = "timestamptz '2026-01-01 00:00:00.123+00'";
  return [
    "insert into organization (id, name) values (2, 'Many')",
    "insert into access_key select 2, id, key_hash, key_sealed, created_at from access_key where organization_id = 1",
    ...Object.entries(products).map(([kind, id]) => {
      const [price, currency, digits] = kind === "card_group" ? ["1240", "'EUR'", "10"] : ["null", "null", "null"];
      return `insert into product (organization_id, id, kind, name, issued, ever_issued, created_at, price_minor, currency,
          tax_ppm, number_digits, secret_digits, image_url, in_stock, slots)
        values (2, ${id}, '${kind}', 'Many', ${each}, true, ${day}, ${price}, ${currency},
          ${price === "null" ? "null, null, null, null" : `240000, ${digits}, 0, ''`},
          ${kind === "card_group" ? Math.ceil(each / 2) : 0}, ${kind === "license" ? 1 : kind === "chart" ? 2 : 0})`;
    }),
    `insert into customer (organization_id, id, name, identity)
      select 2, ${firstId} + n, 'user' || n || '@example.com', 'user' || n || '@example.com' from generate_series(1, 10000) as n`,
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, redeemed_at,
        redeemed_by_access_key_id, redeemed_from)
      select 2, n, ${products.event}, (n::bigint * 556230589874)::text, ${firstId} + n % 10000 + 1, ${day},
        case when n % 3 > 0 then ${day} + n * interval '1 second' end,
        case when n % 3 > 0 then 1 end, case when n % 3 > 0 then '192.0.2.1' end from ${series(0)}`,
    `insert into entitlement (organization_id, id, product_id, code, issued_at, in_stock, balance_minor, balance_currency, batch)
      select 2, n, ${products.card_group}, (9000000000 + n)::text, ${day}, n % 2 = 0, 1000, 'EUR', 'many' from ${series(1)}`,
    `insert into sale (organization_id, id, product_id, channel, sold_at)
      select 2, n, ${products.card_group}, 'api', ${day} from ${series(1)} where n % 2 = 1`,
    `insert into payment (organization_id, id, sale_id, entitlement_id, amount_minor, tax_minor, currency, rate, paid_at)
      select 2, n, n, n, 1240, 240, 'EUR', 1, ${day} from ${series(1)} where n % 2 = 1`,
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, revoked_at)
      select 2, n, ${products.license}, 'MANY-' || n, ${firstId} + n % 10000 + 1, ${day},
        case when n % 10 = 9 then ${day} end from ${series(2)}`,
    `insert into device (organization_id, id, customer_id, kind, name, registered_at)
      select 2, ${firstId} + n, ${firstId} + n, 'machine',
        upper(regexp_replace(lpad(to_hex(n), 12, '0'), '(..)(?!$)', '\\1-', 'g')), ${day} from generate_series(1, 10000) as n`,
    `insert into binding (organization_id, entitlement_id, slot, device_id, bound_at)
      select 2, n, 0, ${firstId} + n % 10000 + 1, ${day} from ${series(2)} where n % 10 < 5`,
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, expires_at)
      select 2, n, ${products.chart}, 'M' || n || '-104-1', ${firstId} + n % 10000 + 1, ${day}, ${day} + interval '1 year'
      from ${series(3)}`,
    `insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at)
      select 2, 1000 + row_number() over (order by e.id), 'entitlement_issued', e.product_id, e.id, e.code, e.issued_at, e.issued_at
      from entitlement e where e.organization_id = 2`,
    `insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, access_key_id)
      select 2, 10000000 + row_number() over (order by e.id), 'entitlement_redeemed', e.product_id, e.id, e.code,
        e.redeemed_at, e.redeemed_at, 1
      from entitlement e where e.organization_id = 2 and e.redeemed_at is not null`,
    "insert into action_counter select 2, max(id) + 1 from action where organization_id = 2",
  ];
}

type Digests = ReadonlyMap<string, { readonly columns: string; readonly rows: number; readonly sum: string }>;

/** The digests of the same columns of the same tables, whatever the order of the rows. */
async function digests(client: pg.Client, of: Digests): Promise<Digests> {
  await client.query("set timezone = 'UTC'");
  const found = new Map<string, { columns: string; rows: number; sum: string }>();
  for (const [table, { columns }] of of) {
    const { rows } = await client.query<{ rows: string; sum: string }>(
      `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum
       from (select ${columns} from public.${table}) as t`,
    );
    const [row] = rows;
    found.set(table, { columns, rows: Number(row?.rows), sum: row?.sum ?? "" });
  }
  return found;
}
