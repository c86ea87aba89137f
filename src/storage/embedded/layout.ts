import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../files.ts";
import { EmbeddedServerError } from "./error.ts";
import { directoryKey } from "./lock.ts";
import { port } from "./settings.ts";

/** The kernel keeps the path of a unix socket in 108 bytes, the last of which is a zero. */
const maxSocketPathBytes = 107;

const socketFile = `.s.PGSQL.${port}`;

/** A user of the operating system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Paths and names that belong to one data directory. */
export interface Layout {
  readonly dataDir: string;
  readonly cluster: string;
  /** A new cluster is made here, and renamed when it is complete. */
  readonly unfinished: string;
  readonly passwordFile: string;
  readonly socketDir: string;
  /** In the titles of all PostgreSQL processes of this directory. */
  readonly clusterName: string;
}

/**
 * The directory of the socket. It lies in the data directory if the path is short enough. Otherwise it lies in the
 * directory for temporary files, and its name follows from the data directory.
 */
function socketDirOf(dataDir: string): string {
  const digest = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  const candidates = [join(dataDir, "postgres.run"), join(tmpdir(), `counterfoil-${digest}`)];
  const fitting = candidates.find((path) => Buffer.byteLength(join(path, socketFile)) <= maxSocketPathBytes);
  if (fitting === undefined) {
    throw new EmbeddedServerError(
      `The paths of the data directory ${dataDir} and of the temporary directory ${tmpdir()} are both too long for a ` +
        `unix socket (${maxSocketPathBytes} bytes). Choose a DATA_DIR with a shorter path.`,
    );
  }
  return fitting;
}

/**
 * The layout of an existing data directory.
 *
 * @throws EmbeddedServerError when no path for the socket is short enough.
 * @throws the system's error when the directory is missing or cannot be looked at.
 */
export async function findLayout(dataDir: string): Promise<Layout> {
  const path = await realpath(dataDir);
  const key = await directoryKey(path);
  return {
    dataDir: path,
    cluster: join(path, "postgres"),
    unfinished: join(path, "postgres.new"),
    passwordFile: join(path, "postgres.password"),
    socketDir: socketDirOf(path),
    clusterName: `counterfoil-${key.slice(0, 12)}`,
  };
}

/**
 * Makes the directory of the socket, private to the account that runs PostgreSQL, and removes the socket of a killed
 * server. Call it only while no PostgreSQL of this data directory runs.
 *
 * @throws EmbeddedServerError when the path is not our private directory: anybody may take a name in the directory for
 *   temporary files.
 * @throws the system's error when the directory cannot be made.
 */
export async function prepareSocketDir(layout: Layout, account: Account): Promise<void> {
  const { socketDir } = layout;
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
 * Gives a directory and everything in it to an account, except symbolic links, which may lead anywhere.
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
 * Makes the data directory if it is missing. If root makes it, other accounts may pass through it, since PostgreSQL
 * runs as one of them. The files in it have modes of their own, so passing through shows nothing.
 *
 * @throws the system's error when it cannot be made.
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  const first = await mkdir(dataDir, { recursive: true, mode });
  // The mode given to mkdir is cut by the umask.
  if (first !== undefined) await chmod(dataDir, mode);
}
