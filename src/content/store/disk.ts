import { statfsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, ifPresent, syncFolder } from "../../files.ts";

export const fileMode = 0o600;
const folderMode = 0o700;

/** Whether the disk takes no more: it is full, a quota is used up, or the file would become too large. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(codeOf(error) ?? "");
}

/** Makes a folder and the missing folders above it. Resolves when the names are on the disk. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: folderMode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** The names in a folder, sorted; none when it does not exist. */
export async function namesIn(path: string): Promise<readonly string[]> {
  return ((await ifPresent(readdir(path))) ?? []).sort();
}

/** How much of the disk stays free: the larger of the two. */
export interface DiskReserve {
  readonly bytesMin: number;
  /** Of the whole disk, from 0 to 1. */
  readonly share: number;
}

/** The database usually lies on the same disk, and stops when the disk is full. */
export const diskReserve: DiskReserve = { bytesMin: 1_000_000_000, share: 0.05 };

/** The bytes written between two checks for room. Other processes write to the disk, too. */
const roomCheckBytes = 4 * 1024 ** 2;

/** Why this many more bytes may not be written to a folder, as a clause; `undefined` when they may. */
export function whyNoRoom(folder: string, bytes: number, reserve: DiskReserve): string | undefined {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const kept = Math.max(reserve.bytesMin, Math.ceil(blocks * bsize * reserve.share));
  if (bytes + kept <= free) return undefined;
  return `it takes ${bytes} bytes more, ${free} are free, and ${kept} stay free for the database`;
}

/**
 * Makes the check that a writer of `bytesTotal` calls with the number of bytes that it has written. It throws the error
 * that `refuse` makes of a reason as soon as the disk has no room for the rest. The first check is done at once.
 */
export function watchRoom(
  folder: string,
  bytesTotal: number,
  reserve: DiskReserve,
  refuse: (reason: string) => Error,
): (bytesWritten: number) => void {
  let nextCheckBytes = 0;
  const check = (bytes: number) => {
    if (bytes < nextCheckBytes) return;
    const reason = whyNoRoom(folder, bytesTotal - bytes, reserve);
    if (reason !== undefined) throw refuse(reason);
    nextCheckBytes = bytes + roomCheckBytes;
  };
  check(0);
  return check;
}
