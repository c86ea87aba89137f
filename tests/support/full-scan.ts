import assert from "node:assert/strict";
import type { TestEngine } from "./engine.ts";

/** Everything that the tables of the database hold, as text; bytes as they would read in Latin-1. */
export async function fullScan({ sql }: Pick<TestEngine, "sql">): Promise<string> {
  const tables = await sql<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'graphile_worker') and $1::bigint is not null`,
  );
  const texts: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await sql<Record<string, unknown>>(`select t.* from ${schema}.${name} t where $1::bigint is not null`);
    for (const value of rows.flatMap((row) => Object.values(row))) {
      texts.push(Buffer.isBuffer(value) ? value.toString("latin1") : (JSON.stringify(value) ?? ""));
    }
  }
  assert.ok(texts.length > 0, "something was scanned");
  return texts.join("\n");
}
