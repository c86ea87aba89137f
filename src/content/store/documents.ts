import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent, syncFolder } from "../../files.ts";
import { fileMode, makeFolder, namesIn } from "./disk.ts";
import { discardDraft, makeDraft } from "./drafts.ts";
import { documentFile, type StorePaths } from "./paths.ts";

/** See `FileStore.keepDocument`. */
export async function keepDocument(paths: StorePaths, name: string, content: Uint8Array): Promise<void> {
  const target = documentFile(paths, name);
  const draft = await makeDraft(paths);
  try {
    const written = join(draft.folder, "document");
    await writeFile(written, content, { flag: "wx", mode: fileMode, flush: true });
    await makeFolder(paths.documents);
    await rename(written, target);
    await syncFolder(paths.documents);
  } finally {
    await discardDraft(draft);
  }
}

/** See `FileStore.readDocument`. Files have their times from the system clock. */
export async function readDocument(paths: StorePaths, name: string, sinceMs = 0): Promise<Buffer | undefined> {
  const file = documentFile(paths, name);
  const stats = await ifPresent(stat(file));
  if (stats === undefined || stats.mtimeMs < sinceMs) return undefined;
  return ifPresent(readFile(file));
}

/** See `FileStore.sweepDocuments`. */
export async function sweepDocuments(paths: StorePaths, keptForMs: number): Promise<number> {
  let swept = 0;
  for (const name of await namesIn(paths.documents)) {
    const file = join(paths.documents, name);
    const stats = await ifPresent(stat(file));
    if (stats === undefined || Date.now() - stats.mtimeMs < keptForMs) continue;
    await rm(file, { force: true });
    swept++;
  }
  return swept;
}
