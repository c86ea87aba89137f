import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ifPresent } from "../../files.ts";
import type { OpenDelivery } from "./file-store.ts";
import { layoutBytes, madeFile, type PackageLayout, readLayout } from "./package-layout.ts";
import { contentFile, packageFolder } from "./paths.ts";

const chunkBytes = 64 * 1024;
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW;

/** See `FileStore.openPackage`. */
export async function openPackage(editionFolder: string, packageName: string): Promise<OpenDelivery | undefined> {
  const folder = packageFolder(editionFolder, packageName);
  const layout = await readLayout(folder);
  if (layout === undefined) return undefined;
  const made = await ifPresent(open(madeFile(folder), openFlags));
  if (made === undefined) return undefined;
  const bytes = layoutBytes(layout);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= made.close();
    return closing;
  };
  return {
    bytes,
    read({ start, end } = { start: 0, end: bytes }, buffer) {
      if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= bytes)) {
        throw new RangeError("the package does not have these bytes");
      }
      return read(made, editionFolder, layout, { start, end }, close, buffer);
    },
    close,
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The pieces of a package between two positions. */
async function* read(
  made: FileHandle,
  editionFolder: string,
  { runs }: PackageLayout,
  asked: Span,
  close: () => Promise<void>,
  buffer: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    let position = 0;
    let madeAt = 0;
    for (const { madeBytes, line, fileBytes = 0 } of runs) {
      if (position >= asked.end) return;
      yield* readSpan(made, within(asked, position, madeBytes), madeAt, buffer);
      position += madeBytes;
      madeAt += madeBytes;
      const span = within(asked, position, fileBytes);
      position += fileBytes;
      if (line === undefined || span.start >= span.end) continue;
      const file = await open(contentFile(editionFolder, line), openFlags);
      try {
        yield* readSpan(file, span, 0, buffer);
      } finally {
        await file.close();
      }
    }
  } finally {
    await close();
  }
}

/** The part of a section that lies within the asked bytes, counted from the start of the section. */
function within({ start, end }: Span, sectionAt: number, sectionBytes: number): Span {
  return { start: Math.max(0, start - sectionAt), end: Math.min(sectionBytes, end - sectionAt) };
}

async function* readSpan(
  file: FileHandle,
  { start, end }: Span,
  fileAt: number,
  buffer: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end; ) {
    const piece = buffer ?? Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - position));
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end - position), fileAt + position);
    if (bytesRead === 0) throw new Error("a file of a package is shorter than it was");
    position += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
