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

/**
 * A clean-up that removes rows piece by piece, each in a transaction of its own, until none is left or `signal` is
 * aborted. Rows that were removed stay removed when a later piece fails. Resolves with the number of removed rows.
 *
 * The text answers one row with the columns `removed`, `last` and `goes_on`. Its last parameter is the key at which it
 * begins: `first`, and later the key at which the last piece ended, so that no piece reads removed rows again. The
 * limit is a number in the text for the reason at `pageQuery`.
 */
export function cleanUp(name: string, first: string, textOf: (limit: number) => string) {
  const pieces = sizes.map((limit) => query(`${name} ${limit}`, pieceColumns, textOf(limit)));
  return async (sql: SqlExecutor, values: readonly unknown[], signal?: AbortSignal): Promise<number> => {
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
