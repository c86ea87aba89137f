import { fromBufferPromise } from "yauzl";

/** The entries of a zip in their order, folders too, with their contents. */
export async function filesInZip(zip: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = await fromBufferPromise(zip, {});
  for await (const entry of reader.eachEntry()) {
    const pieces = entry.fileName.endsWith("/") ? [] : await Array.fromAsync(await reader.openReadStreamPromise(entry));
    found.set(entry.fileName, Buffer.concat(pieces));
  }
  return found;
}
