import type { TestContext } from "node:test";
import pg from "pg";
import { openPool } from "../../src/storage/database.ts";
import type { TestAddress } from "./database.ts";

/** A statement that was run, and how many rows it answered. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly rows: number;
}

/** A pool that notes every statement that is run by `query`. */
export interface WatchedPool {
  readonly pool: pg.Pool;
  readonly statements: Statement[];
  /** Pages of the database that the statement looks at when it is run again (EXPLAIN ANALYZE). */
  buffersOf(statement: Statement): Promise<number>;
}

/** Opens one, and closes it after the test. */
export function watchPool(context: Pick<TestContext, "after">, address: TestAddress): WatchedPool {
  const pool = openPool(address, 4);
  context.after(() => pool.end());
  const plain = new pg.Pool({ ...address, max: 1 });
  // A pool ends before its connections have closed, and a database that is dropped then breaks them.
  plain.on("error", () => {});
  plain.on("connect", (client) => client.on("error", () => {}));
  context.after(() => plain.end());
  const statements: Statement[] = [];
  const query = pool.query.bind(pool) as (config: pg.QueryArrayConfig) => Promise<pg.QueryArrayResult>;
  const watched = async (config: pg.QueryArrayConfig & { name: string }) => {
    const result = await query(config);
    statements.push({ name: config.name, text: config.text, values: config.values ?? [], rows: result.rows.length });
    return result;
  };
  return {
    pool: Object.assign(pool, { query: watched }),
    statements,
    async buffersOf({ text, values }) {
      const { rows } = await plain.query(`explain (analyze, buffers, format json) ${text}`, [...values]);
      const [{ Plan: plan }] = rows[0]["QUERY PLAN"];
      return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
    },
  };
}
