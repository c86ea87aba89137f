import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent, syncFolder } from "../../files.ts";
import { type ProgramResult, runToEnd, type Trial } from "./account.ts";
import { type Binaries, useOwnServer } from "./binaries.ts";
import { EmbeddedServerError, errorLine } from "./error.ts";
import { type Account, giveTo, type Layout } from "./layout.ts";
import { killUnfinished } from "./processes.ts";

/** The superuser of the embedded server, and the only role that may connect. */
export const user = "counterfoil";

/** The database of the embedded server. */
export const database = "counterfoil";

/** Nobody types the password, so it is as strong as a key. */
const passwordBytes = 24;

/** Only our user may connect, over the unix socket, with its password. */
const clientRules = `local all ${user} scram-sha-256\n`;

/** Everything that making or repairing a cluster needs. */
export interface ClusterContext {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly trial: Trial;
  /** Whether files are forced to disk. Only tests go without. */
  readonly durable: boolean;
}

/**
 * Reads the password of the embedded server. Undefined when there is no password file (or an empty one).
 *
 * @throws the system's error when it cannot be read.
 */
export async function readPassword(layout: Layout): Promise<string | undefined> {
  const text = (await ifPresent(readFile(layout.passwordFile, "utf8")))?.trim();
  return text === "" ? undefined : text;
}

async function writePassword(layout: Layout, password: string): Promise<void> {
  const draft = `${layout.passwordFile}.new`;
  // A leftover draft would keep its mode.
  await rm(draft, { force: true });
  await writeFile(draft, `${password}\n`, { mode: 0o600, flush: true });
  await rename(draft, layout.passwordFile);
  await syncFolder(layout.dataDir);
}

/** Runs statements on a cluster without a server. Each is a single line. */
function runStatements(
  context: ClusterContext,
  directory: string,
  statements: readonly string[],
): Promise<ProgramResult> {
  const settings = ["exit_on_error=on", "log_min_error_statement=panic", "log_error_verbosity=terse"];
  const args = ["--single", "-D", directory, ...settings.flatMap((setting) => ["-c", setting])];
  if (!context.durable) args.push("-c", "fsync=off");
  const input = `${statements.join("\n")}\n`;
  return runToEnd(context.trial.launcher, context.binaries.postgres, [...args, "postgres"], input);
}

function setPassword(password: string): string {
  return `ALTER ROLE ${user} PASSWORD '${password.replaceAll("'", "''")}';`;
}

/** Removes the unfinished cluster, which would keep a full disk full, and makes the error for its creation. */
async function failedCreation(
  layout: Layout,
  program: string,
  { stderr }: ProgramResult,
): Promise<EmbeddedServerError> {
  await rm(layout.unfinished, { recursive: true, force: true }).catch(() => undefined);
  const reason = errorLine(stderr);
  // Containers are often run under a bare number.
  const advice = reason.includes("could not look up effective user ID")
    ? `Run this server as a user that has a name (a line in /etc/passwd). ${useOwnServer}`
    : "Check that the disk has room and can be written, then start again.";
  return new EmbeddedServerError(
    `The database could not be created in ${layout.dataDir}; ${program} says: "${reason}". ${advice}`,
  );
}

function initdbArguments(context: ClusterContext): string[] {
  const args = [
    `--username=${user}`,
    "--encoding=UTF8",
    // The same order on every machine, and no trip through the system's locales.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    // Nobody can connect until `clientRules` are written.
    "--auth=reject",
    "--no-instructions",
  ];
  return context.durable ? args : [...args, "--no-sync"];
}

/**
 * Creates the cluster under another name, and renames it in the last step. So the cluster is complete or missing, even
 * after a power failure or the end of the process. Then the holder of the lock may call it again.
 *
 * @throws EmbeddedServerError when PostgreSQL's programs fail; the message quotes their error line.
 * @throws the system's error when files cannot be written.
 */
export async function createCluster(context: ClusterContext): Promise<void> {
  const { layout, binaries, trial } = context;
  await killUnfinished(layout);
  await rm(layout.unfinished, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(layout.unfinished, { mode: 0o700 });
  await chown(layout.unfinished, trial.launcher.account.uid, trial.launcher.account.gid);

  const made = await runToEnd(trial.launcher, binaries.initdb, ["-D", layout.unfinished, ...initdbArguments(context)]);
  if (!made.ok) throw await failedCreation(layout, "initdb", made);

  // This file exists already and keeps its owner.
  await writeFile(join(layout.unfinished, "pg_hba.conf"), clientRules, { flush: true });
  const password = (await readPassword(layout)) ?? randomBytes(passwordBytes).toString("base64url");
  const statements = [setPassword(password), `CREATE DATABASE ${database};`];
  const filled = await runStatements(context, layout.unfinished, statements);
  if (!filled.ok) throw await failedCreation(layout, "postgres", filled);

  await writePassword(layout, password);
  await rename(layout.unfinished, layout.cluster);
  await syncFolder(layout.dataDir);
}

/**
 * The owner of the cluster; undefined when there is none yet. An empty directory is no cluster.
 *
 * @throws the system's error when it cannot be looked at.
 */
export async function clusterOwner(layout: Layout): Promise<Account | undefined> {
  const found = await ifPresent(stat(layout.cluster));
  if (found === undefined) return undefined;
  const own = found.uid === process.getuid?.() || process.getuid?.() === 0;
  if (own && (await readdir(layout.cluster)).length === 0) return undefined;
  return { uid: found.uid, gid: found.gid };
}

async function checkVersion(context: ClusterContext): Promise<void> {
  const { layout, trial } = context;
  const found = (await ifPresent(readFile(join(layout.cluster, "PG_VERSION"), "utf8")))?.trim();
  if (found === undefined) {
    throw new EmbeddedServerError(
      `${layout.cluster} holds files, but not those of a PostgreSQL database. Move them away, or restore the database ` +
        "there from a backup, then start again.",
    );
  }
  if (found !== String(trial.majorVersion)) {
    throw new EmbeddedServerError(
      `${layout.cluster} is a database of PostgreSQL ${found}, and this release brings PostgreSQL ` +
        `${trial.majorVersion}, which cannot open it. Start the release that wrote it, or run PostgreSQL ${found} on ` +
        `that directory and name it in DATABASE_URL, or carry the data over with pg_upgrade from ${found} to ` +
        `${trial.majorVersion}.`,
    );
  }
}

async function renewPassword(context: ClusterContext): Promise<void> {
  const password = randomBytes(passwordBytes).toString("base64url");
  const result = await runStatements(context, context.layout.cluster, [setPassword(password)]);
  if (!result.ok) {
    throw new EmbeddedServerError(
      `${context.layout.passwordFile} is missing, and setting a new password failed: "${errorLine(result.stderr)}". ` +
        "Restore the file from a backup, then start again.",
    );
  }
  await writePassword(context.layout, password);
}

/**
 * Prepares an existing cluster for its start. Checks its version, gives it to the account that runs it (restored files
 * often belong to root), closes it to others, and replaces a missing password file.
 *
 * @throws EmbeddedServerError when it is no cluster, has another major version, or its password cannot be set.
 * @throws the system's error when files cannot be read or changed.
 */
export async function adoptCluster(context: ClusterContext): Promise<void> {
  const { layout, trial } = context;
  const { account } = trial.launcher;
  await checkVersion(context);
  const found = await stat(layout.cluster);
  if (found.uid !== account.uid) await giveTo(layout.cluster, account);
  // PostgreSQL refuses a directory that is open to everybody, as copies often are.
  if ((found.mode & 0o077) !== 0) await chmod(layout.cluster, 0o700);
  if ((await readPassword(layout)) === undefined) await renewPassword(context);
}
