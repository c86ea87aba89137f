import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Measurement, median } from "./figures.ts";
import type { FilesAnswer, FilesQuestion } from "./files.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const run = promisify(execFile);

const cellBytes = 2 * 2 ** 20;
/** Every fifth cell differs from the edition before. */
const changedEvery = 5;

/**
 * N. Making the packages of an edition, its base and its update, against `sha256sum` over the edition and the one before
 * it; and its cost in memory. The files are in the memory of the system for both sides.
 */
export async function measurePackages(stage: Stage): Promise<Measurement> {
  const rounds = stage.quick ? 1 : 3;
  const cells = stage.quick ? 50 : 500;
  const root = join(stage.folder, "packages");
  const source = join(stage.folder, "cells");
  stage.progress(`N: two editions of ${cells} cells of 2 MB`);
  await mkdir(source, { recursive: true });
  const content = Buffer.alloc(cellBytes);
  const writeCells = async (every: number) => {
    for (let cell = 0; cell < cells; cell += every) {
      await writeFile(join(source, `C${cell}.oesu`), randomFillSync(content));
    }
  };
  const takeIn = () => startWorker<FilesQuestion, FilesAnswer>(stage, "files.ts").ask({ ask: "take in", root, source });
  await writeCells(1);
  const from = await takeIn();
  await writeCells(changedEvery);
  const to = await takeIn();
  const folders = [from, to].map(({ key }) => join(root, "editions", key, "content"));
  const bytesOfBoth = from.bytes + to.bytes;

  const turns: { packed: FilesAnswer; sumSeconds: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`N: round ${round} of ${rounds}`);
    await run("sync");
    const startedAtMs = performance.now();
    await run("sh", ["-c", 'find "$@" -type f -exec sha256sum {} + > /dev/null', "sh", ...folders]);
    const sumSeconds = (performance.now() - startedAtMs) / 1000;
    // A process for each round: its memory grows by this work alone.
    const store = startWorker<FilesQuestion, FilesAnswer>(stage, "files.ts");
    const packed = await store.ask({ ask: "pack", root, editionKey: to.key, fromKey: from.key });
    turns.push({ packed, sumSeconds });
  }
  const rate = (seconds: number) => `${(bytesOfBoth / 2 ** 20 / seconds).toFixed(0)} MB/s`;
  return {
    bounds: [
      {
        name: "N  making a base and an update, bytes of both editions a second / sha256sum",
        value: median(turns.map(({ packed, sumSeconds }) => sumSeconds / packed.seconds)),
        kind: "min",
        limit: 0.5,
        unit: "x",
      },
      {
        name: "N  memory for making them",
        value: Math.max(...turns.map(({ packed }) => packed.residentMaxMb - packed.residentBeforeMb)),
        kind: "max",
        limit: 80,
        unit: "MB",
      },
    ],
    notes: [
      `N  ${(to.bytes / 2 ** 20).toFixed(0)} MB in ${cells} cells: packed at ${rate(median(turns.map(({ packed }) => packed.seconds)))}, sha256sum ${rate(median(turns.map(({ sumSeconds }) => sumSeconds)))}`,
    ],
    raw: { from, to, turns },
  };
}
