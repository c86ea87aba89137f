import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { isMissing } from "../../files.ts";
import { type Binaries, useOwnServer } from "./binaries.ts";
import { EmbeddedServerError, errorLine, reasonOf } from "./error.ts";
import type { Account, Layout } from "./layout.ts";

/** Root runs PostgreSQL as the first of these accounts that exists. */
const accountNames = ["postgres", "nobody"];

/** How PostgreSQL's programs are run. */
export interface Launcher {
  /** The owner of the processes. */
  readonly account: Account;
  /**
   * `self`: as our own user. `account`: as another user. `capable`: as another user who may also pass through closed
   * directories.
   */
  readonly mode: "self" | "account" | "capable";
}

/** The result of a program that has ended. */
export interface ProgramResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `capable` mode keeps one right of root: to read files and search directories whatever their modes. */
const capabilities = "-all,+dac_override";

/**
 * PostgreSQL calls access(2) on its own program files. Without the `no_setuid_fixup` bit, that call ignores the
 * capabilities of every user but root.
 */
function setprivArguments(account: Account): string[] {
  return [
    "--securebits=+no_setuid_fixup",
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    "--clear-groups",
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
    `--bounding-set=${capabilities}`,
    "--",
  ];
}

/** Our own environment may hold secrets, and settings (PGDATA, PGOPTIONS, ...) that would change PostgreSQL. */
function cleanEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/**
 * Starts a program as the launcher says. `detached` gives it a session of its own, which no Ctrl-C reaches. Most
 * failures come as the child's "error" event.
 *
 * @throws the system's error when the user may not be changed.
 */
export function launch(
  launcher: Launcher,
  file: string,
  args: readonly string[],
  detached: boolean,
): ChildProcessWithoutNullStreams {
  const ids = launcher.mode === "account" ? { uid: launcher.account.uid, gid: launcher.account.gid } : {};
  const options = { ...ids, detached, cwd: "/", env: cleanEnvironment() };
  if (launcher.mode !== "capable") return spawn(file, args, options);
  return spawn("setpriv", [...setprivArguments(launcher.account), file, ...args], options);
}

/** Runs a program to its end, with `input` on stdin. Rejects with the system's error when it cannot be started. */
export async function runToEnd(
  launcher: Launcher,
  file: string,
  args: readonly string[],
  input = "",
): Promise<ProgramResult> {
  const child = launch(launcher, file, args, false);
  // A program may end without reading its input.
  child.stdin.on("error", () => undefined).end(input);
  const ended = once(child, "close");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ok: code === 0, stdout, stderr };
}

function accountIn(passwd: string, name: string): Account | undefined {
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((line) => line[0] === name);
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : undefined;
}

/**
 * The account that PostgreSQL runs as: our own, unless we are root, which PostgreSQL refuses. Root takes the owner of
 * the existing cluster, otherwise the first of the accounts `postgres` and `nobody`.
 *
 * @param owner the owner of the existing cluster; undefined when there is none.
 * @throws EmbeddedServerError when the cluster belongs to another user and we are not root, or no account exists.
 */
export async function chooseAccount(layout: Layout, owner: Account | undefined): Promise<Account> {
  const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (self.uid !== 0) {
    if (owner !== undefined && owner.uid !== self.uid) {
      throw new EmbeddedServerError(
        `The database in ${layout.cluster} belongs to the user with the id ${owner.uid}, and this server runs as ` +
          `${self.uid}. Run it as that user (or as root), or give the directory to this one (chown -R).`,
      );
    }
    return self;
  }
  if (owner !== undefined && owner.uid !== 0) return owner;
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const account = accountNames.map((name) => accountIn(passwd, name)).find((found) => found !== undefined);
  if (account === undefined) {
    throw new EmbeddedServerError(
      "PostgreSQL does not run as root, and this system has neither an account postgres nor an account nobody for it. " +
        `Start this server as an ordinary user. ${useOwnServer}`,
    );
  }
  return account;
}

/** The result of a trial run of PostgreSQL. */
export interface Trial {
  readonly launcher: Launcher;
  /** As in "18.4". */
  readonly version: string;
  readonly majorVersion: number;
  /** Whether the binary can compress with lz4. */
  readonly lz4: boolean;
}

/**
 * Enters both directories and runs the program. Only a trial shows the effect of modes, access lists, mount options and
 * missing libraries. Then it asks whether PostgreSQL takes the value lz4. A refusal is an answer, too.
 */
const trialScript =
  'cd "$1" && cd "$2" && "$3" --version && ' +
  '{ "$3" -C wal_compression -c wal_compression=lz4 -c config_file=/dev/null -D "$2" 2>/dev/null || :; }';

async function attempt(launcher: Launcher, layout: Layout, binaries: Binaries): Promise<Trial | string> {
  const args = ["-c", trialScript, "sh", layout.dataDir, layout.socketDir, binaries.postgres];
  const outcome = await runToEnd(launcher, "/bin/sh", args);
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(outcome.stdout) ?? [];
  if (!outcome.ok || version === undefined) return errorLine(outcome.stderr);
  return { launcher, version, majorVersion: Number(major), lz4: /^lz4$/m.test(outcome.stdout) };
}

function outOfReach(layout: Layout, account: Account, direct: string, capable: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `Started as root, this server runs PostgreSQL as the user with the id ${account.uid}, who cannot reach its ` +
      `programs or the data directory ${layout.dataDir} (${direct}), and the detour through setpriv fails (${capable}). ` +
      "Choose a DATA_DIR (and an installation) outside of root's private directories, or start this server as an " +
      `ordinary user. ${useOwnServer}`,
  );
}

/**
 * Runs PostgreSQL's programs to find the mode in which they work here.
 *
 * @throws EmbeddedServerError when no mode works; the message tells what can be done.
 */
export async function findLauncher(layout: Layout, binaries: Binaries, account: Account): Promise<Trial> {
  const other = account.uid !== process.getuid?.();
  const tried = async (mode: Launcher["mode"]): Promise<Trial | string> => {
    try {
      return await attempt({ account, mode }, layout, binaries);
    } catch (error) {
      return isMissing(error) && mode === "capable" ? "setpriv is not installed" : reasonOf(error);
    }
  };
  const direct = await tried(other ? "account" : "self");
  if (typeof direct !== "string") return direct;
  if (!other) {
    throw new EmbeddedServerError(`The embedded PostgreSQL cannot be run on this system: ${direct}. ${useOwnServer}`);
  }
  const capable = await tried("capable");
  if (typeof capable !== "string") return capable;
  throw outOfReach(layout, account, direct, capable);
}
