import { type Config, readConfig } from "../config.ts";
import { openProgress, type Progress } from "./progress.ts";
import { CommandError, type OpenDatabase, type Tools } from "./tools.ts";

/** `counterfoil secret-key list`: the names of the keys that open the database, first the key that seals. */
export function showKeys(tools: Tools): Promise<void> {
  return withDatabase(tools, async (config, database) => {
    const [current, ...others] = await tools.secretKeys.check(config, database);
    if (current === undefined) throw new CommandError("There is no key yet: the first start makes it.");
    tools.print(`${current}  seals`);
    for (const id of others) tools.print(`${id}  opens what it sealed; "counterfoil secret-key reseal" retires it`);
  });
}

/**
 * `counterfoil secret-key reseal`: seals everything anew with the first key, so that the others can be removed. After
 * an interruption it continues where it stopped.
 */
export function resealSecrets(tools: Tools): Promise<void> {
  return withDatabase(tools, async (config, database) => {
    let progress: Progress | undefined;
    const { resealed, unreadable, retired } = await tools.secretKeys.reseal(config, database, {
      total: (count) => {
        progress = openProgress(tools, "values", count);
      },
      advance: (count) => progress?.advance(count),
    });
    progress?.close();
    tools.print(`${resealed} values were sealed anew.`);
    if (unreadable > 0) tools.print(`${unreadable} values cannot be opened with any key, and stay as they are.`);
    if (retired.length > 0) {
      tools.print(
        `Retired: ${retired.join(", ")}. Take them out of SECRET_KEY or secret.key, everywhere, and restart.`,
      );
    }
  });
}

/** `counterfoil secret-key forget KEY`: gives up a lost key, so that the rest can be used again. */
export function forgetKey(tools: Tools, id: string): Promise<void> {
  if (!/^[0-9a-f]{8}$/i.test(id)) {
    throw new CommandError(`"${id}" is no name of a key: it has 8 hex digits, as in the sentence that asks for it.`);
  }
  return withDatabase(tools, async (_config, database) => {
    if (!(await tools.secretKeys.forget(database, id.toLowerCase()))) {
      throw new CommandError(`The key ${id} was retired or given up already.`);
    }
    tools.print(`The key ${id} is given up. What it has sealed cannot be read any more, unless it is found again.`);
  });
}

async function withDatabase(
  tools: Tools,
  act: (config: Config, database: OpenDatabase) => Promise<void>,
): Promise<void> {
  const config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
  const database = await tools.openDatabase(config, "command");
  try {
    await database.checkSchema();
    await act(config, database);
  } finally {
    await database.close();
  }
}
