import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdtemp, realpath, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const pollMs = 20;

/**
 * Files in memory. A run makes and removes 300 databases of 500 files each: that is 0.02 s of processor time here, and
 * 0.1 to 0.2 s on ext4, which keeps away from the inodes of files that were just removed.
 */
const memoryFolder = "/dev/shm";
/** Nearly three times the peak of a run. A container often has 64 MB there. */
const memoryBytesMin = 4 * 1024 ** 3;

/** The folder of one run: everything that its tests write lies below it, and their processes are known by it. */
export interface RunFolder {
  readonly path: string;
  /** Kills every process of the run that is left, and removes the folder. */
  remove(): Promise<void>;
}

/**
 * Makes the folder, in memory if there is room and `TMPDIR` names no other place. From now on this process and its
 * children use it for temporary files.
 */
export async function makeRunFolder(): Promise<RunFolder> {
  const parent = process.env.TMPDIR === undefined && (await hasMemoryFolder()) ? memoryFolder : tmpdir();
  const path = await realpath(await mkdtemp(join(parent, "counterfoil-run-")));
  // If root starts PostgreSQL under another account, that account must be able to enter.
  await chmod(path, 0o711);
  process.env.TMPDIR = path;
  return {
    path,
    async remove() {
      for (let left = processesOf(path); left.length > 0; left = processesOf(path)) {
        for (const pid of left) kill(pid);
        await pause(pollMs);
      }
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** Whether there is room in memory for files, which may be run there, and as much again for processes. */
async function hasMemoryFolder(): Promise<boolean> {
  const mounts = readText("/proc/mounts").split("\n");
  const mount = mounts.map((line) => line.split(" ")).findLast(([, place]) => place === memoryFolder);
  const [, , kind, options = ""] = mount ?? [];
  if (kind !== "tmpfs" || /\b(?:ro|noexec)\b/.test(options)) return false;
  const { bavail, bsize } = await statfs(memoryFolder);
  return bavail * bsize >= memoryBytesMin && process.availableMemory() >= 2 * memoryBytesMin;
}

/**
 * The living processes, other than this one, that belong to the run of a folder: servers and tests have it in their
 * environment, and PostgreSQL, which has an environment of its own, works below it. None on a system without /proc.
 */
export function processesOf(folder: string): number[] {
  const pids = namesIn("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const ours = pids.filter(
    (pid) =>
      procText(pid, "environ").split("\0").includes(`TMPDIR=${folder}`) ||
      (procText(pid, "comm").trim() === "postgres" && workingDirectory(pid).startsWith(join(folder, "/"))),
  );
  return ours.filter((pid) => !/^State:\t[ZX]/m.test(procText(pid, "status"))).map(Number);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

// A process may end meanwhile, and one of another user shows nothing.
function procText(pid: string, file: string): string {
  return readText(`/proc/${pid}/${file}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
