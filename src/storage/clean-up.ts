import { query, type SqlExecutor } from "./statement.ts";
import { bigint, boolean, columns, nullable, text } from "./table.ts";

/**
 * Rows that one statement of a clean-up looks at. The first is some 20 ms of work on an idle machine; where that takes
 * longer than a statement may, the clean-up goes on with the next.
 */
const sizes = [2_000, 200, 20] as const;

/** What a piece answers: how many rows it removed, the key up to which it has looked, and whether to go on there. */
const pieceColumns = columns({ removed: bigint(), last: nullable(text()), goesOn: nullable(boolean()) });

/**
 * A clean-up that removes rows piece by piece, each in a transaction of its own, until none is left or `signal` is
 * aborted. What was removed stays so when a later piece fails. Resolves with how many rows were removed.
 *
 * The text has one row with the columns `removed`, `last` and `goes_on`. Its last parameter is the key at which it
 * begins: `first`, and later the key where the piece before has ended, so that it does not pass over what was removed
 * just now. How many rows it looks at is a number in the text: see `pageQuery`.
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

/** The server has ended the statement (`query_canceled`). */
function tookTooLong(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "57014";
}
