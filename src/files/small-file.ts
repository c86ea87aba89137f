import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { damaged } from "./build-zip.ts";
import { isMissing } from "./disk.ts";
import { foldPath, showPath } from "./entry-path.ts";
import { DeliveryError } from "./errors.ts";
import { smallFileBytesMax } from "./limits.ts";
import { readManifest } from "./manifest.ts";
import { contentFile } from "./places.ts";

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
  const content = await readFile(contentFile(editionFolder, line)).catch((error: unknown) => {
    if (isMissing(error)) throw damaged(file);
    throw error;
  });
  if (createHash("sha256").update(content).digest("hex") !== file.sha256) throw damaged(file);
  return content;
}
