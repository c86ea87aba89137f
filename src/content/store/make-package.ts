import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, ifPresent, syncFolder } from "../../files.ts";
import { keptFiles, writeZip, type ZipContent } from "./build-zip.ts";
import { type DiskReserve, fileMode, isDiskFull, makeFolder, whyNoRoom } from "./disk.ts";
import { discardDraft, makeDraft, removeWhole } from "./drafts.ts";
import { problemOfPath } from "./entry-path.ts";
import { DeliveryError, type DeliveryErrorReason } from "./errors.ts";
import type { MadePackage, PackagePlan } from "./file-store.ts";
import { layoutFile, madeFile, type Run } from "./package-layout.ts";
import { editionFolder, packageFolder, type StorePaths } from "./paths.ts";
import { onThread } from "./thread.ts";

/** The task of the thread. */
export interface PackageTask extends ZipContent {
  /** An empty folder. */
  readonly target: string;
  readonly paths: readonly string[] | undefined;
  readonly reserve: DiskReserve;
}

/** The message of the thread before it ends. */
export type PackageAnswer =
  | { readonly made: MadePackage }
  | { readonly reason: DeliveryErrorReason; readonly message: string };

/** See `FileStore.makePackage`. Throws a RangeError for an unusable name, top folder or path of an extra file. */
export async function makePackage(
  paths: StorePaths,
  reserve: DiskReserve,
  { editionKey, packageName, top, extras, paths: chosen, modifiedAtMs }: PackagePlan,
  signal?: AbortSignal,
): Promise<MadePackage> {
  const folder = editionFolder(paths, editionKey);
  const target = packageFolder(folder, packageName);
  for (const path of [top, ...extras.map((extra) => extra.path)]) {
    const problem = problemOfPath(path);
    if (problem !== undefined) throw new RangeError(`a path in a package ${problem}`);
  }
  signal?.throwIfAborted();
  const draft = await makeDraft(paths);
  try {
    const written = join(draft.folder, "package");
    await makeFolder(written);
    const task: PackageTask = {
      editionFolder: folder,
      target: written,
      top,
      extras,
      paths: chosen,
      modifiedAtMs,
      reserve,
    };
    const answer = await onThread<PackageAnswer>(new URL("./package-worker.ts", import.meta.url), task, signal);
    if (!("made" in answer)) throw new DeliveryError(answer.reason, answer.message);
    await syncFolder(written);
    await makeFolder(dirname(target));
    await put(paths, written, target);
    await syncFolder(dirname(target));
    return answer.made;
  } finally {
    await discardDraft(draft);
  }
}

/**
 * Puts a package in its place. If it is there already, another process made it at the same time, or died before it was
 * offered. Then it stays, unless another version made it in another way.
 */
async function put(paths: StorePaths, written: string, target: string): Promise<void> {
  try {
    await rename(written, target);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) throw error;
    if (await isSame(written, target)) return;
    await removeWhole(paths, target);
    await rename(written, target);
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  for (const fileOf of [layoutFile, madeFile]) {
    const [a, b] = await Promise.all([readFile(fileOf(one)), ifPresent(readFile(fileOf(other)))]);
    if (b === undefined || !a.equals(b)) return false;
  }
  return true;
}

/** Room for the records of one file, with the longest names there are. */
const entryBytesMax = 1_024;

/**
 * Writes the made bytes and the layout of a package, and puts them on the disk. Rejects with a `DeliveryError`. Made for
 * a thread of its own, as `buildZip` is.
 */
export async function writePackage(task: PackageTask): Promise<MadePackage> {
  const { target, reserve, paths } = task;
  const chosen = paths && new Set(paths);
  const kept = await keptFiles(task, (path) => chosen?.has(path) ?? true);
  const extraBytes = task.extras.reduce((sum, { content }) => sum + content.length + entryBytesMax, 0);
  const refuse = (reason: string) =>
    new DeliveryError("disk_full", `There is no room on the disk for a package: ${reason}. Make room.`);
  const reason = whyNoRoom(target, extraBytes + kept.length * entryBytesMax, reserve);
  if (reason !== undefined) throw refuse(reason);
  const sha256 = createHash("sha256");
  const runs: Run[] = [];
  let bytes = 0;
  let madeBytes = 0;
  let copying: { readonly line: number; fileBytes: number } | undefined;
  const endRun = () => {
    if (copying !== undefined) runs.push({ madeBytes, ...copying });
    if (copying !== undefined) madeBytes = 0;
    copying = undefined;
  };
  const file = openSync(madeFile(target), "wx", fileMode);
  try {
    writeZip(task, kept, {
      bytes: () => bytes,
      write(made) {
        endRun();
        for (let done = 0; done < made.length; ) done += writeSync(file, made, done, made.length - done);
        sha256.update(made);
        madeBytes += made.length;
        bytes += made.length;
      },
      copy(piece, line) {
        copying ??= { line, fileBytes: 0 };
        copying.fileBytes += piece.length;
        sha256.update(piece);
        bytes += piece.length;
      },
    });
    runs.push({ madeBytes });
    fsyncSync(file);
    writeFileSync(layoutFile(target), JSON.stringify({ runs }), { flag: "wx", mode: fileMode, flush: true });
    return { bytes, sha256: sha256.digest("hex") };
  } catch (error) {
    throw isDiskFull(error) ? refuse("it is full") : error;
  } finally {
    closeSync(file);
  }
}
