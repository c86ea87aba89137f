import { type Config, readConfig } from "../config.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import { newPassword } from "./new-password.ts";
import { CommandError, type OpenDatabase, type Services, type Tools } from "./tools.ts";

/** Signals that end the server after it has finished what is under way; the last comes when its terminal is closed. */
const endSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** A signal that follows the first more quickly is the same one: a terminal sends it to npm too, which passes it on. */
const secondSignalAfterMs = 500;

/** `counterfoil serve`: brings the database up to date and serves until it is told to end. */
export async function serve(tools: Tools): Promise<void> {
  const config = readConfig(tools.environment);
  await run(tools, config, async (services) => {
    await services.administration.ensureOrganization(defaultOrganizationId, "Default");
    await makeOwner(tools, services);
  });
}

/**
 * Opens everything, refuses files of another database, lets `prepare` do its part, serves, and stops cleanly at a signal. A signal that comes while it
 * still starts is obeyed as soon as it has started; a second one ends the process at once, with an error.
 */
export async function run(
  tools: Tools,
  config: Config,
  prepare: (services: Services) => Promise<void>,
  hint?: string,
): Promise<void> {
  let database: OpenDatabase | undefined;
  const ended = untilSignal(() => {
    // Nobody waits for its end, but it is told to: it does not outlive us for long.
    void database?.close();
    process.exit(1);
  });
  database = await tools.openDatabase(config, "serve");
  try {
    await database.migrate();
    const services = await tools.openServices(config, database);
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

/** Makes the owner's account at the first start, and tells its password this once. */
async function makeOwner(tools: Tools, { administration }: Services): Promise<void> {
  if ((await administration.listOperators(defaultOrganizationId)).length > 0) return;
  const { password, passwordHash } = await newPassword();
  const owner = { login: "owner", passwordHash, role: "owner" } as const;
  if (!(await administration.putFirstOperator(defaultOrganizationId, owner))) return;
  tools.print(
    `This is the first start. The owner's account:\n  login     owner\n  password  ${password}\nIt is not shown again; "counterfoil operator password owner" sets a new one.`,
  );
}
