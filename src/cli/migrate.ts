import { readConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

/** `counterfoil migrate`: brings the database to this version's schema, or with `dryRun` says what that would apply. */
export async function migrate(tools: Tools, { dryRun = false }: { readonly dryRun?: boolean }): Promise<void> {
  const config = readConfig(tools.environment, { LOG_LEVEL: "warn" });
  const database = await tools.openDatabase(config, "command");
  try {
    const names = await database.migrate({ dryRun });
    if (names.length === 0) tools.print(`${database.name} is up to date.`);
    for (const name of names) tools.print(dryRun ? `would apply ${name}` : `applied ${name}`);
  } finally {
    await database.close();
  }
}
