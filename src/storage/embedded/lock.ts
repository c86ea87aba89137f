import { createHash } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { access, chown, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf, EmbeddedServerError } from "./error.ts";

/** Who only looks whether the lock is held has it for less than a millisecond. */
const lockWaitMs = 250;

/** SQLite's code for a file that another one has locked. */
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

/** Says who holds the lock: for a message, and only to be believed while it is held. */
function holderFile(dataDir: string): string {
  return join(dataDir, "postgres.holder");
}

/**
 * Makes the file of the lock, for its owner's eyes only: whoever may open it may lock it. It is never removed. A file
 * that is there is not opened here, since closing it would end a lock that this process has on it.
 */
async function makeLockFile(dataDir: string): Promise<void> {
  const path = lockFile(dataDir);
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    throw error;
  }
  // Started as root once, it must not be closed to the user whose directory it is.
  const { uid, gid } = await stat(dataDir);
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

/**
 * Locks the file as SQLite does, the only one in Node.js that can lock a file. The kernel frees such a lock when the
 * process ends, however it ends, so it cannot outlive its holder. It is known to all processes on the machine, in
 * whatever container, and needs no name that a stranger could take first. Undefined when it is held already.
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
 * False when there is no file of the lock; its owner's rights are asked of the system, which tells more than SQLite.
 */
async function isOpenable(dataDir: string): Promise<boolean> {
  try {
    await access(lockFile(dataDir), constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Whether somebody holds the lock of a data directory right now.
 *
 * @throws the system's error when this user may not know.
 */
export async function isLocked(dataDir: string): Promise<boolean> {
  if (!(await isOpenable(dataDir))) return false;
  const database = tryLock(dataDir, 0);
  database?.close();
  return database === undefined;
}

/** The refusal of a data directory that another process uses. */
export function inUse(dataDir: string, pid: number): EmbeddedServerError {
  const who = Number.isNaN(pid) ? "another process" : `process ${pid}`;
  return new EmbeddedServerError(
    `The data directory ${dataDir} is in use by a server that runs already (${who}). ` +
      "Stop that server first, or give this one a DATA_DIR of its own.",
    { isInUse: true },
  );
}

/**
 * Takes the lock of a data directory, which is held until it is released or this process ends. It does not keep the
 * process alive.
 *
 * @throws EmbeddedServerError when another process (or an earlier call in this one) holds it.
 * @throws the system's error when the file of the lock cannot be made or opened.
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
