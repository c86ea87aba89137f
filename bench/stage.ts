import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Beside the default data directory, so on a disk: where the system keeps temporary files may be memory. */
const folders = fileURLToPath(new URL("../data", import.meta.url));

/** The means that all measurements share. */
export interface Stage {
  /** A folder of this run, removed at its end. */
  readonly folder: string;
  /** Seconds instead of minutes: fewer rounds on less data, good enough to see that everything works. */
  readonly quick: boolean;
  /** Writes the current step to standard error. */
  progress(text: string): void;
  /** Something to end or remove at the end of the run; the last comes first. */
  defer(cleanup: () => Promise<unknown>): void;
  /** Does what was deferred and removes the folder, once. */
  clear(): Promise<void>;
}

export async function openStage(quick: boolean): Promise<Stage> {
  const cleanups = new AsyncDisposableStack();
  const folder = join(folders, `bench-${process.pid}`);
  await mkdir(folder, { recursive: true });
  cleanups.defer(() => rm(folder, { recursive: true, force: true }));
  const startedAtMs = performance.now();
  let shown = "";
  let clearing: Promise<void> | undefined;
  return {
    folder,
    quick,
    progress(text) {
      const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4);
      const overwrite = process.stderr.isTTY;
      const line = `${seconds} s  ${text}`;
      process.stderr.write(overwrite ? `\r${line.padEnd(shown.length)}` : `${line}\n`);
      shown = line;
    },
    defer: (cleanup) => cleanups.defer(async () => void (await cleanup())),
    clear() {
      clearing ??= cleanups.disposeAsync();
      return clearing;
    },
  };
}
