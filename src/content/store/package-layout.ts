import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "../../files.ts";

/**
 * How a package is put together: runs of bytes that were made for it, which lie one after the other in one file, and
 * files of the edition between them. The made bytes are kept as they were, so that a package stays the same when a later
 * version makes zips in another way.
 */
export interface PackageLayout {
  readonly runs: readonly Run[];
}

/** Made bytes, and the file of the edition that follows them; the last run has none. */
export interface Run {
  readonly madeBytes: number;
  /** The line of the file in the manifest. */
  readonly line?: number;
  readonly fileBytes?: number;
}

/** The file with the made bytes. */
export function madeFile(folder: string): string {
  return join(folder, "made");
}

export function layoutFile(folder: string): string {
  return join(folder, "layout.json");
}

/** The layout of a package; `undefined` when there is no package. */
export async function readLayout(folder: string): Promise<PackageLayout | undefined> {
  const text = await ifPresent(readFile(layoutFile(folder), "utf8"));
  return text === undefined ? undefined : JSON.parse(text);
}

/** The number of bytes in a package. */
export function layoutBytes({ runs }: PackageLayout): number {
  return runs.reduce((sum, { madeBytes, fileBytes = 0 }) => sum + madeBytes + fileBytes, 0);
}
