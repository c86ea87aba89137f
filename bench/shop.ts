import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ownerPasswordIn, type ServerProcess, startCounterfoil } from "./server.ts";
import type { Stage } from "./stage.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const secret = "secret-of-the-bench";

/** A running server on a new data directory that sells cards over the MOR API. */
export interface Shop {
  readonly dataDir: string;
  readonly server: ServerProcess;
  readonly ownerPassword: string;
  /** Gives a command of the command line, beside the server; resolves with what it printed. */
  command(...words: readonly string[]): Promise<string>;
}

export async function openShop(stage: Stage): Promise<Shop> {
  const dataDir = join(stage.folder, "shop");
  stage.progress("shop: a new server");
  const server = await startCounterfoil(stage, dataDir);
  const ownerPassword = await ownerPasswordIn(dataDir);
  const { PATH = "" } = process.env;
  const command = async (...words: readonly string[]) => {
    const env = { PATH, DATA_DIR: dataDir, LOG_LEVEL: "silent" };
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], { env });
    return stdout;
  };
  for (const [name, value] of [
    ["mor.secret", secret],
    ["mor.api", "on"],
    ["mor.get", "on"],
  ] as const) {
    await command("setting", "set", name, value);
  }
  return { dataDir, server, ownerPassword, command };
}

/** The signature of a call with these values. */
export function signed(...values: readonly string[]): string {
  return createHash("sha1")
    .update(values.join("") + secret)
    .digest("hex");
}
