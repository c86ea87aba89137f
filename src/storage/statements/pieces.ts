/**
 * Rows that one statement of a clean-up removes. The first is some 20 ms of work on an idle machine; where that takes
 * longer than a statement may, it goes on with the next.
 */
const sizes = [2_000, 200, 20] as const;

/**
 * What a statement answers: how many rows it removed, the key up to which it has looked, and whether to go on there.
 */
export type PieceRow = [removed: number, last: string | null, goesOn: boolean | null];

/** What one piece of a clean-up did. */
export interface Piece {
  readonly removed: number;
  /** The key up to which it has looked; `null` when nothing is left behind it. */
  readonly last: string | null;
}

export function toPiece([row]: readonly PieceRow[]): Piece {
  const [removed = 0, last = null, goesOn = false] = row ?? [];
  return { removed, last: goesOn === true ? last : null };
}

/**
 * Removes rows piece by piece, each in a transaction of its own, until none is left or `signal` is aborted. Each piece
 * begins at the key where the one before has ended, so that it does not pass over what was removed just now. How many
 * rows it looks at is a number in the text of its statement: see `pageRows`. What was removed stays so when a later
 * piece fails. Resolves with how many rows were removed.
 */
export async function inPieces(
  removePiece: (after: string | null, limit: number) => Promise<Piece>,
  signal?: AbortSignal,
): Promise<number> {
  let sum = 0;
  let after: string | null = null;
  for (const limit of sizes) {
    try {
      do {
        const { removed, last }: Piece = await removePiece(after, limit);
        sum += removed;
        after = last;
      } while (after !== null && signal?.aborted !== true);
      return sum;
    } catch (error) {
      if (!tookTooLong(error) || limit === sizes.at(-1)) throw error;
    }
  }
  return sum;
}

/** The server has ended the statement (`query_canceled`). */
function tookTooLong(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "57014";
}
