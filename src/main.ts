import { readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { type App, createApp } from "./app.ts";
import { runProgram } from "./cli/program.ts";
import { CommandError, type OpenDatabase, type Tools } from "./cli/tools.ts";
import { type Config, ConfigError } from "./config.ts";
import { dialects, writeFingerprint } from "./dialects/index.ts";
import { checkLogSetting, logSettings } from "./jobs/log-settings.ts";
import { checkMailSetting, mailSettings } from "./jobs/mail-settings.ts";
import { createMailer, type MailerOptions } from "./jobs/mailer.ts";
import type { DatabaseAddress } from "./storage/database.ts";
import { EmbeddedServerError } from "./storage/embedded/error.ts";
import { takeLock } from "./storage/embedded/lock.ts";
import { findPlace } from "./storage/embedded/place.ts";
import { stopOrphans } from "./storage/embedded/processes.ts";
import { findRunningEmbedded, startEmbedded } from "./storage/embedded/server.ts";
import { inspect, waitForDatabase } from "./storage/inspect.ts";
import { MigrationError, migrate } from "./storage/migrate.ts";
import { readSecretKeyFile, SecretKeyError } from "./storage/secret-key.ts";

/** How long a server waits for a database that is still starting. */
const databaseWaitMs = 30_000;
const logFlushEveryMs = 1_000;
const logBufferBytes = 8 * 1024;

const log = openLog();

/** Addresses of opened databases, which only this file needs to know. */
const addresses = new WeakMap<OpenDatabase, DatabaseAddress>();

const tools: Tools = {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  draw: process.stderr.isTTY
    ? (line) => void process.stderr.write(line === undefined ? "\n" : `\r\x1b[K${line}`)
    : undefined,
  openDatabase,
  removeEmbedded,
  async openServices(config, database) {
    const app = await openApp(config, database);
    const { engine, reader, administration, files, storeIdentity } = app;
    return {
      engine,
      reader,
      administration,
      files,
      storeIdentity,
      listen: () => listen(app, config),
      close: () => app.close(),
    };
  },
  organizationSettings: [...mailSettings, ...logSettings, ...dialects.flatMap(({ settings }) => settings)],
  async checkOrganizationSetting(name, value) {
    if (name.startsWith("mail.")) return checkMailSetting(name, value);
    if (name.startsWith("log.")) return checkLogSetting(name, value);
    const dialect = dialects.find((one) => name.startsWith(`${one.name}.`));
    return dialect === undefined
      ? `There is no setting ${name}. See "counterfoil setting list".`
      : dialect.checkSetting(name, value);
  },
  async checkMail(config) {
    const mailer = createMailer(mailOptions(config));
    return mailer.check().finally(() => mailer.close());
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  writeFingerprint,
};

// Whoever read what we print may leave before we end, and take nothing with it.
process.stdout.on("error", () => {});
await main();

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  try {
    await runProgram(tools, version);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${sentenceOf(error) ?? describe(error)}\n`);
  }
  log.flush();
}

/** What the person who started the program reads instead of a stack trace; `undefined` for a bug. */
function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("syscall" in error && error.syscall === "uv_cwd") {
    return "The working folder no longer exists. Change to a folder that does, and start again.";
  }
  const kinds = [CommandError, ConfigError, EmbeddedServerError, MigrationError, SecretKeyError];
  return kinds.some((kind) => error instanceof kind) ? error.message : undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * JSON lines on standard error, at most a second late, so that a busy server does not wait for them. Standard output is
 * for the person at the terminal.
 */
function openLog(): Logger {
  const destination = pino.destination({ dest: 2, sync: false, minLength: logBufferBytes });
  setInterval(() => destination.flush(), logFlushEveryMs).unref();
  process.on("exit", () => destination.flushSync());
  return pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

async function openDatabase(config: Config, purpose: "serve" | "command"): Promise<OpenDatabase> {
  const { databaseUrl, dataDir, logLevel } = config;
  log.level = logLevel;
  if (databaseUrl !== undefined) return openGiven(databaseUrl, purpose === "serve" ? databaseWaitMs : 0);
  const name = `the embedded database in ${dataDir}`;
  const running = purpose === "command" ? await findRunningEmbedded(dataDir) : undefined;
  if (running !== undefined) return opened(name, running, async () => {});
  const server = await startEmbedded({ dataDir, log: (level, message) => log[level]({ from: "postgresql" }, message) });
  return opened(name, server.connection, () => server.stop());
}

async function openGiven(databaseUrl: string, waitMs: number): Promise<OpenDatabase> {
  const { host, pathname } = new URL(databaseUrl);
  const name = `the database${pathname.replace("/", " ")} at ${host}`;
  try {
    await waitForDatabase(databaseUrl, waitMs, () => log.warn(`${name} does not answer yet`));
  } catch (error) {
    throw new CommandError(`Cannot use ${name}: ${reasonOf(error)}. Start it, or correct DATABASE_URL.`);
  }
  return opened(name, databaseUrl, async () => {});
}

function opened(name: string, address: DatabaseAddress, close: () => Promise<void>): OpenDatabase {
  const database: OpenDatabase = {
    name,
    async migrate(options = {}) {
      const { applied, pending } = await migrate(address, options).catch((error) => {
        if (error instanceof MigrationError) throw error;
        throw new CommandError(`The schema of ${name} cannot be read or brought up to date: ${reasonOf(error)}.`);
      });
      for (const migration of applied) log.info({ migration }, "migrated");
      return options.dryRun === true ? pending : applied;
    },
    inspect: () => inspect(address),
    close,
  };
  addresses.set(database, address);
  return database;
}

async function removeEmbedded({ dataDir }: Config): Promise<void> {
  const place = await findPlace(dataDir);
  const lock = await takeLock(place.dataDir, place.key);
  try {
    await stopOrphans(place, () => {});
    const rest = ["secret.key", "outbox", "files"].map((name) => join(place.dataDir, name));
    const own = [place.cluster, place.unfinished, place.passwordFile, ...rest];
    for (const path of own) await rm(path, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}

async function openApp(config: Config, database: OpenDatabase): Promise<App> {
  const address = addresses.get(database);
  if (address === undefined) throw new Error("a database that was not opened here");
  const secretKeys = config.secretKeys ?? (await readKeys(config.dataDir));
  return createApp({
    database: address,
    connectionsMax: config.databaseConnections,
    secretKeys,
    filesDir: join(config.dataDir, "files"),
    diskReserveBytes: config.diskReserveBytes,
    log,
    trustedProxies: config.trustedProxies,
    publicUrl: config.publicUrl,
  });
}

function readKeys(dataDir: string): Promise<readonly Buffer[]> {
  return readSecretKeyFile(dataDir).catch((error) => {
    if (error instanceof SecretKeyError) throw error;
    throw new CommandError(
      `The secret key in ${dataDir} cannot be read or made: ${reasonOf(error)}. Change the rights, or set DATA_DIR or SECRET_KEY.`,
    );
  });
}

function mailOptions({ smtpUrl, mailFrom, dataDir }: Config): MailerOptions {
  return { smtpUrl, from: mailFrom, outboxDir: join(dataDir, "outbox") };
}

async function listen(app: App, config: Config): Promise<string> {
  const { host, port } = config;
  try {
    // For the name the framework would open a second server beside ours, which knows neither limits nor a clean stop.
    const url = await app.server.listen({ host: host === "localhost" ? "127.0.0.1" : host, port });
    app.startJobs(mailOptions(config));
    return url;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    switch (code) {
      case "EADDRINUSE":
        throw new CommandError(`Port ${port} is taken on ${host}. Stop what uses it, or set PORT to another one.`);
      case "EACCES":
        throw new CommandError(`Port ${port} may not be used by this account. Set PORT to 1024 or more.`);
      case "EADDRNOTAVAIL":
      case "ENOTFOUND":
        throw new CommandError(`This machine does not have the address ${host}. Correct HOST.`);
      default:
        throw new CommandError(`Cannot listen on ${host}, port ${port}: ${reasonOf(error)}. Correct HOST or PORT.`);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
