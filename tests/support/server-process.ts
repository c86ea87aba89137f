import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { eventually } from "./eventually.ts";

/** The checkout; commands run there. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A test or a suite, or `{ after }` of `node:test` for a whole file. */
export interface Cleanup {
  after(clean: () => void | Promise<void>): void;
}

/** How a process ended, and all that it wrote. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Fulfilled when it has ended and all its output has been read. Never rejected. */
  readonly ended: Promise<ProcessEnd>;
  /** Waits until its standard output has this; rejects with all its output when it ends first or takes too long. */
  untilPrinted(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Tells it to stop (SIGTERM) and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<ProcessEnd>;
}

/** A server that answers. */
export interface ServerProcess extends RunningProcess {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
}

/** Variables on top of a bare environment: nothing of the machine's own settings reaches the program. */
export type Environment = Readonly<Record<string, string>>;

/** What is handed down from this process: where programs are, and what the test run says of files and of coverage. */
const inherited = ["PATH", "HOME", "TMPDIR", "NODE_COMPILE_CACHE", "NODE_V8_COVERAGE"];
const bareEnvironment = Object.fromEntries(inherited.map((name) => [name, process.env[name]]));

const commandLine = [process.execPath, join(root, "src/main.ts")];

/** Generous: several starts may share two cores with everything else. */
const startTimeoutMs = 60_000;

const alive = new Set<number>();
process.on("exit", () => {
  for (const pid of alive) killGroup(pid);
});

/**
 * Starts a program in a process group of its own and, after the test, kills what is left of that group. The default is
 * the command line with these arguments.
 */
export function startProcess(
  context: Cleanup,
  args: readonly string[],
  environment: Environment = {},
  command: readonly string[] = commandLine,
): RunningProcess {
  const [file = "", ...first] = command;
  const child = spawn(file, [...first, ...args], {
    cwd: root,
    detached: true,
    env: { ...bareEnvironment, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  alive.add(pid);
  context.after(() => {
    if (alive.has(pid)) killGroup(pid);
  });

  let stdout = "";
  let stderr = "";
  const printed = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of printed) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("close", (code, signal) => {
      alive.delete(pid);
      resolve({ code, signal, stdout, stderr });
    });
  });

  async function untilPrinted(pattern: RegExp, timeoutMs = startTimeoutMs): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>();
    const look = () => {
      const match = pattern.exec(stdout);
      if (match !== null) found.resolve(match);
    };
    const giveUp = (why: string) =>
      found.reject(new Error(`${args.join(" ")} ${why} before it printed ${pattern}:\n${stdout}\n${stderr}`));
    const timer = setTimeout(() => giveUp(`took ${timeoutMs} ms`), timeoutMs);
    printed.add(look);
    void ended.then(({ code, signal }) => giveUp(`ended (${signal ?? `code ${code}`})`));
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      printed.delete(look);
    }
  }

  return {
    child,
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    untilPrinted,
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

/** Starts a server (`serve`, or other arguments) on any free port and waits until it serves. */
export async function startServer(
  context: Cleanup,
  environment: Environment,
  args: readonly string[] = ["serve"],
  command?: readonly string[],
): Promise<ServerProcess> {
  const running = startProcess(context, args, environment, command);
  const [, url = ""] = await running.untilPrinted(/^Counterfoil serves on (http:\S+)$/m);
  return { ...running, url };
}

/** Runs a command to its end. */
export function runCommand(
  context: Cleanup,
  args: readonly string[],
  environment: Environment = {},
): Promise<ProcessEnd> {
  return startProcess(context, args, environment).ended;
}

/** A database of its own on the server of this run, and the environment of processes that serve it. */
export async function databaseEnvironment(
  context: Cleanup,
  options: { readonly empty?: boolean } = {},
): Promise<{ readonly database: TestDatabase; readonly environment: Environment }> {
  const database = await createTestDatabase(options);
  context.after(() => database.drop());
  const SECRET_KEY = randomBytes(32).toString("hex");
  return { database, environment: { DATABASE_URL: database.url, SECRET_KEY, DATA_DIR: temporaryFolder(context) } };
}

/** The owner's password, which the first start has put into a file; nothing for any other start. */
export function firstPassword({ stdout }: Pick<RunningProcess, "stdout">): string | undefined {
  const [, path] =
    /^This is the first start\. The password of the account "owner" is in (.+): read it,/m.exec(stdout()) ?? [];
  return path === undefined ? undefined : readFileSync(path, "utf8").trim();
}

/** Memory that the process holds, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(procText(String(pid), "status")) ?? [];
  return Number(kilobytes) * 1024;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** The lines of a server's log, but one that is still being written. Fails on a line that is not JSON. */
export function logLines({ stderr }: Pick<RunningProcess, "stderr">): readonly LogLine[] {
  const lines = stderr().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** Waits until the log has such a line: it is written up to a second late. */
export function untilLogged(running: RunningProcess, fits: (line: LogLine) => boolean): Promise<LogLine> {
  return eventually("a line of the log", () => logLines(running).find(fits));
}

/** A folder that is removed after the test, and whatever PostgreSQL still runs in it is killed. */
export function temporaryFolder(context: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-story-"));
  context.after(async () => {
    for (let left = postgresProcesses(folder); left.length > 0; left = postgresProcesses(folder)) {
      for (const pid of left) kill(pid, "SIGKILL");
      await pause(20);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  return folder;
}

/** The living processes of the embedded PostgreSQL in a data directory, the postmaster first. */
export function postgresProcesses(dataDir: string): number[] {
  const cluster = join(dataDir, "postgres");
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && procText(name, "comm").trim() === "postgres");
  const living = all.filter((pid) => !/^State:\tZ/m.test(procText(pid, "status")));
  const postmasters = living.filter((pid) => procText(pid, "cmdline").split("\0").includes(cluster));
  const names = postmasters.map((pid) => /cluster_name=([^\0]+)/.exec(procText(pid, "cmdline"))?.[1]);
  const children = living.filter((pid) => {
    const title = procText(pid, "cmdline");
    return names.some((name) => name !== undefined && title.startsWith(`postgres: ${name}: `));
  });
  return [...postmasters, ...children].map(Number);
}

/** Sends a signal; a process that is gone needs none. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function killGroup(pid: number): void {
  kill(-pid, "SIGKILL");
}

function procText(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
