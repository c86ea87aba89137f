import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchChart } from "./fetch-chart.ts";
import { type Measurement, median } from "./figures.ts";
import type { FilesAnswer, FilesQuestion } from "./files.ts";
import type { Shop } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { startWorker } from "./worker.ts";

const run = promisify(execFile);

const fileBytes = 2 * 2 ** 20;
const filesInFolder = 50;
const downloadsAtOnce = 8;

/**
 * J. Building a delivery, against `zip -0` over the same files on the same disk; and what building it and several
 * downloads of it at once cost a server in memory. The files are in the memory of the system for both sides.
 */
export async function measureDelivery(stage: Stage, shop: Shop): Promise<Measurement> {
  const rounds = stage.quick ? 1 : 3;
  const files = stage.quick ? 50 : 500;
  const root = join(stage.folder, "files");
  const source = join(stage.folder, "edition");
  stage.progress(`J: ${files} files of 2 MB`);
  await makeFiles(source, files);
  const taken = await startWorker<FilesQuestion, FilesAnswer>(stage, "files.ts").ask({ ask: "take in", root, source });
  const content = join(root, "editions", taken.key, "content");

  const store = startWorker<FilesQuestion, FilesAnswer>(stage, "files.ts");
  const zip = join(stage.folder, "zip.zip");
  const turns: { built: FilesAnswer; zipSeconds: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    stage.progress(`J: round ${round} of ${rounds}`);
    // Writes that one side left over must not slow the other.
    await run("sync");
    const built = await store.ask({ ask: "build", root, editionKey: taken.key });
    await run("sync");
    const startedAtMs = performance.now();
    await run("zip", ["-0qr", zip, "."], { cwd: content });
    const zipSeconds = (performance.now() - startedAtMs) / 1000;
    await rm(zip);
    turns.push({ built, zipSeconds });
  }
  stage.progress(`J: the same from the server, and ${downloadsAtOnce} downloads`);
  const fetched = await fetchChart(shop, source, downloadsAtOnce);

  const builds = turns.map(({ built }) => built);
  const rates = builds.map(({ bytes, seconds }) => bytes / 2 ** 20 / seconds);
  const zipRates = turns.map(({ built, zipSeconds }) => built.bytes / 2 ** 20 / zipSeconds);
  return {
    bounds: [
      {
        name: "J  building a delivery, bytes a second / zip -0",
        value: median(turns.map(({ built, zipSeconds }) => zipSeconds / built.seconds)),
        kind: "min",
        limit: 0.5,
        unit: "x",
      },
      { name: "J  memory for building it", value: fetched.buildGrowthMb, kind: "max", limit: 80, unit: "MB" },
      {
        name: `J  memory for ${downloadsAtOnce} downloads of it at once`,
        value: fetched.downloadGrowthMb,
        kind: "max",
        limit: 80,
        unit: "MB",
      },
      {
        name: "J  longest wait of others while it is built, median build",
        value: median(builds.map(({ stallMaxMs }) => stallMaxMs)),
        kind: "max",
        limit: 20,
        unit: "ms",
      },
    ],
    notes: [
      `J  ${(taken.bytes / 2 ** 20).toFixed(0)} MB in ${files} files: taken in at ${(taken.bytes / 2 ** 20 / taken.seconds).toFixed(0)} MB/s, built at ${median(rates).toFixed(0)} MB/s, put on the disk; zip ${median(zipRates).toFixed(0)} MB/s, not put on it`,
      `J  ${downloadsAtOnce} downloads at ${(fetched.bytes / 2 ** 20 / fetched.downloadSeconds).toFixed(0)} MB/s together, after the server had built it in ${fetched.buildSeconds.toFixed(1)} s; taking in cost ${(taken.residentMaxMb - taken.residentBeforeMb).toFixed(0)} MB of memory`,
    ],
    raw: { taken, turns, fetched },
  };
}

/** Files that do not pack, as those of encrypted charts, in folders of some fifty. */
async function makeFiles(source: string, files: number): Promise<void> {
  const content = Buffer.alloc(fileBytes);
  for (let file = 0; file < files; file++) {
    const folder = join(source, `cells-${Math.floor(file / filesInFolder)}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${file}.oesenc`), randomFillSync(content));
  }
}
