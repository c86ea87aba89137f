import { statfsSync } from "node:fs";

/** What must stay free on the disk of a store, whatever is written to it. */
export interface DiskReserve {
  readonly bytesMin: number;
  /** Of the whole disk, from 0 to 1; the larger of the two counts. */
  readonly share: number;
}

/** The database mostly lies on the same disk, and stops when that is full. */
export const diskReserve: DiskReserve = { bytesMin: 1_000_000_000, share: 0.05 };

/** How much is written between two looks at the disk, which others fill meanwhile. */
export const roomLookBytes = 4 * 1024 ** 2;

/** The sentence that says why so many more bytes may not be written to a folder; `undefined` when they may. */
export function whyNoRoom(folder: string, bytes: number, reserve: DiskReserve): string | undefined {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const kept = Math.max(reserve.bytesMin, Math.ceil(blocks * bsize * reserve.share));
  if (bytes + kept <= free) return undefined;
  return `it takes ${bytes} bytes more, ${free} are free, and ${kept} stay free for the database`;
}
