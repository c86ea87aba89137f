import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { terminal } from "../access/principals.ts";
import { type Config, readConfig } from "../config.ts";
import { defaultOrganizationId } from "../core/host.ts";
import { addDemoData } from "../demo/index.ts";
import type { SampleData } from "../demo/sample.ts";
import { executorFor } from "../engine/executor.ts";
import { run } from "./serve.ts";
import { CommandError, type Services, type Tools } from "./tools.ts";

const organizationName = "Demo";

/** This file marks the folder of a demo. Only a database beside it is ever removed. */
const markerFile = "demo.txt";
const markerText =
  'This folder holds the sample data of "counterfoil demo". "counterfoil demo --fresh" removes its database.\n';

const hint = "Sample data is public, names and passwords too: keep this server to yourself. To try it:";

/**
 * `counterfoil demo`: serves sample data, in a folder of its own. With `fresh` it starts over. It refuses a database
 * with other data: the sample data opens the gates and has public passwords.
 */
export async function demo(tools: Tools, { fresh = false }: { readonly fresh?: boolean }): Promise<void> {
  const config = readConfig(tools.environment, { DATA_DIR: "./data/demo", HOST: "127.0.0.1" });
  if (fresh) await startOver(tools, config);
  const samples = tools.dialects.flatMap(({ sample }) => sample ?? []);
  await run(
    tools,
    config,
    (services) => fill(tools, config, samples, services),
    [hint, ...samples.flatMap(({ hints }) => hints.map((line) => `  ${line}`))].join("\n"),
  );
}

async function fill(
  tools: Tools,
  config: Config,
  samples: readonly SampleData[],
  { engine, queries, administration, files }: Services,
): Promise<void> {
  const known = await queries.organizations.byId(defaultOrganizationId);
  if (known !== undefined && known.name !== organizationName) {
    throw new CommandError(
      'This database holds other data than the demo\'s, so no sample data was added. Use another DATA_DIR or DATABASE_URL, or "counterfoil serve".',
    );
  }
  if (config.databaseUrl === undefined) await writeFile(join(config.dataDir, markerFile), markerText);
  await administration.ensureOrganization(defaultOrganizationId, organizationName);
  const target = {
    organizationId: defaultOrganizationId,
    execute: executorFor(terminal, engine),
    files,
    nowMs: Date.now(),
  };
  if (await addDemoData(target, queries, samples)) tools.print("The sample data was made.");
}

async function startOver(tools: Tools, config: Config): Promise<void> {
  if (config.databaseUrl !== undefined) {
    throw new CommandError(
      "--fresh removes the embedded database only. Unset DATABASE_URL, or empty that database yourself.",
    );
  }
  if (!(await exists(config.dataDir))) return;
  if (!(await exists(join(config.dataDir, markerFile)))) {
    throw new CommandError(
      `${config.dataDir} was not made by the demo (it has no ${markerFile}), so nothing in it was removed.`,
    );
  }
  await tools.removeEmbedded(config);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
