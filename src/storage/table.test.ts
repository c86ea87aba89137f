import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bigint,
  boolean,
  bytes,
  columns,
  group,
  json,
  large,
  nullable,
  optional,
  optionalGroup,
  sent,
  table,
  text,
  time,
} from "./table.ts";

const boatTable = table("boat", {
  id: bigint(),
  name: text(),
  soldAtMs: nullable(time()),
  priceMinor: large(),
  papers: nullable(json<{ readonly flag: string }>()),
  seal: nullable(bytes("seal_bytes")),
});

test("the statements of a table name each column once, in the order of the descriptor", () => {
  assert.equal(
    boatTable.insert,
    `insert into boat (organization_id, id, name, sold_at, price_minor, papers, seal_bytes)
select $1::bigint, n.id, n.name, to_timestamp(n.sold_at), n.price_minor, n.papers, n.seal_bytes
from unnest($2::bigint[], $3::text[], $4::float8[], $5::bigint[], $6::jsonb[], $7::bytea[])
  as n (id, name, sold_at, price_minor, papers, seal_bytes)`,
  );
  const renamed = table("boat", { id: bigint(), name: text(), soldAtMs: nullable(time()) });
  assert.equal(
    renamed.update,
    `update boat t set name = n.name, sold_at = to_timestamp(n.sold_at)
from unnest($2::bigint[], $3::text[], $4::float8[])
  as n (id, name, sold_at)
where t.organization_id = $1 and t.id = n.id`,
  );
});

test("rows are sent as an array for each column, and what has no value as null", () => {
  const rows = [
    { id: 1, name: 'the "Sea\\gull"', soldAtMs: 1_500, priceMinor: 2n ** 60n, papers: { flag: "NL" }, seal: null },
    { id: 2, name: "", soldAtMs: null, priceMinor: 0n, papers: null, seal: Buffer.of(255) },
  ];
  assert.deepEqual(boatTable.arrays(rows), [
    "{1,2}",
    '{"the \\"Sea\\\\gull\\"",""}',
    "{1.5,NULL}",
    "{1152921504606846976,0}",
    '{"{\\"flag\\":\\"NL\\"}",NULL}',
    '{NULL,"\\\\xff"}',
  ]);
  const { sql } = sent({ code: text(), isNew: boolean() }, 4);
  assert.equal(sql, "unnest($4::text[], $5::boolean[])\n  as n (code, is_new)");
});

test("a row has its columns by name, also those of rows in it, of which an optional one may be missing", () => {
  const boats = columns(boatTable.in("b"));
  assert.equal(boats.sql, "b.id, b.name, b.sold_at, b.price_minor::text, b.papers, b.seal_bytes");
  const berths = columns({ berth: bigint("h.number"), boat: optional(boats), isFree: boolean("b.id is null") });
  assert.equal(berths.sql, `h.number, ${boats.sql},\n  b.id is null`);
  const row = berths.read([7, 1, "Gull", null, "1152921504606846976", { flag: "NL" }, null, false], 0);
  const { berth, boat, isFree } = row;
  assert.deepEqual([berth, isFree], [7, false]);
  assert.deepEqual(
    [boat?.id, boat?.name, boat?.soldAtMs, boat?.priceMinor, boat?.papers?.flag, boat?.seal],
    [1, "Gull", null, 2n ** 60n, "NL", null],
  );
  const free = berths.read([8, null, null, null, null, null, null, true], 0);
  assert.deepEqual([free.berth, free.boat, free.isFree], [8, null, true]);
});

test("a group of columns is one object in a row, in the statements and in what is sent and read", () => {
  const money = { minor: large("price_minor"), currency: text() };
  const offers = table("offer", {
    id: bigint(),
    terms: optionalGroup({ price: group(money), endsAtMs: nullable(time()) }),
  });
  assert.equal(
    offers.insert,
    `insert into offer (organization_id, id, price_minor, currency, ends_at)
select $1::bigint, n.id, n.price_minor, n.currency, to_timestamp(n.ends_at)
from unnest($2::bigint[], $3::bigint[], $4::text[], $5::float8[])
  as n (id, price_minor, currency, ends_at)`,
  );
  const open = { id: 1, terms: { price: { minor: 5n, currency: "EUR" }, endsAtMs: null } };
  const closed = { id: 2, terms: null };
  assert.deepEqual(offers.arrays([open, closed]), ["{1,2}", "{5,NULL}", '{"EUR",NULL}', null]);

  const found = columns(offers.in("o"));
  assert.equal(found.sql.replace(/\s+/g, " "), "o.id, o.price_minor::text, o.currency, o.ends_at");
  assert.deepEqual(found.read([1, "5", "EUR", null], 0), open);
  assert.deepEqual(found.read([2, null, null, null], 0), closed);
});

test("a time that could not be read again is not sent", () => {
  const { encode } = time();
  for (const atMs of [Date.UTC(-1, 11, 31), Date.UTC(10_000, 0), 8.64e15, Number.NaN]) {
    assert.throws(() => encode?.(atMs), RangeError, String(atMs));
  }
  assert.equal(encode?.(Date.UTC(10_000, 0) - 1), Date.UTC(10_000, 0) / 1_000 - 0.001);
});
