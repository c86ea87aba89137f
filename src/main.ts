import { readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { sample } from "./api/sample.ts";
import type { App } from "./app.ts";
import { runProgram } from "./cli/program.ts";
import { CommandError, type OpenDatabase, reasonOf, type Tools } from "./cli/tools.ts";
import { type Config, ConfigError } from "./config.ts";
import { commandLines } from "./dialects/command-lines.ts";
import type { MailerOptions } from "./mail/mailer.ts";
import { organizationSettings } from "./organization-settings.ts";
import type { ServiceOptions } from "./services.ts";
import { EmbeddedServerError } from "./storage/embedded/error.ts";
import type { ClaimPurpose, KeySource } from "./storage/key-register.ts";
import { MigrationError } from "./storage/migration-error.ts";
import { makeSecretKeyFile, readSecretKeyFile, SecretKeyError, secretKeyFile } from "./storage/secret-key-file.ts";

const logFlushEveryMs = 1_000;
const logBufferBytes = 8 * 1024;

// What only some commands need is loaded by these: without, `--help` takes half as long.
const opening = () => import("./open-database.ts");
const keyRegister = () => import("./storage/key-register.ts");
let opened: Promise<Logger> | undefined;
const openedLog = () => (opened ??= openLog());

const ignoredVariables = takeDriverVariables(process.env);

const tools: Tools = {
  environment: process.env,
  fromFile: new Set(),
  input: process.stdin,
  isAttended: process.stdout.isTTY,
  ignoredVariables,
  print: (line) => void process.stdout.write(`${line}\n`),
  overwrite: process.stderr.isTTY
    ? (line) => void process.stderr.write(line === undefined ? "\n" : `\r\x1b[K${line}`)
    : undefined,
  async openDatabase(config, purpose) {
    const log = await openedLog();
    log.level = config.logLevel;
    if (purpose === "serve" && config.databaseUrl !== undefined && ignoredVariables.length > 0) {
      log.warn({ variables: ignoredVariables }, "variables of the database driver have no say: DATABASE_URL has");
    }
    const { openDatabase } = await opening();
    return openDatabase(config, purpose, log);
  },
  removeEmbedded,
  secretKeys: {
    async check(config, database) {
      const { claimDatabase } = await opening();
      const { idOf } = await keyRegister();
      return (await claimDatabase(database, keySource(config), "look")).keys.map(idOf);
    },
    async reseal(config, database, progress) {
      const { addressOf, claimDatabase } = await opening();
      const { reseal } = await import("./storage/reseal.ts");
      return reseal(addressOf(database), await claimDatabase(database, keySource(config), "command"), progress);
    },
    async forget(database, id) {
      const { addressOf } = await opening();
      const { forgetKey } = await keyRegister();
      return forgetKey(addressOf(database), id);
    },
  },
  async openServices(config, database) {
    const { createServices } = await import("./services.ts");
    return createServices(await serviceOptions(config, database, "command"));
  },
  async openServer(config, database) {
    const { createApp } = await import("./app.ts");
    const { trustedProxies, publicUrl, metricsAddress } = config;
    const options = await serviceOptions(config, database, "serve");
    const app = createApp({ ...options, trustedProxies, publicUrl, metricsAddress });
    return { ...app, listen: () => listen(app, config) };
  },
  dialects: [...commandLines, { sample }],
  organizationSettings,
  async checkMail(config) {
    const { createMailer } = await import("./mail/mailer.ts");
    const mailer = createMailer(mailOptions(config));
    return mailer.check().finally(() => mailer.close());
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

// The reader of our output may close it before we end. That is no error.
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
  (await opened)?.flush();
}

/** The sentence for the person at the terminal, instead of a stack trace; `undefined` for a bug. */
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
 * Opens the log: JSON lines on standard error, at most a second late, so that a busy server does not wait for them.
 * Standard output is for the person at the terminal.
 */
async function openLog(): Promise<Logger> {
  const { default: pino } = await import("pino");
  const destination = pino.destination({ dest: 2, sync: false, minLength: logBufferBytes });
  setInterval(() => destination.flush(), logFlushEveryMs).unref();
  process.on("exit", () => destination.flushSync());
  return pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/**
 * Removes the variables of the database driver from the environment. They would be unchecked settings, also for the
 * embedded database, where they can only do harm. `config` and `doctor` know only our own settings.
 */
function takeDriverVariables(environment: NodeJS.ProcessEnv): readonly string[] {
  const names = Object.keys(environment).filter((name) => /^PG[A-Z]/.test(name));
  for (const name of names) delete environment[name];
  return names;
}

async function removeEmbedded({ dataDir }: Config): Promise<void> {
  const { findLayout } = await import("./storage/embedded/layout.ts");
  const { takeLock } = await import("./storage/embedded/lock.ts");
  const { stopOrphans } = await import("./storage/embedded/processes.ts");
  const layout = await findLayout(dataDir);
  const lock = await takeLock(layout.dataDir);
  try {
    await stopOrphans(layout, () => {});
    const rest = ["secret.key", "outbox", "files"].map((name) => join(layout.dataDir, name));
    const own = [layout.cluster, layout.unfinished, layout.passwordFile, ...rest];
    for (const path of own) await rm(path, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}

async function serviceOptions(config: Config, database: OpenDatabase, purpose: ClaimPurpose): Promise<ServiceOptions> {
  const { addressOf, claimDatabase } = await opening();
  const { keys, lasting } = await claimDatabase(database, keySource(config), purpose);
  return {
    database: addressOf(database),
    connectionsMax: config.databaseConnections,
    secretKeys: keys,
    lookupKeys: lasting,
    filesDir: join(config.dataDir, "files"),
    diskReserveBytes: config.diskReserveBytes,
    log: await openedLog(),
  };
}

/** The keys of the settings, or of the file in the data directory. The file is made for a new database only. */
function keySource({ secretKeys, dataDir }: Config): KeySource {
  return async (mayMake) => {
    if (secretKeys !== undefined) return { keys: secretKeys, source: "SECRET_KEY" };
    const source = secretKeyFile(dataDir);
    try {
      if (mayMake) await makeSecretKeyFile(dataDir);
      return { keys: (await readSecretKeyFile(dataDir)) ?? [], source };
    } catch (error) {
      if (error instanceof SecretKeyError) throw error;
      throw new CommandError(
        `The secret key in ${dataDir} cannot be read or made: ${reasonOf(error)}. Change the rights, or set DATA_DIR or SECRET_KEY.`,
      );
    }
  };
}

function mailOptions({ smtpUrl, mailFrom, dataDir }: Config): MailerOptions {
  return { smtpUrl, from: mailFrom, outboxDir: join(dataDir, "outbox") };
}

async function listen(app: App, config: Config): Promise<string> {
  const { host, port, metricsAddress } = config;
  await app.takeConnections();
  if (metricsAddress !== undefined) {
    await app.listenForMetrics().catch((error) => {
      throw refusedAddress(error, metricsAddress, { host: "METRICS_ADDR", port: "METRICS_ADDR" });
    });
  }
  try {
    // For this name the framework would open a second server, which has neither limits nor a clean stop.
    const url = await app.server.listen({ host: host === "localhost" ? "127.0.0.1" : host, port });
    app.startJobs(mailOptions(config));
    return url;
  } catch (error) {
    throw refusedAddress(error, config, { host: "HOST", port: "PORT" });
  }
}

/** The error for an address on which the server cannot listen; `settings` names the settings to correct. */
function refusedAddress(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
  settings: { readonly host: string; readonly port: string },
): CommandError {
  const both = settings.host === settings.port ? settings.host : `${settings.host} or ${settings.port}`;
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return new CommandError(
        `Port ${port} is taken on ${host}. Stop what uses it, or set ${settings.port} to another one.`,
      );
    case "EACCES":
      return new CommandError(`Port ${port} may not be used by this account. Set ${settings.port} to 1024 or more.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new CommandError(`This machine does not have the address ${host}. Correct ${settings.host}.`);
    default:
      return new CommandError(`Cannot listen on ${host}, port ${port}: ${reasonOf(error)}. Correct ${both}.`);
  }
}
