import { lastMomentMs } from "./period.ts";
import { products } from "./product.ts";
import { lookup, noun } from "./state.ts";
import { isLongerThan } from "./text.ts";

/** One version of a product's content. */
export interface Edition {
  readonly id: number;
  readonly productId: number;
  /** Unique among the product's editions: `2017-2`. */
  readonly name: string;
  /** Midnight UTC of the day on which it was published; the latest one is the product's current edition. */
  readonly publishedAtMs: number;
  readonly addedAtMs: number;
  /** The first moment at which it is given to anybody; `null` for one that was not scheduled. */
  readonly availableAtMs: number | null;
  /** Set while it is withdrawn. Those who have it keep it, and nobody gets it. */
  readonly withdrawnAtMs: number | null;
  readonly content: EditionContent;
}

/** The place of an edition's files, with their number, size and hash. */
export interface EditionContent {
  /** Names the folder in the file store; drawn at random when the files were taken in. */
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
  /** In hex, over the names and hashes of all files. */
  readonly sha256: string;
}

const nameLengthMax = 32;
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/;

/** Whether this can be the name of an edition: `2017-2` or `2026/1-29`. Formats of files make their own names of it. */
export function isEditionName(name: string): boolean {
  return nameShape.test(name) && !isLongerThan(name, nameLengthMax);
}

/** Whether this can be the day of an edition: midnight UTC, up to the year 9999. */
export function isEditionDay(publishedAtMs: number): boolean {
  return Number.isSafeInteger(publishedAtMs) && publishedAtMs <= lastMomentMs;
}

/** Whether an edition is given to those who ask for it at this moment: its own has come, and it is not withdrawn. */
export function isGiven(
  { availableAtMs, withdrawnAtMs }: Pick<Edition, "availableAtMs" | "withdrawnAtMs">,
  atMs: number,
): boolean {
  return withdrawnAtMs === null && (availableAtMs === null || availableAtMs <= atMs);
}

/**
 * Of the editions that are given at this moment, the one that was published last. Of several of one day it is the one
 * that was added last.
 */
export function currentEdition(editions: readonly Edition[], atMs: number): Edition | undefined {
  let current: Edition | undefined;
  for (const edition of editions) {
    if (!isGiven(edition, atMs)) continue;
    const isLater =
      current === undefined ||
      edition.publishedAtMs > current.publishedAtMs ||
      (edition.publishedAtMs === current.publishedAtMs && edition.id > current.id);
    if (isLater) current = edition;
  }
  return current;
}

/** Editions, by their numbers. */
export const editions = noun<number, Edition>({
  name: "edition",
  partOf: { noun: products, keyOf: ({ productId }) => productId },
  keyOf: ({ id }) => id,
});

/** The editions of the product with this number, in the order of their publication. */
export const editionsOf = lookup<number, Edition>({
  name: "editions_of",
  noun: editions,
  entriesOf: ({ productId }) => [productId],
  entryFor: (productId) => productId,
  compare: (a, b) => a.publishedAtMs - b.publishedAtMs || a.id - b.id,
});
