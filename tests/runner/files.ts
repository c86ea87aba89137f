import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

/** The test files of a run, parted by how many processes they need. Each list begins with its longest file. */
export interface TestFiles {
  /** Files that touch nothing outside their process: all of them share one. */
  readonly pure: readonly string[];
  /** Files that work on a database: they share a few processes, and in each they run one after the other. */
  readonly database: readonly string[];
  /** Files that start servers and commands, and leave their own process alone: they share a few too. */
  readonly servers: readonly string[];
  /** Files that start other processes, or change or measure their own: each has a process to itself. */
  readonly alone: readonly string[];
}

const importShape =
  /^(?:import|export)\s(?!type\b)[^"';]*?\sfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** A test module that imports this starts processes, or changes or measures the one it is in. */
const aloneImports = /^node:(?:child_process|cluster|inspector|perf_hooks|v8|worker_threads)$/;
const aloneWords = /\bprocess\.(?:memoryUsage|chdir|umask|exit)\b|\bstartEmbedded\b/;

const tests = resolve(import.meta.dirname, "..");

/** The module through which every test reaches a database. */
const databaseModule = join(tests, "support/database.ts");

/** The module through which tests start servers and commands. */
const serverModule = join(tests, "support/server-process.ts");

/**
 * What a module awaits is there before the first test of all files that share the process: one server each is too much.
 */
const awaits = /^(?:const .* = )?await /m;

/**
 * Finds the test files that fit the patterns, and parts them by the needs of their code and of the test code that they
 * import.
 */
export function findTestFiles(patterns: readonly string[], directory: string): TestFiles {
  const files = globSync([...patterns], { cwd: directory, exclude: (name) => name === "node_modules" })
    .map((file) => resolve(directory, file))
    .sort((a, b) => statSync(b).size - statSync(a).size || (a < b ? -1 : 1));
  const parts = { pure: [] as string[], database: [] as string[], servers: [] as string[], alone: [] as string[] };
  for (const file of files) parts[partOf(file)].push(file);
  return parts;
}

function partOf(file: string): keyof TestFiles {
  const modules = testModules(file);
  const startsServers = modules.has(serverModule);
  const others = [...modules].filter(([path]) => path !== serverModule).map(([, module]) => module);
  const isAlone = others.some(
    ({ imports, text }) => imports.some((name) => aloneImports.test(name)) || aloneWords.test(text),
  );
  if (isAlone || (startsServers && others.some(({ text }) => awaits.test(text)))) return "alone";
  if (startsServers) return "servers";
  return modules.has(databaseModule) ? "database" : "pure";
}

interface TestModule {
  readonly text: string;
  readonly imports: readonly string[];
}

/** A test file and the test code that it imports. The source itself decides nothing. */
function testModules(file: string, found = new Map<string, TestModule>()): ReadonlyMap<string, TestModule> {
  if (found.has(file)) return found;
  const text = readFileSync(file, "utf8");
  const imports = [...text.matchAll(importShape)].map(([, named, bare, dynamic]) => named ?? bare ?? dynamic ?? "");
  found.set(file, { text, imports });
  for (const name of imports.filter((specifier) => specifier.startsWith("."))) {
    const target = join(dirname(file), name);
    if (target.startsWith(join(tests, sep))) testModules(target, found);
  }
  return found;
}
