import { createHash } from "node:crypto";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "../../files.ts";
import { fileMode } from "./disk.ts";
import { foldPath, showPath } from "./entry-path.ts";
import { DeliveryError } from "./errors.ts";
import type { EditionFile, TakenIn } from "./file-store.ts";
import { contentFile } from "./paths.ts";

/** The largest file that is read whole. */
const smallFileBytesMax = 8 * 1024 ** 2;

/** A file of an edition, as it was taken in. */
export interface ManifestFile extends EditionFile {
  readonly crc32: number;
}

/** The last line of the manifest: without it a manifest is not whole. */
type Total = Omit<TakenIn, "key">;

function totalOf(files: readonly ManifestFile[]): Total {
  const sums = files.map((file) => `${file.sha256}  ${file.path}\n`).join("");
  return {
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    sha256: createHash("sha256").update(sums).digest("hex"),
  };
}

/** Writes the manifest of an edition: a line of JSON for each file, in order, and a line with the totals. */
export async function writeManifest(folder: string, files: readonly ManifestFile[]): Promise<Total> {
  const total = totalOf(files);
  const text = [...files, total].map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFile(manifestPath(folder), text, { flag: "wx", mode: fileMode, flush: true });
  return total;
}

/** The files of an edition. Rejects with a `DeliveryError`: `edition_missing` or `edition_damaged`. */
export async function readManifest(folder: string): Promise<readonly ManifestFile[]> {
  const handle = await ifPresent(open(manifestPath(folder), "r"));
  if (handle === undefined) {
    throw new DeliveryError("edition_missing", "The edition is not in the store: it must be added again.");
  }
  const files: ManifestFile[] = [];
  let end: unknown;
  try {
    for await (const line of handle.readLines()) {
      if (end !== undefined) throw damagedManifest();
      const read = parse(line);
      if (isManifestFile(read)) files.push(read);
      else end = read;
    }
  } finally {
    await handle.close();
  }
  if (JSON.stringify(end) !== JSON.stringify(totalOf(files))) throw damagedManifest();
  return files;
}

/** See `FileStore.readSmallFile`. */
export async function readSmallFile(editionFolder: string, path: string): Promise<Buffer | undefined> {
  const manifest = await readManifest(editionFolder);
  const folded = foldPath(path);
  const line = manifest.findIndex((file) => foldPath(file.path) === folded);
  const file = manifest[line];
  if (file === undefined) return undefined;
  if (file.bytes > smallFileBytesMax) {
    throw new DeliveryError(
      "file_too_large",
      `The file ${showPath(file.path)} of the edition has ${file.bytes} bytes, and ${smallFileBytesMax} are read at most: the edition must be added again with a smaller one.`,
    );
  }
  const content = await ifPresent(readFile(contentFile(editionFolder, line)));
  if (content === undefined || createHash("sha256").update(content).digest("hex") !== file.sha256) {
    throw damagedFile(file);
  }
  return content;
}

function manifestPath(folder: string): string {
  return join(folder, "manifest.jsonl");
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damagedManifest();
  }
}

function isManifestFile(line: unknown): line is ManifestFile {
  const { path, bytes, sha256, crc32 } = Object(line);
  return [path, sha256].every((one) => typeof one === "string") && [bytes, crc32].every(Number.isFinite);
}

function damagedManifest(): DeliveryError {
  return new DeliveryError(
    "edition_damaged",
    "The list of the edition's files is damaged on the disk: the edition must be added again.",
  );
}

/** The error for a file of an edition that differs from the file that was taken in. */
export function damagedFile({ path }: ManifestFile): DeliveryError {
  return new DeliveryError(
    "edition_damaged",
    `The file ${showPath(path)} is not what was taken in: the edition must be added again.`,
  );
}
