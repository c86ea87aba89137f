import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { ifPresent, syncFolder } from "../../files.ts";
import { makeFolder, namesIn } from "./disk.ts";
import type { StorePaths } from "./paths.ts";

/** A name in the trash begins with the time of the removal, in UTC. */
const trashShape = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/;

/** Moves a file or folder of the store to the trash, in one step. A missing one is no error. */
export async function moveToTrash({ trash }: StorePaths, path: string): Promise<void> {
  const time = new Date().toISOString().replace(/[-:.]/g, "");
  await makeFolder(trash);
  await ifPresent(rename(path, join(trash, `${time}-${basename(path)}`)));
  await syncFolder(trash);
}

/** See `FileStore.sweepTrash`. The age follows from the name, since a moved file keeps its own times. */
export async function sweepTrash({ trash }: StorePaths, keptForMs: number): Promise<number> {
  let swept = 0;
  for (const name of await namesIn(trash)) {
    const parts = trashShape.exec(name)?.slice(1).map(Number);
    if (parts === undefined) continue;
    const [year = 0, month = 1, day, hour, minute, second, ms] = parts;
    if (Date.now() - Date.UTC(year, month - 1, day, hour, minute, second, ms) < keptForMs) continue;
    await rm(join(trash, name), { recursive: true, force: true });
    swept++;
  }
  return swept;
}
