import { type BigIntStats, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, ifPresent } from "../../files.ts";
import { EmbeddedServerError } from "./error.ts";
import type { Layout } from "./layout.ts";
import type { EmbeddedLog } from "./log.ts";
import { type ListedProcess, listPostgres, procText } from "./process-list.ts";

const pollMs = 25;

/** How long a fast shutdown, which writes out the memory, may take before the server is told to leave at once. */
export const stopWaitMs = 30_000;

/** PostgreSQL gives its own processes 5 s to leave at once, then kills them. */
export const quitWaitMs = 10_000;

const killWaitMs = 5_000;

const answerWaitMs = 1_000;

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function sameFile(a: BigIntStats | undefined, b: BigIntStats): boolean {
  return a !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/**
 * Whether the process works in `directory` and belongs to its owner. The path or the cluster name in its arguments or
 * title tell, or its working directory, which we cannot always see (root without CAP_SYS_PTRACE, macOS).
 */
function worksIn(
  { pid, uid, args }: ListedProcess,
  directory: string,
  facts: BigIntStats,
  clusterName: string,
): boolean {
  if (uid !== facts.uid) return false;
  const words = [directory, `cluster_name=${clusterName}`];
  const isNamed = args.some(
    (arg) => arg.startsWith(`postgres: ${clusterName}: `) || words.some((word) => ` ${arg} `.includes(` ${word} `)),
  );
  return isNamed || sameFile(statOf(`/proc/${pid}/cwd`), facts);
}

function findIn(directory: string, clusterName: string): ListedProcess[] {
  const facts = statOf(directory);
  if (facts === undefined) return [];
  return listPostgres().filter((one) => worksIn(one, directory, facts, clusterName));
}

/** The ids of all living PostgreSQL processes of the cluster. Never throws. */
export function clusterProcesses(layout: Layout): number[] {
  return findIn(layout.cluster, layout.clusterName).map((found) => found.pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return;
    throw new EmbeddedServerError(
      `PostgreSQL (process ${pid}) was left running by an earlier server under another user, and this one may not ` +
        "stop it. Stop that process, then start again.",
    );
  }
}

/** The processes whose parent is none of them: the postmaster, or processes that survived its end. */
function rootsOf(found: readonly ListedProcess[]): ListedProcess[] {
  const pids = new Set(found.map(({ pid }) => pid));
  return found.filter(({ parent }) => !pids.has(parent));
}

/**
 * The id of the living server of ours that started this PostgreSQL. A server of version 0.1.0 holds no lock that we
 * could see. Undefined when PostgreSQL does not run, or its server is gone. Never throws.
 */
export function supervisorOf(layout: Layout): number | undefined {
  const parents = rootsOf(findIn(layout.cluster, layout.clusterName)).map(({ parent }) => parent);
  return parents.find((pid) => pid !== process.pid && /\bmain\.ts\0/.test(procText(pid, "cmdline")));
}

async function areGoneWithin(waitMs: number, find: () => ListedProcess[]): Promise<boolean> {
  const endMs = performance.now() + waitMs;
  while (find().length > 0) {
    if (performance.now() >= endMs) return false;
    await pause(pollMs);
  }
  return true;
}

/** Sends the signals one after the other, each with its wait, until no process is found. */
async function endAll(
  steps: readonly (readonly [NodeJS.Signals, number])[],
  find: () => ListedProcess[],
): Promise<void> {
  for (const [signal, waitMs] of steps) {
    const found = find();
    for (const { pid } of signal === "SIGKILL" ? found : rootsOf(found)) send(pid, signal);
    if (await areGoneWithin(waitMs, find)) return;
  }
  const pids = find().map(({ pid }) => pid);
  throw new EmbeddedServerError(
    `PostgreSQL, left running by an earlier server, does not end even when killed (process ${pids.join(", ")}). ` +
      "Its disk may hang; check the machine, then start again.",
  );
}

/**
 * Stops the processes that a killed server has left on the cluster, cleanly if possible. Only the holder of the lock
 * may call it: then no other server uses these processes.
 *
 * @throws EmbeddedServerError when they cannot be stopped.
 */
export async function stopOrphans(layout: Layout, log: EmbeddedLog): Promise<void> {
  const find = () => findIn(layout.cluster, layout.clusterName);
  const [first] = rootsOf(find());
  if (first === undefined) return;
  log("warn", `PostgreSQL still runs (process ${first.pid}) although the server that started it is gone; stopping it`);
  await endAll(
    [
      ["SIGINT", stopWaitMs],
      ["SIGQUIT", quitWaitMs],
      ["SIGKILL", killWaitMs],
    ],
    find,
  );
}

/**
 * Waits after the end of the postmaster until no process of the cluster lives. A postmaster that was killed leaves
 * processes, which notice that and end within a moment. Stops the others. Only the holder of the lock may call it.
 *
 * @throws EmbeddedServerError when a process cannot be stopped.
 */
export async function waitUntilGone(layout: Layout, log: EmbeddedLog): Promise<void> {
  const gone = await areGoneWithin(quitWaitMs, () => findIn(layout.cluster, layout.clusterName));
  if (!gone) await stopOrphans(layout, log);
}

/**
 * Kills the processes of an unfinished cluster, whose files are worth nothing. Only the holder of the lock may call it.
 *
 * @throws EmbeddedServerError when a process cannot be killed.
 */
export async function killUnfinished(layout: Layout): Promise<void> {
  const find = () => findIn(layout.unfinished, layout.clusterName);
  if (find().length > 0) await endAll([["SIGKILL", killWaitMs]], find);
}

/** The content of postmaster.pid. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  readonly ready: boolean;
}

function pidFilePath(layout: Layout): string {
  return join(layout.cluster, "postmaster.pid");
}

/**
 * Reads postmaster.pid. Undefined when there is none, or when it is not written completely.
 *
 * @throws the system's error when it cannot be read.
 */
export async function readPidFile(layout: Layout): Promise<PidFile | undefined> {
  const lines = (await ifPresent(readFile(pidFilePath(layout), "utf8")))?.split("\n");
  const pid = Number.parseInt(lines?.[0] ?? "", 10);
  if (lines === undefined || Number.isNaN(pid)) return undefined;
  return {
    pid,
    port: Number.parseInt(lines[3] ?? "", 10),
    socketDir: lines[4] ?? "",
    ready: lines[7]?.trim() === "ready",
  };
}

/** A server that does not answer in time counts as one. */
function acceptsConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerWaitMs, () => finish(true));
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}

/**
 * Replaces the process id in a leftover postmaster.pid with ours. Only the holder of the lock may call it, after the
 * orphans are gone.
 *
 * PostgreSQL refuses to start while the process in that file lives, even if another program has the id by now. It takes
 * its own parent for no rival. The file is not removed, since it also holds the key of the shared memory by which
 * PostgreSQL finds surviving processes.
 *
 * @throws EmbeddedServerError when a PostgreSQL that we cannot see among the processes accepts connections on the
 *   socket: it runs in another container on the same files.
 * @throws the system's error when the file cannot be read or written.
 */
export async function replaceStalePid(layout: Layout): Promise<void> {
  const path = pidFilePath(layout);
  const text = await ifPresent(readFile(path, "utf8"));
  if (text === undefined) return;
  const found = await readPidFile(layout);
  if (found === undefined) return rm(path, { force: true });
  if (found.socketDir !== "" && (await acceptsConnections(join(found.socketDir, `.s.PGSQL.${found.port}`)))) {
    throw new EmbeddedServerError(
      `Another PostgreSQL already serves the data directory ${layout.dataDir} on the socket in ${found.socketDir}, ` +
        "probably from another container. Stop it first, or give this server a DATA_DIR of its own.",
    );
  }
  await writeFile(path, text.replace(/^-?\d+/, String(process.pid)));
}
