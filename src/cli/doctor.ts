import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { CommandError, type DatabaseFacts, type OpenDatabase, reasonOf, type Tools } from "./tools.ts";

const freeBytesMin = 1024 ** 3;
const clockDifferenceMaxMs = 2_000;
/** A clock that shows an earlier time was never set. */
const earliestMs = Date.UTC(2025, 0, 1);

/** The state of one subject, and what to do if it is not well. */
interface Finding {
  readonly subject: string;
  readonly well: boolean;
  readonly words: string;
}

const good = (subject: string, words: string): Finding => ({ subject, well: true, words });
const bad = (subject: string, words: string): Finding => ({ subject, well: false, words });

/**
 * `counterfoil doctor`: checks settings, folder, disk, port, mail, database, schema, key and clock, and says what to
 * do. Ends with an error if a check fails.
 */
export async function doctor(tools: Tools): Promise<void> {
  let failed = 0;
  for await (const { subject, well, words } of examine(tools)) {
    if (!well) failed++;
    tools.print(`${well ? "ok  " : "BAD "}  ${subject.padEnd(9)}  ${words}`);
  }
  if (failed > 0) throw new CommandError(`${failed} of the checks above failed.`);
}

async function* examine(tools: Tools): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
    yield good("settings", "can be used");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) yield bad("settings", problem);
    return;
  }
  yield await examineFolder(config);
  yield await examineDisk(tools, await nearestFolder(config.dataDir));
  yield await examinePort(config);
  yield await examineMail(tools, config);
  yield* examineDatabase(tools, config);
}

/** The folder is not made: it may be the wrong one. */
async function examineFolder({ dataDir, databaseUrl }: Config): Promise<Finding> {
  const subject = "folder";
  try {
    // With a slash, so that a file does not pass for a folder.
    await access(`${dataDir}/`, constants.W_OK);
    return good(subject, `${dataDir} can be written`);
  } catch {
    if (await isMissing(dataDir)) {
      return { subject, well: databaseUrl !== undefined, words: `there is no ${dataDir}; a server makes it` };
    }
    return bad(subject, `${dataDir} cannot be written. Change its rights, or set DATA_DIR.`);
  }
}

function isMissing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    (error) => error.code === "ENOENT",
  );
}

/** The folder itself, or the one in which it would be made. */
async function nearestFolder(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function examineDisk(tools: Tools, folder: string): Promise<Finding> {
  const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  const free = await tools.freeBytes(folder);
  return free >= freeBytesMin
    ? good("disk", `${gigabytes(free)} are free`)
    : bad("disk", `only ${gigabytes(free)} are free. Make room: a database without room stops.`);
}

async function examinePort({ host, port }: Config): Promise<Finding> {
  const subject = "port";
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (error === undefined) return good(subject, `${host}:${port} is free`);
  if (error.code === "EADDRINUSE") {
    const ours = await fetch(`http://${host}:${port}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    return ours
      ? good(subject, `a server answers at ${host}:${port}`)
      : bad(subject, `${host}:${port} is taken by another program. Stop it, or set PORT.`);
  }
  return bad(subject, `${host}:${port} cannot be used (${error.code}). Set HOST or PORT.`);
}

async function examineMail(tools: Tools, config: Config): Promise<Finding> {
  const subject = "mail";
  if (config.smtpUrl === undefined && (await isMissing(config.dataDir))) {
    return good(subject, `mail will be written to ${join(config.dataDir, "outbox")}; set SMTP_URL to send it`);
  }
  try {
    return good(subject, await tools.checkMail(config));
  } catch (error) {
    return bad(subject, `${reasonOf(error)}. Correct SMTP_URL or DATA_DIR; until then mail waits.`);
  }
}

async function* examineDatabase(tools: Tools, config: Config): AsyncGenerator<Finding> {
  let database: OpenDatabase;
  try {
    database = await tools.openDatabase(config, "command");
  } catch (error) {
    yield bad("database", reasonOf(error));
    return;
  }
  let subject = "database";
  try {
    const facts = await database.inspect();
    const { version, encoding, pooler, nowMs } = facts;
    const through = pooler === "none" ? "" : ", through a pooler";
    yield good(subject, `${database.name} answers: PostgreSQL ${version}, ${encoding}${through}`);
    yield examineConnections(config, facts);
    yield* examineVariables(tools, config);
    subject = "clock";
    yield examineClock(nowMs);
    subject = "schema";
    await database.checkSchema();
    yield good(subject, "is this version's");
    subject = "key";
    const [current, ...others] = await tools.secretKeys.check(config, database);
    yield good(subject, keyWords(current, others));
  } catch (error) {
    yield bad(subject, reasonOf(error));
  } finally {
    await database.close();
  }
}

function keyWords(current: string | undefined, others: readonly string[]): string {
  if (current === undefined) return "there is none yet; the first start makes it";
  const more = others.length === 0 ? "" : `; ${others.join(", ")} can be retired ("counterfoil secret-key reseal")`;
  return `${current} opens what is sealed${more}`;
}

function examineConnections({ databaseConnections: needed }: Config, { connectionsMax }: DatabaseFacts): Finding {
  const subject = "sessions";
  return connectionsMax >= needed
    ? good(subject, `${connectionsMax} are allowed, and a server takes ${needed} at most`)
    : bad(
        subject,
        `only ${connectionsMax} are allowed, and a server takes up to ${needed}. Raise the limit of the role or the database, or max_connections, or lower DATABASE_CONNECTIONS.`,
      );
}

/** Names the driver's variables that were removed: their effect must now be configured elsewhere. */
function* examineVariables({ ignoredVariables }: Tools, { databaseUrl }: Config): Generator<Finding> {
  if (databaseUrl === undefined || ignoredVariables.length === 0) return;
  yield good(
    "variables",
    `${ignoredVariables.join(", ")} have no say: what is to hold must be in DATABASE_URL, as ?sslmode=require`,
  );
}

function examineClock(databaseMs: number): Finding {
  const subject = "clock";
  const ourMs = Date.now();
  if (ourMs < earliestMs) {
    return bad(subject, `shows ${new Date(ourMs).toISOString()}. Set it, by NTP for instance.`);
  }
  const difference = Math.abs(ourMs - databaseMs);
  return difference <= clockDifferenceMaxMs
    ? good(subject, `shows ${new Date(ourMs).toISOString()}, as the database's does`)
    : bad(
        subject,
        `differs from the database's by ${(difference / 1000).toFixed(1)} s. Set both, by NTP for instance.`,
      );
}
