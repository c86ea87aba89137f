import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { CommandError, type OpenDatabase, type Tools } from "./tools.ts";

const freeBytesMin = 1024 ** 3;
const clockDifferenceMaxMs = 2_000;
const databaseVersionMin = 150_000;
/** A clock that shows an earlier time was never set. */
const earliestMs = Date.UTC(2025, 0, 1);

/** One thing that was looked at: how it is, and what to do about it when it is not well. */
interface Finding {
  readonly subject: string;
  readonly well: boolean;
  readonly words: string;
}

/** `counterfoil doctor`: looks at settings, disk, database, clock and port, and says what to do; an error if not all is well. */
export async function doctor(tools: Tools): Promise<void> {
  let failed = 0;
  const tell = ({ subject, well, words }: Finding) => {
    if (!well) failed++;
    tools.print(`${well ? "ok  " : "BAD "}  ${subject.padEnd(9)}  ${words}`);
  };
  for await (const finding of examine(tools)) tell(finding);
  if (failed > 0) throw new CommandError(`${failed} of the checks above failed.`);
}

async function* examine(tools: Tools): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
    yield { subject: "settings", well: true, words: "can be used" };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) yield { subject: "settings", well: false, words: problem };
    return;
  }
  const folder = await examineFolder(config);
  yield folder;
  if (folder.well) yield await examineDisk(tools, config);
  yield await examinePort(config);
  yield* examineDatabase(tools, config);
}

async function examineFolder({ dataDir }: Config): Promise<Finding> {
  const subject = "folder";
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    return { subject, well: true, words: `${dataDir} can be written` };
  } catch {
    return { subject, well: false, words: `${dataDir} cannot be written. Change its rights, or set DATA_DIR.` };
  }
}

async function examineDisk(tools: Tools, { dataDir }: Config): Promise<Finding> {
  const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  const free = await tools.freeBytes(dataDir);
  return free >= freeBytesMin
    ? { subject: "disk", well: true, words: `${gigabytes(free)} are free` }
    : {
        subject: "disk",
        well: false,
        words: `only ${gigabytes(free)} are free. Make room: a database without room stops.`,
      };
}

async function examinePort({ host, port }: Config): Promise<Finding> {
  const subject = "port";
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (error === undefined) return { subject, well: true, words: `${host}:${port} is free` };
  if (error.code === "EADDRINUSE") {
    const ours = await fetch(`http://${host}:${port}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    return ours
      ? { subject, well: true, words: `a server answers at ${host}:${port}` }
      : { subject, well: false, words: `${host}:${port} is taken by another program. Stop it, or set PORT.` };
  }
  return { subject, well: false, words: `${host}:${port} cannot be used (${error.code}). Set HOST or PORT.` };
}

async function* examineDatabase(tools: Tools, config: Config): AsyncGenerator<Finding> {
  let database: OpenDatabase;
  try {
    database = await tools.openDatabase(config, "command");
  } catch (error) {
    yield { subject: "database", well: false, words: error instanceof Error ? error.message : String(error) };
    return;
  }
  try {
    const { version, versionNumber, nowMs } = await database.inspect();
    yield versionNumber >= databaseVersionMin
      ? { subject: "database", well: true, words: `${database.name} answers, PostgreSQL ${version}` }
      : {
          subject: "database",
          well: false,
          words: `${database.name} is PostgreSQL ${version}. Counterfoil needs 15 or newer.`,
        };
    const pending = await database.migrate({ dryRun: true });
    yield {
      subject: "schema",
      well: true,
      words:
        pending.length === 0
          ? "is up to date"
          : `lacks ${pending.join(", ")}. The next start applies it, or "counterfoil migrate" now.`,
    };
    yield examineClock(nowMs);
  } catch (error) {
    yield { subject: "database", well: false, words: error instanceof Error ? error.message : String(error) };
  } finally {
    await database.close();
  }
}

function examineClock(databaseMs: number): Finding {
  const subject = "clock";
  const ourMs = Date.now();
  if (ourMs < earliestMs) {
    return { subject, well: false, words: `shows ${new Date(ourMs).toISOString()}. Set it, by NTP for instance.` };
  }
  const difference = Math.abs(ourMs - databaseMs);
  return difference <= clockDifferenceMaxMs
    ? { subject, well: true, words: `shows ${new Date(ourMs).toISOString()}, as the database's does` }
    : {
        subject,
        well: false,
        words: `differs from the database's by ${(difference / 1000).toFixed(1)} s. Set both, by NTP for instance.`,
      };
}
