import type { EditionFile } from "./store/file-store.ts";

/** The paths in which two editions differ. */
export interface FileDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** The number of files that are the same. */
  readonly same: number;
}

/** Compares two editions file by file, by the sums of their contents. */
export function compareFiles(from: readonly EditionFile[], to: readonly EditionFile[]): FileDifference {
  const before = new Map(from.map(({ path, sha256 }) => [path, sha256]));
  const after = new Set(to.map(({ path }) => path));
  const pathsOf = (files: readonly EditionFile[]) => files.map(({ path }) => path);
  const changed = to.filter(({ path, sha256 }) => before.has(path) && before.get(path) !== sha256);
  const added = to.filter(({ path }) => !before.has(path));
  return {
    added: pathsOf(added),
    changed: pathsOf(changed),
    removed: pathsOf(from).filter((path) => !after.has(path)),
    same: to.length - changed.length - added.length,
  };
}
