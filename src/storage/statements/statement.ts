import type pg from "pg";

/** Whatever can run a statement: a connection or a pool. */
export interface Runner {
  query<R extends unknown[]>(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult<R>>;
}

/**
 * Runs a statement that the server keeps prepared under its name, and answers its rows as arrays. The name stands for
 * the text: one name, one text.
 */
export async function run<R extends unknown[]>(
  runner: Runner,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<R[]> {
  const { rows } = await runner.query<R>({ name, text, values: [...values], rowMode: "array" });
  return rows;
}

/** A column of times, as `to_timestamp` of seconds takes it. */
export function seconds(atMs: number | null): number | null {
  return atMs === null ? null : atMs / 1000;
}
