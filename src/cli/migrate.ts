import { readConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

/** The options of `counterfoil migrate`. */
interface MigrateOptions {
  readonly dryRun?: boolean;
  /** Whether a database may be made where there is none. */
  readonly create?: boolean;
}

/**
 * `counterfoil migrate`: brings the database to this version's schema, or with `dryRun` lists the missing migrations.
 */
export async function migrate(tools: Tools, { dryRun = false, create = false }: MigrateOptions): Promise<void> {
  const config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
  const database = await tools.openDatabase(config, create && !dryRun ? "create" : "command");
  try {
    const names = await database.migrate({ dryRun, create });
    if (names.length === 0) tools.print(`${database.name} is up to date.`);
    for (const name of names) tools.print(dryRun ? `would apply ${name}` : `applied ${name}`);
  } finally {
    await database.close();
  }
}
