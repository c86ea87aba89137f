/**
 * Rows that one statement of a clean-up removes: some 20 ms of work on an idle machine, far from the time that a statement
 * may take on a busy one.
 */
export const pieceRows = 2_000;

/** What one piece of a clean-up did. */
export interface Piece {
  readonly removed: number;
  /** The key up to which it has looked; `null` when nothing is left behind it. */
  readonly last: string | null;
}

/**
 * Removes rows piece by piece, each in a transaction of its own, until none is left or `signal` is aborted. Each piece
 * begins at the key where the one before has ended, so that it does not pass over what was removed just now. What was
 * removed stays so when a later piece fails. Resolves with how many rows were removed.
 */
export async function inPieces(
  removePiece: (after: string | null) => Promise<Piece>,
  signal?: AbortSignal,
): Promise<number> {
  let sum = 0;
  let after: string | null = null;
  do {
    const { removed, last }: Piece = await removePiece(after);
    sum += removed;
    after = last;
  } while (after !== null && signal?.aborted !== true);
  return sum;
}
