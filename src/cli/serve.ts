import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { terminal } from "../access/principals.ts";
import { type Config, readConfig } from "../config.ts";
import { defaultOrganizationId } from "../core/host.ts";
import { executorFor } from "../engine/executor.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type OpenDatabase, type Services, type Tools } from "./tools.ts";

/** Signals that end the server after the work under way; the last one comes when its terminal is closed. */
const endSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** An earlier second signal is a copy of the first: a terminal also sends it to npm, which passes it on. */
const secondSignalAfterMs = 500;

/** `counterfoil serve`: brings the database up to date and serves until it is told to end. */
export async function serve(tools: Tools): Promise<void> {
  const config = readConfig(tools.environment);
  await run(tools, config, async (services) => {
    await services.administration.ensureOrganization(defaultOrganizationId, "Default");
    await makeOwner(tools, config, services);
    if (config.publicUrl !== undefined && config.trustedProxies.length === 0) {
      tools.print(
        "PUBLIC_URL is set, and TRUST_PROXY is not: behind a proxy all clients count as one address, so that the wrong attempts of one keep the others waiting.",
      );
    }
    for (const { adviseAtStart } of tools.dialects) {
      const advice = await adviseAtStart?.(services.queries, defaultOrganizationId);
      if (advice !== undefined) tools.print(advice);
    }
  });
}

/**
 * Opens everything, refuses files of another database, calls `prepare`, serves, and stops cleanly at a signal. A signal
 * during the start counts as soon as the server has started. A second signal ends the process at once, with an error.
 */
export async function run(
  tools: Tools,
  config: Config,
  prepare: (services: Services) => Promise<void>,
  hint?: string,
): Promise<void> {
  let database: OpenDatabase | undefined;
  const ended = untilSignal(() => {
    // Nobody waits for the database, but it is told to end and does not outlive this process for long.
    void database?.close();
    process.exit(1);
  });
  database = await tools.openDatabase(config, "serve");
  try {
    await database.migrate({ create: true });
    const services = await tools.openServer(config, database);
    try {
      const problem = await services.storeIdentity.claim();
      if (problem !== undefined) throw new CommandError(problem);
      await prepare(services);
      const url = await services.listen();
      tools.print(`Counterfoil serves on ${url}${hint === undefined ? "" : `\n${hint.replaceAll("URL", url)}`}`);
      await ended;
      tools.print("Counterfoil finishes what is under way and stops.");
    } finally {
      await services.close();
    }
  } finally {
    await database.close();
  }
}

/** Resolves at the first signal to end; at the second it calls `onSecond`. */
function untilSignal(onSecond: () => void): Promise<void> {
  const ended = Promise.withResolvers<void>();
  let firstAtMs: number | undefined;
  for (const signal of endSignals) {
    process.on(signal, () => {
      firstAtMs ??= performance.now();
      ended.resolve();
      if (performance.now() - firstAtMs >= secondSignalAfterMs) onSecond();
    });
  }
  return ended.promise;
}

/** The file with the owner's first password, if the output goes to no terminal. */
const passwordFile = "owner.password";

/**
 * Makes the owner's account at the first start. The password is shown once at a terminal, or written to a file: the
 * output of a service goes into a journal that many accounts may read.
 */
async function makeOwner(tools: Tools, { dataDir }: Config, { engine, queries }: Services): Promise<void> {
  if ((await queries.operators.all(defaultOrganizationId)).length > 0) return;
  const { password, passwordHash } = await newPassword();
  const owner = { verb: "create_operator", login: "owner", passwordHash, role: "owner", isFirst: true } as const;
  if (!(await executorFor(terminal, engine)(defaultOrganizationId, owner)).ok) return;
  const renewal = '"counterfoil operator password owner" sets a new one.';
  if (tools.isAttended) {
    tools.print(
      `This is the first start. The owner's account:\n  login     owner\n  password  ${password}\nIt is not shown again; ${renewal}`,
    );
    return;
  }
  const path = join(dataDir, passwordFile);
  const isWritten = await writePassword(path, password);
  tools.print(
    isWritten
      ? `This is the first start. The password of the account "owner" is in ${path}: read it, and remove the file.`
      : `This is the first start. The password of the account "owner" could not be written to ${path}: ${renewal}`,
  );
}

async function writePassword(path: string, password: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    // A file of an earlier database is useless, and may have any mode.
    await rm(path, { force: true });
    await writeFile(path, `${password}\n`, { mode: 0o600, flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
