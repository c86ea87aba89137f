import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, EmbeddedServerError } from "./error.ts";

/** How long the holder of a lock may take to tell its process id. It may be busy, and the id is only for a message. */
const answerWaitMs = 500;

/** A holder may die between our attempt to listen and our question who listens. Then we try again. */
const lockAttempts = 5;
const lockRetryMs = 50;

const keyLength = 24;

/** A held lock. */
export interface Lock {
  /** Gives the lock up. Calling it again does nothing. */
  release(): Promise<void>;
}

/** Who holds a lock; the pid is unknown when the holder did not answer in time. */
export interface LockHolder {
  readonly pid: number | undefined;
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

/**
 * The name of an abstract socket. The kernel frees such a name when the process that listens on it ends, however it
 * ends, so a lock made of one cannot outlive its holder. The name is seen in one network namespace only: two
 * containers on one data directory are kept apart by the check of PostgreSQL's own socket instead.
 */
function socketName(key: string): string {
  return `\0counterfoil-${key}`;
}

function listen(key: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.unref();
      socket.on("error", () => socket.destroy());
      socket.end(String(process.pid), () => socket.destroy());
    });
    server.once("error", reject);
    server.listen({ path: socketName(key) }, () => {
      server.removeListener("error", reject);
      // A failed accept costs one asker its answer, and must not bring the server down.
      server.on("error", () => undefined);
      resolve(server.unref());
    });
  });
}

/** Asks who holds the lock with this key. Undefined when nobody does. Never throws. */
export function lockHolder(key: string): Promise<LockHolder | undefined> {
  return new Promise((resolve) => {
    let held = false;
    let answer = "";
    const socket = connect({ path: socketName(key) });
    const finish = (): void => {
      const pid = Number.parseInt(answer, 10);
      socket.destroy();
      resolve(held ? { pid: Number.isNaN(pid) ? undefined : pid } : undefined);
    };
    socket.setTimeout(answerWaitMs, finish);
    socket.setEncoding("utf8");
    socket.once("connect", () => {
      held = true;
    });
    socket.on("data", (text: string) => {
      answer += text;
    });
    socket.once("end", finish);
    socket.once("error", finish);
  });
}

function refusal(dataDir: string, holder: LockHolder | undefined): EmbeddedServerError {
  const who = holder?.pid === undefined ? "another process" : `process ${holder.pid}`;
  return new EmbeddedServerError(
    `The data directory ${dataDir} is in use by a server that runs already (${who}). ` +
      "Stop that server first, or give this one a DATA_DIR of its own.",
  );
}

function asLock(server: Server): Lock {
  let released: Promise<void> | undefined;
  return {
    release: () => {
      released ??= new Promise((resolve) => server.close(() => resolve()));
      return released;
    },
  };
}

/**
 * Takes the lock of a data directory, which is held until it is released or this process ends. It does not keep the
 * process alive.
 *
 * @throws EmbeddedServerError when another process (or an earlier call in this one) holds it.
 */
export async function takeLock(dataDir: string, key: string): Promise<Lock> {
  let holder: LockHolder | undefined;
  for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
    try {
      return asLock(await listen(key));
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") throw error;
    }
    holder = await lockHolder(key);
    if (holder !== undefined) break;
    await pause(lockRetryMs);
  }
  throw refusal(dataDir, holder);
}
