import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { codeOf, EmbeddedServerError } from "./error.ts";
import { directoryKey } from "./lock.ts";
import { port } from "./settings.ts";

/** The kernel keeps the path of a unix socket in 108 bytes, the last of which is a zero. */
const maxSocketPathBytes = 107;

const socketFile = `.s.PGSQL.${port}`;

/** Where the parts of one data directory lie. */
export interface Place {
  readonly dataDir: string;
  readonly cluster: string;
  /** Where a cluster is made before it takes its name. */
  readonly unfinished: string;
  readonly passwordFile: string;
  readonly socketDir: string;
  /** Marks the lock of this directory. */
  readonly key: string;
  /** Stands in the titles of all PostgreSQL processes of this directory. */
  readonly clusterName: string;
}

function socketFits(directory: string): boolean {
  return Buffer.byteLength(join(directory, socketFile)) <= maxSocketPathBytes;
}

/**
 * The directory of the socket: inside the data directory when its path is short enough, otherwise under the directory
 * for temporary files, with a name that follows from the data directory.
 */
function socketDirOf(dataDir: string): string {
  const digest = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  const candidates = [join(dataDir, "postgres.run"), join(tmpdir(), `counterfoil-${digest}`)];
  const fitting = candidates.find(socketFits);
  if (fitting === undefined) {
    throw new EmbeddedServerError(
      `The paths of the data directory ${dataDir} and of the temporary directory ${tmpdir()} are both too long for a ` +
        `unix socket (${maxSocketPathBytes} bytes). Choose a DATA_DIR with a shorter path.`,
    );
  }
  return fitting;
}

/**
 * Finds the place of an existing data directory.
 *
 * @throws EmbeddedServerError when no path for the socket is short enough.
 * @throws the system's error when the directory is missing or cannot be looked at.
 */
export async function findPlace(dataDir: string): Promise<Place> {
  const path = await realpath(dataDir);
  const key = await directoryKey(path);
  return {
    dataDir: path,
    cluster: join(path, "postgres"),
    unfinished: join(path, "postgres.new"),
    passwordFile: join(path, "postgres.password"),
    socketDir: socketDirOf(path),
    key,
    clusterName: `counterfoil-${key.slice(0, 12)}`,
  };
}

/** Does what the promise does, and takes "there is no such file" for undefined. Throws every other error. */
export async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes the directory of the socket, private to the account that runs PostgreSQL, and clears it of what a killed server
 * left there. Only to be called while no PostgreSQL of this place runs.
 *
 * @throws EmbeddedServerError when something which is not ours lies there: names in the directory for temporary files
 *   can be taken by anybody.
 * @throws the system's error when the directory cannot be made.
 */
export async function prepareSocketDir(place: Place, account: Account): Promise<void> {
  const { socketDir } = place;
  await mkdir(socketDir, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  const found = await lstat(socketDir);
  const ownUid = process.getuid?.() ?? account.uid;
  const ours = found.isDirectory() && (found.mode & 0o077) === 0 && [ownUid, account.uid].includes(found.uid);
  if (!ours) {
    throw new EmbeddedServerError(
      `${socketDir} is needed for the socket of the embedded PostgreSQL, but it is not a private directory of the ` +
        "account that runs PostgreSQL. Remove it and start again.",
    );
  }
  if (found.uid !== account.uid) await chown(socketDir, account.uid, account.gid);
  for (const name of [socketFile, `${socketFile}.lock`]) await rm(join(socketDir, name), { force: true });
}

/**
 * Gives a directory and all within it to an account. Symbolic links are left alone, as they may lead anywhere.
 *
 * @throws the system's error when that is not allowed.
 */
export async function giveTo(directory: string, account: Account): Promise<void> {
  await chown(directory, account.uid, account.gid);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
}

/**
 * Makes the data directory if it is missing. When root makes it, the account that runs PostgreSQL must be able to pass
 * through it; everything in it has modes of its own, so passing through shows nothing.
 *
 * @throws the system's error when it cannot be made.
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  const first = await mkdir(dataDir, { recursive: true, mode });
  // The mode given to mkdir is cut by the umask.
  if (first !== undefined) await chmod(dataDir, mode);
}
