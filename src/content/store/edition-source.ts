import { createPathTree, problemOfPath, showPath } from "./entry-path.ts";
import { EditionSourceError } from "./errors.ts";

/** A folder or a zip from which an edition is taken in. */
export interface Source {
  /** Sorted. Every path is usable, and no two are the same on any system. */
  readonly files: readonly SourceFile[];
  close(): Promise<void>;
}

export interface SourceFile {
  readonly path: string;
  /** The length that the source gives. The content may differ. */
  readonly bytes: number;
  /** The checksum that the source gives. A folder gives none. */
  readonly crc32?: number;
  /**
   * Its content. A piece may be overwritten once the next one is requested. Throws an `EditionSourceError` when it
   * cannot be read.
   */
  read(): AsyncIterable<Uint8Array>;
}

/** The limits of an edition. */
export interface EditionLimits {
  /** Files and folders. */
  readonly entriesMax: number;
  readonly fileBytesMax: number;
  readonly editionBytesMax: number;
  /** How many times larger than the zip the files in it may be. */
  readonly unpackedRatioMax: number;
}

/** Ten times the largest sets that are sold today. Encrypted content does not compress. */
export const editionLimits: EditionLimits = {
  entriesMax: 20_000,
  fileBytesMax: 8 * 1024 ** 3,
  editionBytesMax: 32 * 1024 ** 3,
  unpackedRatioMax: 100,
};

const leftBySystems = new Set([".ds_store", "thumbs.db"]);

/** Whether an operating system adds this file by itself. */
export function isPassedOver(path: string): boolean {
  const parts = path.split("/").filter((part) => part !== "");
  return parts[0] === "__MACOSX" || leftBySystems.has((parts.at(-1) ?? "").toLowerCase());
}

/**
 * Makes the files of an edition from the files that were found. Checks the limits, and that every path is usable and no
 * two are the same on any system. Leaves out a single folder at the top, and sorts. Throws an `EditionSourceError`
 * whose message begins with `shown`.
 */
export function arrange(shown: string, found: readonly SourceFile[], limits: EditionLimits): readonly SourceFile[] {
  const refuse = (what: string, remedy: string) => new EditionSourceError(`${shown} ${what}. ${remedy}`);
  const files = found.map((file) => ({ ...file, path: file.path.normalize("NFC") }));
  if (files.length === 0) throw refuse("has no files in it", "Give the folder or the zip that holds the edition.");
  let bytes = 0;
  for (const file of files) {
    const problem = problemOfPath(file.path);
    if (problem !== undefined) {
      throw refuse(`has a file whose path ${problem}: ${showPath(file.path)}`, "Rename it, or leave it out.");
    }
    if (file.bytes > limits.fileBytesMax) {
      throw refuse(
        `has a file of ${file.bytes} bytes, more than ${limits.fileBytesMax}: ${showPath(file.path)}`,
        "Leave it out, or divide it.",
      );
    }
    bytes += file.bytes;
  }
  if (bytes > limits.editionBytesMax) {
    throw refuse(`holds ${bytes} bytes, more than ${limits.editionBytesMax}`, "Divide it into several products.");
  }
  const arranged = withoutTop(files);
  const tree = createPathTree();
  for (const { path } of arranged) {
    const inTheWay = tree.add(path);
    if (inTheWay === undefined) continue;
    throw refuse(
      `has paths that are the same on some systems: ${showPath(path)} and ${showPath(inTheWay)}`,
      "Rename one of them, or leave it out.",
    );
  }
  return sortByBytes(arranged);
}

/** The error for a source that has more files and folders than an edition may have. */
export function tooMany(shown: string, { entriesMax }: EditionLimits): EditionSourceError {
  return new EditionSourceError(
    `${shown} has more than ${entriesMax} files and folders in it. Divide it into several products.`,
  );
}

function withoutTop(files: SourceFile[]): SourceFile[] {
  const [top = ""] = files[0]?.path.split("/") ?? [];
  const start = `${top}/`;
  if (!files.every(({ path }) => path.startsWith(start))) return files;
  return files.map((file) => ({ ...file, path: file.path.slice(start.length) }));
}

/** In the order of the UTF-8 bytes of their paths, which is not always the order of JavaScript strings. */
function sortByBytes(files: readonly SourceFile[]): readonly SourceFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.path).toString("latin1") }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ file }) => file);
}
