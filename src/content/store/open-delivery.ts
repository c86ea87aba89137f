import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ifPresent } from "../../files.ts";
import type { OpenDelivery } from "./file-store.ts";

const chunkBytes = 64 * 1024;

/** See `FileStore.openDelivery`. */
export async function openDeliveryFile(path: string): Promise<OpenDelivery | undefined> {
  const handle = await ifPresent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (handle === undefined) return undefined;
  const { size } = await handle.stat();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= handle.close();
    return closing;
  };
  return {
    bytes: size,
    read({ start, end } = { start: 0, end: size }, buffer) {
      if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= size)) {
        throw new RangeError("the delivery does not have these bytes");
      }
      return read(handle, start, end, close, buffer);
    },
    close,
  };
}

/**
 * Why the caller may give a buffer: without one, eight concurrent readers of a gigabyte each grew the process by 80 to
 * 170 MB, since buffers are made faster than they are collected.
 */
async function* read(
  handle: FileHandle,
  start: number,
  end: number,
  close: () => Promise<void>,
  buffer: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let position = start; position < end; ) {
      const piece = buffer ?? Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - position));
      const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, end - position), position);
      // Finished deliveries are never written to.
      if (bytesRead === 0) throw new Error("a delivery became shorter while it was read");
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await close();
  }
}
