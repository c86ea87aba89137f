import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process, with the facts that tell whether it is PostgreSQL at work in one of our directories. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its owner. */
  readonly uid: bigint;
  /** Its program and arguments, or the title that it has given itself. */
  readonly args: readonly string[];
}

/** Only these programs work in our directories. Other programs with such a working directory are never ended. */
const programNames: ReadonlySet<string> = new Set(["postgres", "initdb"]);

/** All living processes of PostgreSQL's programs, of every cluster. Never throws. */
export function listPostgres(): readonly ListedProcess[] {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

// Files under /proc need no disk, so they are read synchronously: there may be thousands, and a promise for each would
// cost far more than the reading.
function listFromProc(): readonly ListedProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !programNames.has(procText(pid, "comm").trim())) return [];
    const status = procText(pid, "status");
    const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
    if (uid === undefined || /^State:\tZ/m.test(status)) return [];
    const parent = Number(/^PPid:\t(\d+)/m.exec(status)?.[1] ?? 0);
    return [{ pid, parent, uid: BigInt(uid), args: procText(pid, "cmdline").split("\0") }];
  });
}

/** The text of a file under /proc; empty when the process is gone, or on another system than Linux. */
export function procText(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/**
 * The same by `ps`, for macOS, which has no /proc. It is tested on Linux only. All arguments of a process are one here,
 * since `ps` does not separate them.
 */
export function listFromPs(): readonly ListedProcess[] {
  const { stdout } = spawnSync("ps", ["-axwwo", "pid=,ppid=,uid=,stat=,command="], { encoding: "utf8" });
  return (stdout ?? "").split("\n").flatMap((line) => {
    const [, pid, parent, uid, state, command] = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    if (uid === undefined || command === undefined || state?.startsWith("Z")) return [];
    const program = /^(?:\S*\/)?(\w+)(?::| |$)/.exec(command)?.[1] ?? "";
    if (!programNames.has(program)) return [];
    return [{ pid: Number(pid), parent: Number(parent), uid: BigInt(uid), args: [command] }];
  });
}
