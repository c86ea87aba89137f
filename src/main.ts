import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { type App, createApp } from "./app.ts";
import { createProgram } from "./cli/program.ts";
import { CommandError, type OpenDatabase, type Tools } from "./cli/tools.ts";
import { type Config, ConfigError } from "./config.ts";
import { dialects } from "./dialects/index.ts";
import { checkMailSetting, mailSettings } from "./jobs/mail-settings.ts";
import { createMailer, type MailerOptions } from "./jobs/mailer.ts";
import type { DatabaseAddress } from "./storage/database.ts";
import { EmbeddedServerError, findRunningEmbedded, startEmbedded } from "./storage/embedded.ts";
import { inspect, waitForDatabase } from "./storage/inspect.ts";
import { MigrationError, migrate } from "./storage/migrate.ts";
import { readSecretKeyFile, SecretKeyError } from "./storage/secret-key.ts";

/** How long a database that is still starting is waited for. */
const databaseWaitMs = 30_000;
const logFlushEveryMs = 1_000;
const logBufferBytes = 8 * 1024;

const log = openLog(process.env.LOG_LEVEL);

/** Addresses of opened databases, which only this file needs to know. */
const addresses = new WeakMap<OpenDatabase, DatabaseAddress>();

const tools: Tools = {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  draw: process.stderr.isTTY
    ? (line) => void process.stderr.write(line === undefined ? "\n" : `\r\x1b[K${line}`)
    : undefined,
  openDatabase,
  isEmbeddedRunning: async (config) => (await findRunningEmbedded(config.dataDir)) !== undefined,
  async openServices(config, database) {
    const app = await openApp(config, database);
    const { engine, reader, administration } = app;
    return { engine, reader, administration, listen: () => listen(app, config), close: () => app.close() };
  },
  organizationSettings: [...mailSettings, ...dialects.flatMap(({ settings }) => settings)],
  async checkOrganizationSetting(name, value) {
    if (name.startsWith("mail.")) return checkMailSetting(name, value);
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
};

await main();

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  try {
    await createProgram(tools, version).parseAsync();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(isSentence(error) ? `${error.message}\n` : `${describe(error)}\n`);
  }
  log.flush();
}

/** Errors that are meant for the person who started the program, and need no stack trace. */
function isSentence(error: unknown): error is Error {
  const kinds = [CommandError, ConfigError, EmbeddedServerError, MigrationError, SecretKeyError];
  return kinds.some((kind) => error instanceof kind);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** JSON lines on standard output, at most a second late, so that a busy server does not wait for them. */
function openLog(level: string | undefined): Logger {
  const destination = pino.destination({ dest: 1, sync: false, minLength: logBufferBytes });
  setInterval(() => destination.flush(), logFlushEveryMs).unref();
  process.on("exit", () => destination.flushSync());
  const known = level !== undefined && (level === "silent" || level in pino.levels.values);
  return pino(
    { level: known ? level : "info", base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
}

async function openDatabase(config: Config): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl !== undefined) {
    const { host, pathname } = new URL(databaseUrl);
    const name = `the database${pathname.replace("/", " ")} at ${host}`;
    try {
      await waitForDatabase(databaseUrl, databaseWaitMs, () => log.warn(`${name} does not answer yet`));
    } catch (error) {
      throw new CommandError(
        `Cannot use ${name}: ${error instanceof Error ? error.message : error}. Start it, or correct DATABASE_URL.`,
      );
    }
    return opened(name, databaseUrl, async () => {});
  }
  const running = await findRunningEmbedded(dataDir);
  const name = `the embedded database in ${dataDir}`;
  if (running !== undefined) return opened(name, running, async () => {});
  const server = await startEmbedded({ dataDir, log: (level, message) => log[level]({ from: "postgresql" }, message) });
  return opened(name, server.connection, () => server.stop());
}

function opened(name: string, address: DatabaseAddress, close: () => Promise<void>): OpenDatabase {
  const database: OpenDatabase = {
    name,
    async migrate(options = {}) {
      const { applied, pending } = await migrate(address, options);
      for (const migration of applied) log.info({ migration }, "migrated");
      return options.dryRun === true ? pending : applied;
    },
    inspect: () => inspect(address),
    close,
  };
  addresses.set(database, address);
  return database;
}

async function openApp(config: Config, database: OpenDatabase): Promise<App> {
  const address = addresses.get(database);
  if (address === undefined) throw new Error("a database that was not opened here");
  const secretKeys = config.secretKeys ?? (await readSecretKeyFile(config.dataDir));
  return createApp({ database: address, secretKeys, log, trustedProxies: config.trustedProxies });
}

function mailOptions({ smtpUrl, mailFrom, dataDir }: Config): MailerOptions {
  return { smtpUrl, from: mailFrom, outboxDir: join(dataDir, "outbox") };
}

async function listen(app: App, config: Config): Promise<string> {
  const { host, port } = config;
  try {
    const url = await app.server.listen({ host, port });
    app.startJobs(mailOptions(config));
    return url;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") {
      throw new CommandError(`Port ${port} is taken on ${host}. Stop what uses it, or set PORT to another one.`);
    }
    if (code === "EACCES")
      throw new CommandError(`Port ${port} may not be used by this account. Set PORT to 1024 or more.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new CommandError(`This machine does not have the address ${host}. Correct HOST.`);
    }
    throw error;
  }
}
