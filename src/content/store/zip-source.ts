import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from "yauzl";
import { codeOf } from "../../files.ts";
import { arrange, type EditionLimits, isPassedOver, type Source, type SourceFile, tooMany } from "./edition-source.ts";
import { showPath } from "./entry-path.ts";
import { EditionSourceError } from "./errors.ts";

const encryptedFlag = 0x0001;
const utf8Flag = 0x0800;
const stored = 0;
const deflated = 8;
/** The upper half of an entry's external attributes holds the Unix mode, or zero. */
const typeMask = 0o170000;
const fileType = 0o100000;
const folderType = 0o040000;
const pieceBytes = 256 * 1024;

/**
 * The files of a zip (APPNOTE 6.3), read with yauzl, which trusts the central directory alone and lets no entry yield
 * more bytes than it announced. Throws an `EditionSourceError` for a zip that is damaged, encrypted, packed with
 * another method than Deflate, that unpacks to too much, or whose entries share bytes.
 */
export async function openZip(path: string, shown: string, limits: EditionLimits): Promise<Source> {
  const handle = await open(path, "r");
  const close = () => handle.close();
  try {
    const { size } = await handle.stat();
    if (size === 0) {
      throw new EditionSourceError(`${shown} is empty. Give the folder or the zip that holds the edition.`);
    }
    return { files: await readFiles(new ZipReader(handle), size, shown, limits), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readFiles(reader: ZipReader, size: number, shown: string, limits: EditionLimits) {
  const options = { autoClose: false, decodeStrings: false };
  const zip = await sound(shown, fromRandomAccessReaderPromise(reader, size, options));
  if (zip.entryCount > limits.entriesMax) throw tooMany(shown, limits);
  const entries = await sound(shown, Array.fromAsync(zip.eachEntry()));
  await refuseOverlap(zip, shown, entries);
  const unpacked = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (unpacked > size * limits.unpackedRatioMax) {
    throw new EditionSourceError(
      `${shown} would become more than ${limits.unpackedRatioMax} times larger when it is unpacked. If that is meant, unpack it yourself and give the folder.`,
    );
  }
  const files = entries.flatMap((entry) => fileOf(zip, shown, entry) ?? []);
  return arrange(shown, files, limits);
}

/** Entries that share bytes make a small zip unpack to very much. */
async function refuseOverlap(zip: ZipFile, shown: string, entries: readonly Entry[]): Promise<void> {
  const sorted = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let endOfLast = 0;
  for (const entry of sorted) {
    if (entry.relativeOffsetOfLocalHeader < endOfLast) throw unsound(shown, "two files in it share bytes");
    const { fileDataStart } = await sound(shown, zip.readLocalFileHeaderPromise(entry, { minimal: true }));
    endOfLast = fileDataStart + entry.compressedSize;
  }
}

/** The file of an entry; `undefined` for a folder, and for a file that an operating system added. */
function fileOf(zip: ZipFile, shown: string, entry: Entry): SourceFile | undefined {
  const path = pathOf(shown, entry);
  if (isPassedOver(path)) return undefined;
  const refuse = (what: string, remedy: string) => new EditionSourceError(`${shown} ${what}. ${remedy}`);
  const type = (entry.externalFileAttributes >>> 16) & typeMask;
  if (path.endsWith("/") && (type === 0 || type === folderType)) return undefined;
  if (type !== 0 && type !== fileType) {
    throw refuse(
      `has something in it that is no file: ${showPath(path)} is a link or a special file`,
      "Put a file in its place, or leave it out.",
    );
  }
  if ((entry.generalPurposeBitFlag & encryptedFlag) !== 0) {
    throw refuse(`is encrypted: ${showPath(path)}`, "Pack it without a password.");
  }
  const method = entry.compressionMethod;
  if (method !== stored && method !== deflated) {
    throw refuse(`is packed with method ${method}: ${showPath(path)}`, "Pack it with Deflate, or give the folder.");
  }
  return {
    path,
    bytes: entry.uncompressedSize,
    crc32: entry.crc32,
    read: () => read(zip, shown, entry),
  };
}

/** The format says that names without the flag are CP437, but some systems write UTF-8. */
function pathOf(shown: string, entry: Entry): string {
  const { fileNameRaw, extraFields, generalPurposeBitFlag } = entry;
  const hasUtf8Flag = (generalPurposeBitFlag & utf8Flag) !== 0;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fileNameRaw);
  } catch {
    if (hasUtf8Flag) throw unsound(shown, "the name of a file in it is not UTF-8");
    return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  }
}

async function* read(zip: ZipFile, shown: string, entry: Entry): AsyncGenerator<Uint8Array> {
  const stream = await sound(shown, zip.openReadStreamPromise(entry));
  try {
    for await (const piece of stream) yield piece;
  } catch (error) {
    throw unsound(shown, error);
  }
}

/** Every error of the library means a damaged zip or an unreadable disk. */
async function sound<T>(shown: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unsound(shown, error);
  }
}

function unsound(shown: string, reason: unknown): EditionSourceError {
  const told = codeOf(reason) ?? (reason instanceof Error ? reason.message : String(reason));
  return new EditionSourceError(
    `${shown} is no zip, or a damaged one (${told}). Pack or fetch it again, or give the folder.`,
  );
}

/**
 * Reads a zip for yauzl. The library's own reader passes on every position that a zip names; a position above 2^53
 * makes Node.js throw where nothing catches it. This reader reports a damaged zip.
 */
class ZipReader extends RandomAccessReader {
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
