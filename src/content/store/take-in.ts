import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { codeOf, syncFolder } from "../../files.ts";
import { type DiskReserve, fileMode, isDiskFull, makeFolder, watchRoom } from "./disk.ts";
import { type Draft, discardDraft, makeDraft } from "./drafts.ts";
import { type ManifestFile, writeManifest } from "./edition-folder.ts";
import type { EditionLimits, Source, SourceFile } from "./edition-source.ts";
import { showPath } from "./entry-path.ts";
import { EditionSourceError } from "./errors.ts";
import type { TakeInOptions, TakenIn } from "./file-store.ts";
import { openFolder } from "./folder-source.ts";
import { contentFile, editionFolder, type StorePaths } from "./paths.ts";
import { openZip } from "./zip-source.ts";

/** Files that are synced while the next ones are read. A disk syncs several at once in little more time than one. */
const syncsAtOnceMax = 3;

/** See `FileStore.takeIn`. */
export async function takeIn(
  paths: StorePaths,
  { limits, reserve }: { readonly limits: EditionLimits; readonly reserve: DiskReserve },
  path: string,
  options: TakeInOptions,
): Promise<TakenIn> {
  const shown = showPath(options.name ?? basename(path));
  const source = await openSource(path, shown, limits);
  try {
    const draft = await makeDraft(paths);
    try {
      return await offer(paths, draft, await fill(draft, source, shown, reserve, options));
    } catch (error) {
      await discardDraft(draft);
      if (!isDiskFull(error)) throw error;
      throw new EditionSourceError(`There is no room on the disk for ${shown}. Make room, and add it again.`);
    }
  } finally {
    await source.close();
  }
}

async function openSource(path: string, shown: string, limits: EditionLimits): Promise<Source> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return await openFolder(path, shown, limits);
    if (stats.isFile()) return await openZip(path, shown, limits);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new EditionSourceError(`${shown} cannot be read: ${code}. Check that it exists and that you may read it.`);
  }
  throw new EditionSourceError(`${shown} is neither a folder nor a zip. Give one of these.`);
}

/** Writes the content and the manifest of an edition into a draft. Resolves when all of it is on the disk. */
async function fill(
  draft: Draft,
  source: Source,
  shown: string,
  reserve: DiskReserve,
  { onProgress }: TakeInOptions,
): Promise<Omit<TakenIn, "key">> {
  const bytesTotal = source.files.reduce((sum, file) => sum + file.bytes, 0);
  let bytes = 0;
  const refuse = (reason: string) =>
    new EditionSourceError(`There is no room on the disk for ${shown}: ${reason}. Make room, and add it again.`);
  const checkRoom = watchRoom(draft.folder, bytesTotal, reserve, refuse);
  const content = join(draft.folder, "content");
  await mkdir(content, { mode: 0o700 });
  const manifest: ManifestFile[] = [];
  const syncs: Promise<void>[] = [];
  const advance = (count: number) => {
    bytes += count;
    checkRoom(bytes);
    onProgress?.({ bytes, bytesTotal });
  };
  try {
    for (const file of source.files) {
      const handle = await open(contentFile(draft.folder, manifest.length), "wx", fileMode);
      manifest.push(await copy(handle, file, shown, advance));
      const synced = handle.sync().finally(() => handle.close());
      // Awaited later. Until then a failure must not count as unhandled.
      synced.catch(() => {});
      syncs.push(synced);
      if (syncs.length > syncsAtOnceMax) await syncs.shift();
    }
    await Promise.all(syncs);
  } finally {
    await Promise.allSettled(syncs);
  }
  const total = await writeManifest(draft.folder, manifest);
  await syncFolder(content);
  await syncFolder(draft.folder);
  return total;
}

/** Writes one file. Closes it when that fails, and leaves it open otherwise. */
async function copy(
  handle: FileHandle,
  file: SourceFile,
  shown: string,
  advance: (count: number) => void,
): Promise<ManifestFile> {
  const sum = createHash("sha256");
  let crc = 0;
  let bytes = 0;
  try {
    for await (const piece of file.read()) {
      bytes += piece.length;
      // A file that grows while it is read may never end.
      if (bytes > file.bytes) break;
      sum.update(piece);
      crc = crc32(piece, crc);
      await handle.writeFile(piece);
      advance(piece.length);
    }
    if (bytes !== file.bytes) {
      throw new EditionSourceError(
        `${shown} changed while it was read: ${showPath(file.path)}. Add it again when nobody writes to it.`,
      );
    }
    if (file.crc32 !== undefined && crc !== file.crc32) {
      throw new EditionSourceError(
        `${shown} is damaged: ${showPath(file.path)} is not what was packed. Pack or fetch it again, or give the folder.`,
      );
    }
    return { path: file.path, bytes, sha256: sum.digest("hex"), crc32: crc };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Turns a finished draft into an edition. Resolves when its name is on the disk. */
async function offer(paths: StorePaths, draft: Draft, total: Omit<TakenIn, "key">): Promise<TakenIn> {
  await makeFolder(paths.editions);
  await rename(draft.folder, editionFolder(paths, draft.key));
  await syncFolder(paths.editions);
  return { key: draft.key, ...total };
}
