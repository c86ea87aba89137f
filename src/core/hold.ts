import { categoryIn } from "./category.ts";
import { type Product, products } from "./product.ts";
import { type Effect, lookup, noun, put } from "./state.ts";

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

/** Holds, by their numbers. A hold is locked with its product. */
export const holds = noun<number, Hold>({
  name: "hold",
  partOf: { noun: products, keyOf: ({ productId }) => productId },
  keyOf: ({ id }) => id,
});

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

/** Whether a hold may last so long. */
export function isDuration(durationMs: number): boolean {
  return Number.isInteger(durationMs) && durationMs >= 1 && durationMs <= holdMaxMs;
}

/** Ends the holds that have lapsed and that nobody has ended, so that the list of a product stays short. */
export function endLapsed(found: readonly Hold[], atMs: number): readonly Effect[] {
  return found.filter((hold) => !isLive(hold, atMs)).map((hold) => put(holds, { ...hold, endedAtMs: hold.endsAtMs }));
}

/** The places of one kind, and what became of them. */
export interface Room {
  /** `null` for no bound. */
  readonly capacity: number | null;
  readonly issued: number;
  /** Places that holds keep. */
  readonly held: number;
  /** Places that anybody can have; `null` for no bound. */
  readonly free: number | null;
}

/** The part of a hold that tells how many places it keeps. */
export type HeldPlaces = Pick<Hold, "category" | "quantity">;

/** The room of a product. `kept` are the holds that are live. */
export function roomOf({ capacity, issued }: Pick<Product, "capacity" | "issued">, kept: readonly HeldPlaces[]): Room {
  const held = kept.reduce((sum, { quantity }) => sum + quantity, 0);
  return { capacity, issued, held, free: capacity === null ? null : Math.max(0, capacity - issued - held) };
}

/** The room of one category, of which no more is free than of its product. `undefined` for an unknown category. */
export function roomOfCategory(product: Product, key: string, kept: readonly HeldPlaces[]): Room | undefined {
  const category = categoryIn(product.categories, key);
  if (category === undefined) return undefined;
  const own = roomOf(
    category,
    kept.filter((hold) => hold.category === key),
  );
  const { free } = roomOf(product, kept);
  return { ...own, free: own.free === null || free === null ? (own.free ?? free) : Math.min(own.free, free) };
}

/** Whether so many more places can be had, of the category if one is named. `kept` are the holds of others. */
export function hasRoom(product: Product, key: string | null, quantity: number, kept: readonly HeldPlaces[]): boolean {
  const free = (key === null ? roomOf(product, kept) : roomOfCategory(product, key, kept))?.free;
  return free === null || (free !== undefined && quantity <= free);
}
