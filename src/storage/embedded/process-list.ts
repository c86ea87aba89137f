import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process, as far as it tells whether it is PostgreSQL at work in a directory of ours. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** The number of its account. */
  readonly uid: bigint;
  /** Its program and arguments, or the title that it has given itself. */
  readonly args: readonly string[];
}

/** The programs that may work in a directory of ours; nobody else's program is ever ended for standing in there. */
const programNames: ReadonlySet<string> = new Set(["postgres", "initdb"]);

/** All living processes of PostgreSQL's programs, of whatever cluster. Never throws. */
export function listPostgres(): readonly ListedProcess[] {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

// The files under /proc are made by the kernel on reading, without any disk, so they are read synchronously: there may
// be thousands, and a promise for each would cost far more than the reading.
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

/** What a file of the kernel says of a process; blank when it is gone, or elsewhere than on Linux. */
export function procText(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/**
 * The same by `ps`, for macOS, which has no /proc. It is tried on Linux only. A process is one argument here, since `ps`
 * does not tell where one argument ends and the next begins.
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
