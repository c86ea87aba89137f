import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Account, type Outcome, runToEnd, type Trial } from "./account.ts";
import { type Binaries, useOwnServer } from "./binaries.ts";
import { EmbeddedServerError, tellingLine } from "./error.ts";
import { giveTo, ifPresent, type Place } from "./place.ts";
import { killMakers } from "./processes.ts";

/** The superuser of the embedded server, and the only role that may connect. */
export const user = "counterfoil";

/** The database of the embedded server. */
export const database = "counterfoil";

/** As strong as a key: nobody has to type it. */
const passwordBytes = 24;

/** Who may connect: our user, over the unix socket, with its password. */
const clientRules = `local all ${user} scram-sha-256\n`;

/** What is needed to make or repair a cluster. */
export interface Workshop {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly trial: Trial;
  /** Whether files are forced to disk. Only tests go without. */
  readonly durable: boolean;
}

/** Forces a directory's list of names to disk, so that a rename outlives a power failure. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads the password of the embedded server. Undefined when there is no password file (or an empty one).
 *
 * @throws the system's error when it cannot be read.
 */
export async function readPassword(place: Place): Promise<string | undefined> {
  const text = (await ifPresent(readFile(place.passwordFile, "utf8")))?.trim();
  return text === "" ? undefined : text;
}

async function writePassword(place: Place, password: string): Promise<void> {
  const draft = `${place.passwordFile}.new`;
  // A leftover draft would keep its mode, whatever that is.
  await rm(draft, { force: true });
  await writeSynced(draft, `${password}\n`);
  await rename(draft, place.passwordFile);
  await syncDirectory(place.dataDir);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Runs statements on a cluster without a server. Each has to be a single line. */
function runStatements(shop: Workshop, directory: string, statements: readonly string[]): Promise<Outcome> {
  const settings = ["exit_on_error=on", "log_min_error_statement=panic", "log_error_verbosity=terse"];
  const args = ["--single", "-D", directory, ...settings.flatMap((setting) => ["-c", setting])];
  if (!shop.durable) args.push("-c", "fsync=off");
  const input = `${statements.join("\n")}\n`;
  return runToEnd(shop.trial.runner, shop.binaries.postgres, [...args, "postgres"], input);
}

function setPassword(password: string): string {
  return `ALTER ROLE ${user} PASSWORD ${quoted(password)};`;
}

function failedCreation(place: Place, program: string, outcome: Outcome): EmbeddedServerError {
  const words = tellingLine(outcome.stderr);
  // Containers are often run under a bare number.
  const advice = words.includes("could not look up effective user ID")
    ? `Run this server as a user that has a name (a line in /etc/passwd). ${useOwnServer}`
    : "Check that the disk has room and can be written, then start again.";
  return new EmbeddedServerError(
    `The database could not be created in ${place.dataDir}; ${program} says: "${words}". ${advice}`,
  );
}

function initdbArguments(shop: Workshop): string[] {
  const args = [
    `--username=${user}`,
    "--encoding=UTF8",
    // The same order on every machine, and no trip through the system's locales.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    // Nobody gets in until the rules below are written.
    "--auth=reject",
    "--no-instructions",
  ];
  return shop.durable ? args : [...args, "--no-sync"];
}

/**
 * Creates the cluster under a name of its own and renames it as the last step, so that the cluster is either complete
 * or not there, whenever the power fails or the process is killed. The holder of the lock may call it again after that.
 *
 * @throws EmbeddedServerError when PostgreSQL's programs fail; with their own last words.
 * @throws the system's error when files cannot be written.
 */
export async function createCluster(shop: Workshop): Promise<void> {
  const { place, binaries, trial } = shop;
  await killMakers(place);
  await rm(place.unfinished, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(place.unfinished, { mode: 0o700 });
  await chown(place.unfinished, trial.runner.account.uid, trial.runner.account.gid);

  const made = await runToEnd(trial.runner, binaries.initdb, ["-D", place.unfinished, ...initdbArguments(shop)]);
  if (!made.ok) throw await cleanedUp(place, failedCreation(place, "initdb", made));

  // This file exists already and keeps its owner.
  await writeSynced(join(place.unfinished, "pg_hba.conf"), clientRules);
  const password = (await readPassword(place)) ?? randomBytes(passwordBytes).toString("base64url");
  const statements = [setPassword(password), `CREATE DATABASE ${database};`];
  const filled = await runStatements(shop, place.unfinished, statements);
  if (!filled.ok) throw await cleanedUp(place, failedCreation(place, "postgres", filled));

  await writePassword(place, password);
  await rename(place.unfinished, place.cluster);
  await syncDirectory(place.dataDir);
}

/** A disk that is full should not stay full of a cluster which nobody can use. */
async function cleanedUp(place: Place, error: EmbeddedServerError): Promise<EmbeddedServerError> {
  await rm(place.unfinished, { recursive: true, force: true }).catch(() => undefined);
  return error;
}

/**
 * The owner of the existing cluster; undefined when there is none yet. An empty directory counts as none.
 *
 * @throws the system's error when it cannot be looked at.
 */
export async function clusterOwner(place: Place): Promise<Account | undefined> {
  const found = await ifPresent(stat(place.cluster));
  if (found === undefined) return undefined;
  const own = found.uid === process.getuid?.() || process.getuid?.() === 0;
  if (own && (await readdir(place.cluster)).length === 0) return undefined;
  return { uid: found.uid, gid: found.gid };
}

async function checkVersion(shop: Workshop): Promise<void> {
  const { place, trial } = shop;
  const found = (await ifPresent(readFile(join(place.cluster, "PG_VERSION"), "utf8")))?.trim();
  if (found === undefined) {
    throw new EmbeddedServerError(
      `${place.cluster} holds files, but not those of a PostgreSQL database. Move them away, or restore the database ` +
        "there from a backup, then start again.",
    );
  }
  if (found !== String(trial.majorVersion)) {
    throw new EmbeddedServerError(
      `${place.cluster} is a database of PostgreSQL ${found}, and this release brings PostgreSQL ` +
        `${trial.majorVersion}, which cannot open it. Start the release that wrote it, or run PostgreSQL ${found} on ` +
        `that directory and name it in DATABASE_URL, or carry the data over with pg_upgrade from ${found} to ` +
        `${trial.majorVersion}.`,
    );
  }
}

async function renewPassword(shop: Workshop): Promise<void> {
  const password = randomBytes(passwordBytes).toString("base64url");
  const outcome = await runStatements(shop, shop.place.cluster, [setPassword(password)]);
  if (!outcome.ok) {
    throw new EmbeddedServerError(
      `${shop.place.passwordFile} is missing, and setting a new password failed: "${tellingLine(outcome.stderr)}". ` +
        "Restore the file from a backup, then start again.",
    );
  }
  await writePassword(shop.place, password);
}

/**
 * Makes an existing cluster fit to be started: its version is ours, it belongs to the account that runs it (restored
 * files often belong to root), it is closed to others, and there is a password file (a lost one is replaced).
 *
 * @throws EmbeddedServerError when it is no cluster, one of another major version, or its password cannot be set.
 * @throws the system's error when files cannot be read or changed.
 */
export async function adoptCluster(shop: Workshop): Promise<void> {
  const { place, trial } = shop;
  const { account } = trial.runner;
  await checkVersion(shop);
  const found = await stat(place.cluster);
  if (found.uid !== account.uid) await giveTo(place.cluster, account);
  // PostgreSQL refuses a directory that is open to everybody, as copies often are.
  if ((found.mode & 0o077) !== 0) await chmod(place.cluster, 0o700);
  if ((await readPassword(place)) === undefined) await renewPassword(shop);
}
