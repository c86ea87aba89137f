import { writeFileSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import { findTestFiles } from "./runner/files.ts";
import { makeRunFolder } from "./runner/run-folder.ts";

/** Test processes at once. Four keep two cores busy, since each waits for PostgreSQL and for its own children. */
const processesAtOnce = 4;

/** Processes that share the files with a database, and those that share the files with servers. */
const databaseProcesses = 2;
const serverProcesses = 2;

/**
 * For a test that sets no time limit of its own: the longest takes 20 s alone, and one core in thirty is enough for it.
 */
const testTimeoutMs = 600_000;

const everyTest = ["src/**/*.test.ts", "tests/**/*.test.ts"];
const root = join(import.meta.dirname, "..");

const { values, positionals } = parseArgs({ options: { coverage: { type: "boolean" } }, allowPositionals: true });
const folder = await makeRunFolder();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

await fillCompileCache(join(folder.path, "compiled"));
const { globalSetup, globalTeardown } = await import("./setup.ts");
try {
  await globalSetup();
  await runTests();
} finally {
  await globalTeardown();
  await folder.remove();
}

/**
 * Compiles the modules of the server once for every process of the run, tests and servers alike: that is half of the
 * 1.6 s which a process otherwise needs before its first test.
 */
async function fillCompileCache(directory: string): Promise<void> {
  enableCompileCache(directory);
  process.env.NODE_COMPILE_CACHE = directory;
  await import("../src/app.ts");
  await import("../src/cli/program.ts");
  flushCompileCache();
}

async function runTests(): Promise<void> {
  const { pure, database, servers, alone } = findTestFiles(positionals.length > 0 ? positionals : everyTest, root);
  const together = [
    ...writeGroups("with-database", database, databaseProcesses),
    ...writeGroups("with-servers", servers, serverProcesses),
    ...writeGroups("without-database", pure, 1),
  ];
  const events = run({
    files: [...together, ...alone],
    cwd: root,
    concurrency: processesAtOnce,
    timeout: testTimeoutMs,
    signal: stopping.signal,
    execArgv: [`--import=${import.meta.resolve("./runner/end.ts")}`],
    coverage: values.coverage ?? false,
    coverageIncludeGlobs: ["src/**/*.ts"],
    coverageExcludeGlobs: ["**/*.test.ts"],
  });
  events.on("test:fail", () => {
    process.exitCode = 1;
  });
  await pipeline(events, new spec(), process.stdout, { end: false });
}

/** Files of which each runs a share of these in one process. None for none. */
function writeGroups(name: string, files: readonly string[], processes: number): string[] {
  const shares = Array.from({ length: processes }, (_, i) => files.filter((_file, place) => place % processes === i));
  return shares.filter((share) => share.length > 0).map((share, i) => writeGroup(`${name}-${i + 1}`, share));
}

/** A file that runs these in one process. */
function writeGroup(name: string, files: readonly string[]): string {
  const path = join(folder.path, `${name}.test.mjs`);
  const module = JSON.stringify(import.meta.resolve("./runner/together.ts"));
  writeFileSync(path, `import { runTogether } from ${module};\nrunTogether(${JSON.stringify(files)});\n`);
  return path;
}
