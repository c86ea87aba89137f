import type { EditionLimits } from "./file-store.ts";

/** Ten times what the largest sets that are sold today hold; content that is encrypted does not pack at all. */
export const editionLimits: EditionLimits = {
  entriesMax: 20_000,
  fileBytesMax: 8 * 1024 ** 3,
  editionBytesMax: 32 * 1024 ** 3,
  unpackedRatioMax: 100,
};

/** A file that is read whole. */
export const smallFileBytesMax = 1024 ** 2;

/** Windows opens 260 characters, of which the buyer's folder needs some. */
export const pathBytesMax = 200;

/** On a disk that several machines share, a new file may be seen late. */
export const fileSeenWithinMs = 60_000;
