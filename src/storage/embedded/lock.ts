import { createHash } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { access, chown, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf, ifPresent } from "../../files.ts";
import { EmbeddedServerError } from "./error.ts";

/** A process that only checks the lock holds it for less than a millisecond. */
const lockWaitMs = 250;

/** SQLite's code for a file that is locked already. */
const sqliteBusy = 5;

const keyLength = 24;

/** A held lock. */
export interface Lock {
  /** Gives the lock up. Calling it again does nothing. */
  release(): Promise<void>;
}

/**
 * The key of a data directory: the same for every path that leads to it.
 *
 * @throws the system's error when the directory cannot be looked at.
 */
export async function directoryKey(dataDir: string): Promise<string> {
  const { dev, ino } = await stat(dataDir, { bigint: true });
  return createHash("sha256").update(`${dev}:${ino}`).digest("hex").slice(0, keyLength);
}

function lockFile(dataDir: string): string {
  return join(dataDir, "postgres.lock");
}

/** The file with the process id of the holder, for messages. It is right only while the lock is held. */
function holderFile(dataDir: string): string {
  return join(dataDir, "postgres.holder");
}

/**
 * Makes the lock file, which only its owner may open: a user who may open it may lock it. It is never removed. An
 * existing file is not opened here, since closing it would end a lock that this process has on it.
 */
async function makeLockFile(dataDir: string): Promise<void> {
  const path = lockFile(dataDir);
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw error;
  }
  // After one start as root, the owner of the directory must still be able to open the file.
  const { uid, gid } = await stat(dataDir);
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

/**
 * Locks the file through SQLite, the only part of Node.js that can lock a file. The kernel frees the lock when the
 * process ends in any way, so it cannot outlive its holder. All processes on the machine see it, in every container,
 * and it needs no name that another user could take first. Undefined when it is held already.
 */
function tryLock(dataDir: string, waitMs: number): DatabaseSync | undefined {
  const database = new DatabaseSync(lockFile(dataDir), { timeout: waitMs });
  try {
    database.exec("begin exclusive");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return undefined;
    throw error;
  }
}

/**
 * False when there is no lock file. Throws the system's error, which tells more than SQLite's, without access to it.
 */
async function isOpenable(dataDir: string): Promise<boolean> {
  return (await ifPresent(access(lockFile(dataDir), constants.R_OK | constants.W_OK).then(() => true))) ?? false;
}

/**
 * Whether a process holds the lock of a data directory now.
 *
 * @throws the system's error when this user may not open the lock file.
 */
export async function isLocked(dataDir: string): Promise<boolean> {
  if (!(await isOpenable(dataDir))) return false;
  const database = tryLock(dataDir, 0);
  database?.close();
  return database === undefined;
}

/** The error for a data directory that another process uses. */
export function inUse(dataDir: string, pid: number): EmbeddedServerError {
  const who = Number.isNaN(pid) ? "another process" : `process ${pid}`;
  return new EmbeddedServerError(
    `The data directory ${dataDir} is in use by a server that runs already (${who}). ` +
      "Stop that server first, or give this one a DATA_DIR of its own.",
    { isInUse: true },
  );
}

/**
 * Takes the lock of a data directory. It is held until it is released or this process ends, and does not keep the
 * process alive.
 *
 * @throws EmbeddedServerError when another process (or an earlier call in this one) holds it.
 * @throws the system's error when the lock file cannot be made or opened.
 */
export async function takeLock(dataDir: string): Promise<Lock> {
  await makeLockFile(dataDir);
  await isOpenable(dataDir);
  const database = tryLock(dataDir, lockWaitMs);
  if (database === undefined) {
    throw inUse(dataDir, Number.parseInt(await readFile(holderFile(dataDir), "utf8").catch(() => ""), 10));
  }
  try {
    await writeFile(holderFile(dataDir), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  let released: Promise<void> | undefined;
  return {
    release: () => {
      released ??= rm(holderFile(dataDir), { force: true }).then(() => database.close());
      return released;
    },
  };
}
