import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Config, readConfig } from "../config.ts";
import { addDemoData } from "../demo/index.ts";
import { defaultOrganizationId } from "../engine/administration.ts";
import { run } from "./serve.ts";
import { CommandError, type Tools } from "./tools.ts";

/** What a demo leaves in its folder. Nothing else is ever removed: the folder is the caller's choice. */
const ownFiles = ["postgres", "postgres.new", "postgres.password", "secret.key", "outbox"];

const hint = `Sample data is public, names and passwords too: keep this server to yourself. To try it:
  curl URL/nokkis
  curl -X PUT URL/nokkis/2/barcode/412158754`;

/** `counterfoil demo`: serves sample data, in a folder of its own. With `fresh` it starts over. */
export async function demo(tools: Tools, { fresh = false }: { readonly fresh?: boolean }): Promise<void> {
  const config = readConfig(tools.environment, { DATA_DIR: "./data/demo", HOST: "127.0.0.1" });
  if (fresh) await startOver(tools, config);
  const prepare: Parameters<typeof run>[2] = async ({ engine, reader, administration }) => {
    await administration.ensureOrganization(defaultOrganizationId, "Demo");
    const target = { organizationId: defaultOrganizationId, engine, administration, nowMs: Date.now() };
    if (await addDemoData(target, reader)) tools.print("The sample data was made.");
  };
  await run(tools, config, prepare, hint);
}

async function startOver(tools: Tools, config: Config): Promise<void> {
  if (config.databaseUrl !== undefined) {
    throw new CommandError(
      "--fresh removes the embedded database only. Unset DATABASE_URL, or empty that database yourself.",
    );
  }
  if (await tools.isEmbeddedRunning(config)) {
    throw new CommandError(`A server runs on ${config.dataDir}. Stop it before you start over.`);
  }
  for (const name of ownFiles) await rm(join(config.dataDir, name), { recursive: true, force: true });
}
