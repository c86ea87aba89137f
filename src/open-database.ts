import type { Logger } from "pino";
import { CommandError, type DatabasePurpose, type OpenDatabase, reasonOf } from "./cli/tools.ts";
import type { Config } from "./config.ts";
import { withClient } from "./storage/connect.ts";
import { type DatabaseAddress, translateError } from "./storage/database.ts";
import { hasEmbedded, startEmbedded } from "./storage/embedded/server.ts";
import { shareEmbedded } from "./storage/embedded/share.ts";
import { inspect, unfitness, waitForDatabase } from "./storage/inspect.ts";
import { type ClaimPurpose, claimKeys, type KeyRing, type KeySource } from "./storage/key-register.ts";
import { checkSchema, migrate } from "./storage/migrate.ts";
import { MigrationError } from "./storage/migration-error.ts";

/** How long a server waits for a database that still starts. */
const databaseWaitMs = 30_000;

/** The addresses of opened databases, which only the composition knows. */
const addresses = new WeakMap<OpenDatabase, DatabaseAddress>();

/** The address of an opened database. */
export function addressOf(database: OpenDatabase): DatabaseAddress {
  const address = addresses.get(database);
  if (address === undefined) throw new Error("a database that was not opened here");
  return address;
}

/**
 * Checks that the secret keys of this process belong to the database, and for a command also that the schema has this
 * version, before anything is read or written. Rejects as {@link claimKeys} and {@link OpenDatabase.checkSchema} do.
 */
export function claimDatabase(database: OpenDatabase, source: KeySource, purpose: ClaimPurpose): Promise<KeyRing> {
  // One connection for both: with a password it costs some 30 ms of processor time to open.
  return withClient(addressOf(database), async (client) => {
    if (purpose === "command") await checkSchema(client).catch(rethrowNaming(database.name, "read"));
    return claimKeys(client, source, purpose);
  });
}

/** Opens the database that the settings name. */
export async function openDatabase(config: Config, purpose: DatabasePurpose, log: Logger): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== undefined) return openGiven(databaseUrl, purpose === "serve" ? databaseWaitMs : 0, log);
  const options = {
    dataDir,
    log: (level: "info" | "warn" | "error", message: string) => log[level]({ from: "postgresql" }, message),
  };
  const name = `the embedded database in ${dataDir}`;
  if (purpose === "serve") {
    const server = await startEmbedded(options);
    return opened(name, server.connection, log, () => server.stop());
  }
  if (purpose === "command" && !(await hasEmbedded(dataDir).catch(refuseFolder))) {
    throw new CommandError(
      `There is no database in ${dataDir} (DATA_DIR), and DATABASE_URL is not set. ` +
        'Set the one that your server uses, as it was started; "counterfoil serve" makes a new one.',
    );
  }
  const shared = await shareEmbedded(options, () =>
    log.warn("another command still uses the database; this one ends when that has"),
  );
  return opened(name, shared.connection, log, () => shared.close());

  function refuseFolder(error: unknown): never {
    throw new CommandError(`The data directory ${dataDir} cannot be looked at: ${reasonOf(error)}. Correct DATA_DIR.`);
  }
}

async function openGiven(databaseUrl: string, waitMs: number, log: Logger): Promise<OpenDatabase> {
  const { host, pathname } = new URL(databaseUrl);
  const name = `the database${pathname.replace("/", " ")} at ${host}`;
  const onWait = () => log.warn(`${name} does not answer yet`);
  const inspection = await waitForDatabase(databaseUrl, waitMs, onWait).catch((error) => {
    const advice = /^unsupported startup parameter/.test(reasonOf(error))
      ? "It is a pooler that takes no settings: give the database's own address in DATABASE_URL."
      : "Start it, or correct DATABASE_URL.";
    throw new CommandError(`Cannot use ${name}: ${reasonOf(error)}. ${advice}`);
  });
  const problem = unfitness(inspection);
  if (problem !== undefined) throw new CommandError(`Cannot use ${name}. ${problem}`);
  return opened(name, databaseUrl, log, async () => {});
}

function opened(name: string, address: DatabaseAddress, log: Logger, close: () => Promise<void>): OpenDatabase {
  const database: OpenDatabase = {
    name,
    async migrate(options = {}) {
      const { applied, pending } = await migrate(address, options).catch(
        rethrowNaming(name, "read or brought up to date"),
      );
      for (const migration of applied) log.info({ migration }, "migrated");
      return options.dryRun === true ? pending : applied;
    },
    checkSchema: () => withClient(address, checkSchema).catch(rethrowNaming(name, "read")),
    inspect: () => inspect(address),
    close,
  };
  addresses.set(database, address);
  return database;
}

/** Throws an error that names the database, since an operator may have several. */
function rethrowNaming(name: string, action: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof MigrationError) {
      throw new MigrationError(error.message.replace(/^The database\b/, () => name.replace("the", "The")));
    }
    throw new CommandError(`The schema of ${name} cannot be ${action}: ${translateError(error).message}.`);
  };
}
