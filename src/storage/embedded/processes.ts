import { type BigIntStats, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, EmbeddedServerError } from "./error.ts";
import type { EmbeddedLog } from "./log.ts";
import { ifPresent, type Place } from "./place.ts";
import { type ListedProcess, listPostgres, procText } from "./process-list.ts";

const pollMs = 25;

/** How long a fast shutdown may take before the server is told to leave at once: it writes out what is in memory. */
export const stopWaitMs = 30_000;

/** PostgreSQL gives its own processes 5 s to leave at once, then kills them. */
export const quitWaitMs = 10_000;

const killWaitMs = 5_000;

const answerWaitMs = 1_000;

/** A process of PostgreSQL that works in a directory of ours. */
interface Found {
  readonly pid: number;
  readonly parent: number;
}

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
 * Whether the process works in `directory`. It is known by the path or the cluster name in its arguments or its title, or
 * by the directory it stands in, which we may not see everywhere (root without CAP_SYS_PTRACE, macOS). All of this counts
 * only for the owner of the directory.
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

function findIn(directory: string, clusterName: string): Found[] {
  const facts = statOf(directory);
  if (facts === undefined) return [];
  return listPostgres().filter((one) => worksIn(one, directory, facts, clusterName));
}

/** The ids of all living PostgreSQL processes of the cluster of a place. Never throws. */
export function clusterProcesses(place: Place): number[] {
  return findIn(place.cluster, place.clusterName).map((found) => found.pid);
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

/** The processes whose parent is none of them: the postmaster, or what it left when it was killed. */
function heads(found: readonly Found[]): Found[] {
  const pids = new Set(found.map(({ pid }) => pid));
  return found.filter(({ parent }) => !pids.has(parent));
}

/**
 * The process that started the PostgreSQL of a place and still lives, if it is a server of ours: version 0.1.0 holds no
 * lock that is seen today. Undefined when there is none, or PostgreSQL was left behind. Never throws.
 */
export function supervisorOf(place: Place): number | undefined {
  const parents = heads(findIn(place.cluster, place.clusterName)).map(({ parent }) => parent);
  return parents.find((pid) => pid !== process.pid && /\bmain\.ts\0/.test(procText(pid, "cmdline")));
}

async function goneWithin(waitMs: number, find: () => Found[]): Promise<boolean> {
  const endMs = performance.now() + waitMs;
  while (find().length > 0) {
    if (performance.now() >= endMs) return false;
    await pause(pollMs);
  }
  return true;
}

async function endAll(steps: readonly (readonly [NodeJS.Signals, number])[], find: () => Found[]): Promise<void> {
  for (const [signal, waitMs] of steps) {
    const found = find();
    for (const { pid } of signal === "SIGKILL" ? found : heads(found)) send(pid, signal);
    if (await goneWithin(waitMs, find)) return;
  }
  const pids = find().map(({ pid }) => pid);
  throw new EmbeddedServerError(
    `PostgreSQL, left running by an earlier server, does not end even when killed (process ${pids.join(", ")}). ` +
      "Its disk may hang; check the machine, then start again.",
  );
}

/**
 * Stops what a killed server has left running on the cluster, cleanly if possible. Only to be called by the holder of
 * the lock: then nobody else looks after these processes.
 *
 * @throws EmbeddedServerError when they cannot be stopped.
 */
export async function stopOrphans(place: Place, log: EmbeddedLog): Promise<void> {
  const find = (): Found[] => findIn(place.cluster, place.clusterName);
  const [first] = heads(find());
  if (first === undefined) return;
  log("warn", `PostgreSQL still runs (process ${first.pid}) although the server that started it is gone; stopping it`);
  const steps = [
    ["SIGINT", stopWaitMs],
    ["SIGQUIT", quitWaitMs],
    ["SIGKILL", killWaitMs],
  ] as const;
  await endAll(steps, find);
}

/**
 * Waits until no process of the cluster lives, after its postmaster has ended: one that was killed leaves processes,
 * which notice that and go within a moment. What does not go is stopped. Only to be called by the holder of the lock.
 *
 * @throws EmbeddedServerError when something cannot be stopped.
 */
export async function untilGone(place: Place, log: EmbeddedLog): Promise<void> {
  const gone = await goneWithin(quitWaitMs, () => findIn(place.cluster, place.clusterName));
  if (!gone) await stopOrphans(place, log);
}

/**
 * Kills what still works on an unfinished cluster, whose files are worth nothing. Only for the holder of the lock.
 *
 * @throws EmbeddedServerError when it cannot be killed.
 */
export async function killMakers(place: Place): Promise<void> {
  const find = (): Found[] => findIn(place.unfinished, place.clusterName);
  if (find().length > 0) await endAll([["SIGKILL", killWaitMs]], find);
}

/** What postmaster.pid says. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  readonly ready: boolean;
}

function pidFilePath(place: Place): string {
  return join(place.cluster, "postmaster.pid");
}

/**
 * Reads postmaster.pid. Undefined when there is none, or when it is not written completely.
 *
 * @throws the system's error when it cannot be read.
 */
export async function readPidFile(place: Place): Promise<PidFile | undefined> {
  const lines = (await ifPresent(readFile(pidFilePath(place), "utf8")))?.split("\n");
  const pid = Number.parseInt(lines?.[0] ?? "", 10);
  if (lines === undefined || Number.isNaN(pid)) return undefined;
  return {
    pid,
    port: Number.parseInt(lines[3] ?? "", 10),
    socketDir: lines[4] ?? "",
    ready: lines[7]?.trim() === "ready",
  };
}

function answers(path: string): Promise<boolean> {
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
 * Makes a leftover postmaster.pid harmless. Only to be called by the holder of the lock, after the orphans are gone.
 *
 * PostgreSQL refuses to start when the process in that file lives, even where its number has long passed on to another
 * program. Removing the file would also remove the key of the shared memory by which PostgreSQL finds surviving
 * processes, so the number is replaced instead, with ours: PostgreSQL takes its parent for no rival.
 *
 * @throws EmbeddedServerError when a PostgreSQL that we cannot see among the processes answers on the socket: it runs in
 *   another container on the same files.
 * @throws the system's error when the file cannot be read or written.
 */
export async function disarmPidFile(place: Place): Promise<void> {
  const path = pidFilePath(place);
  const text = await ifPresent(readFile(path, "utf8"));
  if (text === undefined) return;
  const found = await readPidFile(place);
  if (found === undefined) return rm(path, { force: true });
  if (found.socketDir !== "" && (await answers(join(found.socketDir, `.s.PGSQL.${found.port}`)))) {
    throw new EmbeddedServerError(
      `Another PostgreSQL already serves the data directory ${place.dataDir} on the socket in ${found.socketDir}, ` +
        "probably from another container. Stop it first, or give this server a DATA_DIR of its own.",
    );
  }
  await writeFile(path, text.replace(/^-?\d+/, String(process.pid)));
}
