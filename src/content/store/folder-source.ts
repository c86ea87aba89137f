import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../files.ts";
import { arrange, type EditionLimits, isPassedOver, type Source, type SourceFile, tooMany } from "./edition-source.ts";
import { problemOfPath, showPath } from "./entry-path.ts";
import { EditionSourceError } from "./errors.ts";

const chunkBytes = 256 * 1024;
/** A link or a pipe that replaced a file after the listing is neither followed nor waited for. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The files below a folder. Throws an `EditionSourceError` for links, special files and unreadable files. */
export async function openFolder(root: string, shown: string, limits: EditionLimits): Promise<Source> {
  const found: SourceFile[] = [];
  const folders = [""];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readable(shown, folder, readdir(join(root, folder), { withFileTypes: true }))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isPassedOver(path)) continue;
      if (++entries > limits.entriesMax) throw tooMany(shown, limits);
      if (entry.isDirectory()) {
        // A path that is too long or not UTF-8 could not be listed.
        const problem = problemOfPath(path);
        if (problem !== undefined) throw refuse(shown, `has a folder whose path ${problem}: ${showPath(path)}`);
        folders.push(path);
      } else if (entry.isFile()) {
        // A file with an unusable path could not be opened. `arrange` refuses it.
        const isUsable = problemOfPath(path) === undefined;
        const { size } = isUsable ? await readable(shown, path, lstat(join(root, path))) : { size: 0 };
        found.push({ path, bytes: size, read: () => read(join(root, path), shown, path) });
      } else {
        throw refuse(shown, `has something in it that is no file: ${showPath(path)} is a link or a special file`);
      }
    }
  }
  return { files: arrange(shown, found, limits), close: async () => {} };
}

function refuse(shown: string, what: string): EditionSourceError {
  return new EditionSourceError(`${shown} ${what}. Put a file in its place, or leave it out.`);
}

async function readable<T>(shown: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new EditionSourceError(
      `${shown} cannot be read: ${path === "" ? "" : `${showPath(path)}, `}${code}. Check that it exists and that you may read it.`,
    );
  }
}

async function* read(file: string, shown: string, path: string): AsyncGenerator<Uint8Array> {
  const handle = await readable(shown, path, open(file, openFlags));
  try {
    if (!(await handle.stat()).isFile()) throw refuse(shown, `has something in it that is no file: ${showPath(path)}`);
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await readable(shown, path, handle.read(buffer, 0, chunkBytes, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
