import { randomBytes } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "../../files.ts";
import { makeFolder, namesIn } from "./disk.ts";
import type { StorePaths } from "./paths.ts";

/** A folder in which an edition or a delivery is made before it is offered. */
export interface Draft {
  /** 32 random hexadecimal digits. */
  readonly key: string;
  readonly folder: string;
}

export async function makeDraft(paths: StorePaths): Promise<Draft> {
  const draft = nameDraft(paths);
  await makeFolder(draft.folder);
  return draft;
}

export async function discardDraft({ folder }: Draft): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Removes a folder of the store. It vanishes at once for every reader, even if its removal takes long. */
export async function removeWhole(paths: StorePaths, folder: string): Promise<void> {
  const draft = nameDraft(paths);
  await makeFolder(paths.drafts);
  await ifPresent(rename(folder, draft.folder));
  await discardDraft(draft);
}

/** See `FileStore.sweepDrafts`. */
export async function sweepDrafts(paths: StorePaths, untouchedForMs: number): Promise<number> {
  let swept = 0;
  for (const key of await namesIn(paths.drafts)) {
    const folder = join(paths.drafts, key);
    // Times of files come from the system clock.
    if (Date.now() - (await touchedAtMs(folder)) < untouchedForMs) continue;
    await rm(folder, { recursive: true, force: true });
    swept++;
  }
  return swept;
}

function nameDraft({ drafts }: StorePaths): Draft {
  const key = randomBytes(16).toString("hex");
  return { key, folder: join(drafts, key) };
}

/** When a file below this path was last written. A file that vanishes meanwhile belongs to a running process. */
async function touchedAtMs(path: string): Promise<number> {
  const stats = await ifPresent(stat(path));
  if (stats === undefined) return Number.POSITIVE_INFINITY;
  let touched = stats.mtimeMs;
  if (!stats.isDirectory()) return touched;
  for (const name of await namesIn(path)) touched = Math.max(touched, await touchedAtMs(join(path, name)));
  return touched;
}
