import type { Cursor, Page, PageRequest } from "../../queries/pages.ts";
import { type Runner, run } from "../statements/statement.ts";

/**
 * Rows of one page, at most. Measured on a file of 100,000 barcodes: with pages of 500 the server's memory grows by
 * 94 MB, with pages of 2,000 by 152, and other requests wait longer.
 */
export const pageRowsMax = 500;

/** A list whose rows follow one another by a key. */
interface Listing<Columns extends unknown[], Row> {
  /** Of the statement. */
  readonly name: string;
  /** The rows that follow the cursor, in order, without a limit. */
  readonly text: string;
  readonly values: readonly unknown[];
  readonly toRow: (columns: Columns) => Row;
  readonly keyOf: (row: Row) => string | number;
}

/**
 * Reads one page. There are two limits: the planner expects a tenth of the table for a limit that is a parameter, and
 * joins and sorts everything for each page. The number in the text keeps it from that.
 */
export async function readPage<Columns extends unknown[], Row>(
  runner: Runner,
  { limit = pageRowsMax }: PageRequest<Row>,
  { name, text, values, toRow, keyOf }: Listing<Columns, Row>,
): Promise<Page<Row>> {
  const rowsMax = Math.min(limit, pageRowsMax);
  const limited = `select * from (${text} limit ${pageRowsMax}) as page limit $${values.length + 1}::bigint`;
  const rows = await run<Columns>(runner, name, limited, [...values, rowsMax]);
  return toPage(rows.map(toRow), rowsMax, keyOf);
}

/** A page of these rows, of which more were not asked for than `rowsMax`. */
export function toPage<Row>(rows: readonly Row[], rowsMax: number, keyOf: (row: Row) => string | number): Page<Row> {
  const last = rows.at(-1);
  return { rows, next: last === undefined || rows.length < rowsMax ? undefined : toCursor(keyOf(last)) };
}

/** The place behind the row with this key. */
export function toCursor<Row>(key: string | number): Cursor<Row> {
  return String(key) as Cursor<Row>;
}
