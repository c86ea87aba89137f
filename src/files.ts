import { open } from "node:fs/promises";

/** The code (`ENOENT`, `EACCES`, ...) of a system error; `undefined` for anything else. Never throws. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a system error says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** Resolves as the work does, and with `undefined` when its file does not exist. Rejects with every other error. */
export async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Resolves when the names in this folder are on the disk, so that a rename outlives a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}
