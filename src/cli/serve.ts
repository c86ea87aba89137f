import { randomBytes } from "node:crypto";
import { hashPassword } from "../access/password.ts";
import { type Config, readConfig } from "../config.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import type { OpenDatabase, Services, Tools } from "./tools.ts";

/** Signals that end the server after it has finished what is under way. */
const endSignals = ["SIGTERM", "SIGINT"] as const;

/** `counterfoil serve`: brings the database up to date and serves until it is told to end. */
export async function serve(tools: Tools): Promise<void> {
  const config = readConfig(tools.environment);
  await run(tools, config, async (services) => {
    await services.administration.ensureOrganization(defaultOrganizationId, "Default");
    await makeOwner(tools, services);
  });
}

/**
 * Opens everything, lets `prepare` do its part, serves, and stops cleanly at a signal. A signal that comes while it
 * still starts is obeyed as soon as it has started; a second one ends the process at once.
 */
export async function run(
  tools: Tools,
  config: Config,
  prepare: (services: Services) => Promise<void>,
  hint?: string,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of endSignals) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => process.exit(1));
      });
    }
  });
  const database = await tools.openDatabase(config);
  try {
    await serveUntil(ended, tools, config, database, prepare, hint);
  } finally {
    await database.close();
  }
}

async function serveUntil(
  ended: Promise<void>,
  tools: Tools,
  config: Config,
  database: OpenDatabase,
  prepare: (services: Services) => Promise<void>,
  hint: string | undefined,
): Promise<void> {
  await database.migrate();
  const services = await tools.openServices(config, database);
  try {
    await prepare(services);
    const url = await services.listen();
    tools.print(`Counterfoil serves on ${url}${hint === undefined ? "" : `\n${hint.replaceAll("URL", url)}`}`);
    await ended;
    tools.print("Counterfoil finishes what is under way and stops.");
  } finally {
    await services.close();
  }
}

/** Makes the owner's account at the first start, and tells its password this once. */
async function makeOwner(tools: Tools, { administration }: Services): Promise<void> {
  if ((await administration.listOperators(defaultOrganizationId)).length > 0) return;
  const password = randomBytes(15).toString("base64url");
  const owner = { login: "owner", passwordHash: await hashPassword(password), role: "owner" } as const;
  if (!(await administration.putFirstOperator(defaultOrganizationId, owner))) return;
  tools.print(
    `This is the first start. The owner's account:\n  login     owner\n  password  ${password}\nIt is not shown again; "counterfoil operator password owner" sets a new one.`,
  );
}
