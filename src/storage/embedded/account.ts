import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { type Binaries, useOwnServer } from "./binaries.ts";
import { codeOf, EmbeddedServerError, reasonOf, tellingLine } from "./error.ts";
import type { Place } from "./place.ts";

/** The accounts of the operating system that root runs PostgreSQL as, the first that exists. */
const accountNames = ["postgres", "nobody"];

/** A user of the operating system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How PostgreSQL's programs are run. */
export interface Runner {
  /** Whose processes they are. */
  readonly account: Account;
  /**
   * `self`: as the user we are. `account`: as another user. `capable`: as another user who may pass through directories
   * that are closed to it.
   */
  readonly mode: "self" | "account" | "capable";
}

/** A child of which we see the output. */
export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** How a program ended and what it said. */
export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The rights of root that the `capable` mode keeps: to read and search regardless of modes. */
const capabilities = "-all,+dac_override";

/**
 * PostgreSQL asks with access(2) whether it may run its own program files, and that call leaves out the capabilities
 * of anyone but root, unless the `no_setuid_fixup` bit is set.
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

/** Our own environment may hold secrets and settings (PGDATA, PGOPTIONS, ...) that are not PostgreSQL's business. */
function cleanEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/**
 * Starts a program as the runner says. `detached` gives it a session of its own, out of reach of a Ctrl-C. What goes
 * wrong is usually reported by the child's "error" event.
 *
 * @throws the system's error when the user may not be changed.
 */
export function launch(runner: Runner, file: string, args: readonly string[], detached: boolean): Child {
  const ids = runner.mode === "account" ? { uid: runner.account.uid, gid: runner.account.gid } : {};
  const options = { ...ids, detached, cwd: "/", env: cleanEnvironment() };
  const stdio: ["pipe", "pipe", "pipe"] = ["pipe", "pipe", "pipe"];
  if (runner.mode !== "capable") return spawn(file, args, { ...options, stdio });
  return spawn("setpriv", [...setprivArguments(runner.account), file, ...args], { ...options, stdio });
}

/** Runs a program to its end with `input` as its stdin. A program that cannot be started throws the system's error. */
export function runToEnd(runner: Runner, file: string, args: readonly string[], input = ""): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = launch(runner, file, args, false);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ ok: code === 0, stdout, stderr }));
    // A program may end without reading its input.
    child.stdin.on("error", () => undefined).end(input);
  });
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
 * The account that PostgreSQL has to run as: ourselves, or when we are root (whom PostgreSQL refuses) the owner of the
 * cluster that exists already, otherwise the first of the accounts `postgres` and `nobody`.
 *
 * @param owner the owner of the existing cluster, undefined when there is none.
 * @throws EmbeddedServerError when the cluster belongs to somebody we cannot act for, or no account exists.
 */
export async function chooseAccount(place: Place, owner: Account | undefined): Promise<Account> {
  const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (self.uid !== 0) {
    if (owner !== undefined && owner.uid !== self.uid) {
      throw new EmbeddedServerError(
        `The database in ${place.cluster} belongs to the user with the id ${owner.uid}, and this server runs as ` +
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

/** What a trial run has shown. */
export interface Trial {
  readonly runner: Runner;
  /** As in "18.4". */
  readonly version: string;
  readonly majorVersion: number;
  /** Whether the binary can compress with lz4. */
  readonly lz4: boolean;
}

/**
 * Enters both directories and runs the program: only a trial knows about modes, access lists, mount options and missing
 * libraries alike. Then it asks whether lz4 is a value that PostgreSQL takes; being refused is an answer too.
 */
const trialScript =
  'cd "$1" && cd "$2" && "$3" --version && ' +
  '{ "$3" -C wal_compression -c wal_compression=lz4 -c config_file=/dev/null -D "$2" 2>/dev/null || :; }';

async function attempt(runner: Runner, place: Place, binaries: Binaries): Promise<Trial | string> {
  const directories = [place.dataDir, place.socketDir];
  const args = ["-c", trialScript, "sh", ...directories, binaries.postgres];
  const outcome = await runToEnd(runner, "/bin/sh", args);
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(outcome.stdout) ?? [];
  if (!outcome.ok || version === undefined) return tellingLine(outcome.stderr);
  return { runner, version, majorVersion: Number(major), lz4: /^lz4$/m.test(outcome.stdout) };
}

function cannotRun(reason: string): EmbeddedServerError {
  return new EmbeddedServerError(`The embedded PostgreSQL cannot be run on this system: ${reason}. ${useOwnServer}`);
}

function outOfReach(place: Place, account: Account, direct: string, capable: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `Started as root, this server runs PostgreSQL as the user with the id ${account.uid}, who cannot reach its ` +
      `programs or the data directory ${place.dataDir} (${direct}), and the detour through setpriv fails (${capable}). ` +
      "Choose a DATA_DIR (and an installation) outside of root's private directories, or start this server as an " +
      `ordinary user. ${useOwnServer}`,
  );
}

/**
 * Finds out how PostgreSQL's programs run here, by running them.
 *
 * @throws EmbeddedServerError when no way works; the sentence names the ways out.
 */
export async function findRunner(place: Place, binaries: Binaries, account: Account): Promise<Trial> {
  const other = account.uid !== process.getuid?.();
  const tried = async (mode: Runner["mode"]): Promise<Trial | string> => {
    try {
      return await attempt({ account, mode }, place, binaries);
    } catch (error) {
      return codeOf(error) === "ENOENT" && mode === "capable" ? "setpriv is not installed" : reasonOf(error);
    }
  };
  const direct = await tried(other ? "account" : "self");
  if (typeof direct !== "string") return direct;
  if (!other) throw cannotRun(direct);
  const capable = await tried("capable");
  if (typeof capable !== "string") return capable;
  throw outOfReach(place, account, direct, capable);
}
