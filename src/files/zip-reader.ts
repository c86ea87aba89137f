import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { RandomAccessReader } from "yauzl";

const pieceBytes = 256 * 1024;

/**
 * Reads a zip for yauzl. The library's own reader passes on whatever position a zip names, and one above 2^53 makes
 * Node.js throw where nobody can catch it: here it is a damaged zip like any other.
 */
export class ZipReader extends RandomAccessReader {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#read(buffer.subarray(offset, offset + length), position).then(() => callback(null), callback);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false });
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let position = start; position < end; position += pieceBytes) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - position));
      await this.#read(piece, position);
      yield piece;
    }
  }

  async #read(buffer: Buffer, position: number): Promise<void> {
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) throw new Error("it ends too early");
      done += bytesRead;
    }
  }
}
