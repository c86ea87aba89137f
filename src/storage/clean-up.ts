import pg from "pg";
import { query, type SqlExecutor } from "./statement.ts";
import { bigint, boolean, columns, nullable, text } from "./table.ts";

/**
 * Rows that one statement of a clean-up looks at. The first number is some 20 ms of work on an idle machine. When a
 * statement exceeds its time limit, the clean-up goes on with the next number.
 */
const sizes = [2_000, 200, 20] as const;

/** The answer of a piece: the rows that it removed, the key at which it ended, and whether to go on there. */
const pieceColumns = columns({ removed: bigint(), last: nullable(text()), goesOn: nullable(boolean()) });

/** The rows that a clean-up removes. */
interface CleanUp {
  readonly table: string;
  /**
   * Selects `ctid`, `key` and `is_over` of rows, in the order of the key. The last parameter is the key at which it
   * begins: `first`, and then the key at which the last piece ended, so that no piece reads removed rows again.
   */
  readonly oldest: string;
  readonly first: string;
  /** Whether to go on after a full piece. Absent: when all its rows were over. */
  readonly goesOn?: string;
}

/**
 * A clean-up that removes rows piece by piece, each in a transaction of its own, until none is left or `signal` is
 * aborted. Rows that were removed stay removed when a later piece fails. Resolves with the number of removed rows. The
 * limit is a number in the text for the reason at `pageQuery`.
 */
export function cleanUp(
  name: string,
  { table, oldest, first, goesOn = "bool_and(is_over)" }: CleanUp,
): (sql: SqlExecutor, values: readonly unknown[], signal?: AbortSignal) => Promise<number> {
  const pieces = sizes.map((limit) =>
    query(
      `${name} ${limit}`,
      pieceColumns,
      `with oldest as (
  ${oldest} limit ${limit}
), gone as (delete from ${table} where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(key)::text as last, count(*) = ${limit} and ${goesOn} as goes_on
from oldest`,
    ),
  );
  return async (sql, values, signal) => {
    let sum = 0;
    let after = first;
    for (const [index, removePiece] of pieces.entries()) {
      try {
        for (;;) {
          const [piece] = await removePiece(sql, ...values, after);
          if (piece === undefined) throw new Error("a piece of a clean-up has no answer");
          sum += piece.removed;
          if (piece.goesOn !== true || piece.last === null || signal?.aborted === true) return sum;
          after = piece.last;
        }
      } catch (error) {
        if (!tookTooLong(error) || index === pieces.length - 1) throw error;
      }
    }
    return sum;
  };
}

/** Whether the server has ended the statement (`query_canceled`); the executor may have translated the error. */
function tookTooLong(error: unknown): boolean {
  return (
    error instanceof Error &&
    [error, error.cause].some((one) => one instanceof pg.DatabaseError && one.code === "57014")
  );
}
