import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { findRunningEmbedded } from "../src/storage/embedded/server.ts";
import type { Stage } from "./stage.ts";

const program = fileURLToPath(new URL("../bin/counterfoil", import.meta.url));
/** As `bin/counterfoil` has it, for the servers that it is compared with. */
const nodeFlags = ["--max-semi-space-size=8", "--heap-growing-percent=40"];

/** Requests are not logged one by one: neither the bare clients nor the constant server do so. */
export const logLevel = "warn";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

/** Starts the server under test as a user would, with the embedded database in `dataDir`. */
export function startCounterfoil(
  stage: Stage,
  dataDir: string,
  {
    command = "serve",
    nodeOptions = [],
    environment = {},
  }: {
    command?: "serve" | "demo";
    nodeOptions?: readonly string[];
    environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<ServerProcess> {
  const settings = { DATA_DIR: dataDir, PORT: "0", LOG_LEVEL: logLevel, NODE_OPTIONS: nodeOptions.join(" ") };
  return serve(stage, program, [command], { ...settings, ...environment });
}

/** The password that the first start on a data directory has left there. */
export async function ownerPasswordIn(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, "owner.password"), "utf8")).trim();
}

/** Starts the same server with handlers that answer a constant of so many bytes. */
export function startConstant(stage: Stage, bytes: number): Promise<ServerProcess> {
  const constant = fileURLToPath(new URL("constant.ts", import.meta.url));
  return serve(stage, process.execPath, [...nodeFlags, constant, `${bytes}`], { LOG_LEVEL: logLevel });
}

/** Starts a process that prints where it serves; resolves when it does. It ends with the stage. */
async function serve(
  stage: Stage,
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<ServerProcess> {
  const { PATH = "" } = process.env;
  const child = spawn(command, args, { env: { PATH, ...environment }, stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => end(child);
  stage.defer(stop);
  let output = "";
  const port = await new Promise<number>((resolve, reject) => {
    child.on("exit", () => reject(new Error(`the server ended before it served: ${output}`)));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, found] = /serves on http:\/\/\S+:(\d+)\n/.exec(output) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the server has no process");
  return { pid, port, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Does something with a connection to the embedded database of a running server. */
export async function withDatabase<T>(dataDir: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(await databaseOf(dataDir));
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

export async function databaseOf(dataDir: string) {
  const connection = await findRunningEmbedded(dataDir);
  if (connection === undefined) throw new Error("the embedded database does not run");
  return connection;
}

const memoryEveryMs = 10;

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1024;
}

/** Does something; tells how long it took, and the most resident memory in MB that the process had meanwhile. */
export async function watchMemory<T>(pid: number, act: () => Promise<T>) {
  const beforeMb = residentMb(pid);
  let maxMb = beforeMb;
  const sampling = setInterval(() => {
    maxMb = Math.max(maxMb, residentMb(pid));
  }, memoryEveryMs);
  const startedAtMs = performance.now();
  const result = await act().finally(() => clearInterval(sampling));
  return { result, maxMb, growthMb: maxMb - beforeMb, seconds: (performance.now() - startedAtMs) / 1000 };
}

/** Kernel ticks a second, as every Linux reports times of processes. */
const ticksPerSecond = 100;

/** Processor time that a process has used, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
