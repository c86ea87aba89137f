import { lookup, noun } from "./state.ts";

/**
 * Places of a product, or pieces of its stock, that are kept for a caller. It lapses by the clock alone: from `endsAtMs`
 * on its places are free, whether or not somebody noticed.
 */
export interface Hold {
  readonly id: number;
  readonly productId: number;
  /** The key of a category; `null` for places of the product. */
  readonly category: string | null;
  readonly quantity: number;
  /** The caller's own name for it, such as an order number. */
  readonly reference: string;
  readonly heldAtMs: number;
  /** The first moment at which it no longer holds. */
  readonly endsAtMs: number;
  /** Set once it was confirmed or released, or was seen to have lapsed. */
  readonly endedAtMs: number | null;
  /** Whether it became entitlements or a sale. */
  readonly isConfirmed: boolean;
}

/** The time for which places are held when the caller does not say. */
export const holdDefaultMs = 15 * 60_000;
export const holdMaxMs = 24 * 60 * 60_000;

/** Holds, by their numbers. */
export const holds = noun<number, Hold>({ name: "hold", keyOf: ({ id }) => id });

/** The holds of the product with this number that nobody has ended. Lapsed ones may be among them. */
export const holdsOf = lookup<number, Hold>({
  name: "holds_of",
  noun: holds,
  entriesOf: ({ productId, endedAtMs }) => (endedAtMs === null ? [productId] : []),
  entryFor: (productId) => productId,
  compare: (a, b) => a.id - b.id,
  nameOf: String,
});

/** Whether a hold keeps its places at this moment. */
export function isLive({ endedAtMs, endsAtMs }: Pick<Hold, "endedAtMs" | "endsAtMs">, atMs: number): boolean {
  return endedAtMs === null && atMs < endsAtMs;
}
