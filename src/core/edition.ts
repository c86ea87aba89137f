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

/** The edition that was published last. Of several of one day it is the one that was added last. */
export function currentEdition(editions: readonly Edition[]): Edition | undefined {
  let current: Edition | undefined;
  for (const edition of editions) {
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
