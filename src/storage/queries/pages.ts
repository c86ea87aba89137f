import type { Cursor, Page, PageRequest } from "../../queries/pages.ts";
import { query, type SqlExecutor, type Statement } from "../statement.ts";
import type { Columns } from "../table.ts";

/**
 * Rows of one page, at most. Measured on a file of 100,000 codes: with pages of 500 the server's memory grows by
 * 94 MB, with pages of 2,000 by 152, and other requests wait longer.
 */
export const pageRowsMax = 500;

/** Above every number: where a list begins that goes down. */
export const aboveAll = "9223372036854775807";

/**
 * The statement of a list. The text answers the rows behind the cursor, in order and without a limit. The statement has
 * two limits: for a limit that is a parameter the planner expects a tenth of the table, and joins and sorts all of it
 * for each page. The number in the text prevents that.
 */
export function pageQuery<Found>(name: string, columns: Columns<Found>, text: string): Statement<Found> {
  const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const limited = `select * from (
${text}
limit ${pageRowsMax}) as page limit $${parameters + 1}::bigint`;
  return query(name, columns, limited);
}

/** A list whose rows follow one another by a key. */
interface Listing<Row> {
  /** Of {@link pageQuery}. */
  readonly statement: Statement<Row>;
  readonly values: readonly unknown[];
  readonly keyOf: (row: Row) => string | number;
}

/** Reads one page of a list. */
export async function readPage<Row>(
  sql: SqlExecutor,
  { limit = pageRowsMax }: PageRequest<Row>,
  { statement, values, keyOf }: Listing<Row>,
): Promise<Page<Row>> {
  const rowsMax = Math.min(limit, pageRowsMax);
  return toPage(await statement(sql, ...values, rowsMax), rowsMax, keyOf);
}

/** The same statement, with its rows converted. */
export function mapRows<Found, Row>(statement: Statement<Found>, toRow: (found: Found) => Row): Statement<Row> {
  return async (sql, ...values) => (await statement(sql, ...values)).map(toRow);
}

/** A page of rows that were read with the limit `rowsMax`. */
export function toPage<Row>(rows: readonly Row[], rowsMax: number, keyOf: (row: Row) => string | number): Page<Row> {
  const last = rows.at(-1);
  return { rows, next: last === undefined || rows.length < rowsMax ? undefined : toCursor(keyOf(last)) };
}

/** The place behind the row with this key. */
export function toCursor<Row>(key: string | number): Cursor<Row> {
  return String(key) as Cursor<Row>;
}
