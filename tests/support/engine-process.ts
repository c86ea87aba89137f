import { createEngine } from "../../src/engine/engine.ts";
import { batchLimits, openPool } from "../../src/storage/database.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createStore } from "../../src/storage/store.ts";
import type { EngineAnswer, EngineRequest, EngineSetUp } from "./engine-processes.ts";
import { anybody } from "./principals.ts";

/** A process with an engine: it carries out the commands that it is sent, and answers each with its outcome. */
const { address, secretKey, organizationId, withoutLocks } = JSON.parse(process.argv[2] ?? "{}") as EngineSetUp;
const store = createStore({
  pool: openPool(address, 8, batchLimits),
  secrets: createSecrets([Buffer.from(secretKey, "hex")]),
  withoutLocks,
});
let clockMs: number | undefined;
const engine = createEngine({ store, clock: () => clockMs ?? Date.now() });

async function answer({ id, command, atMs }: EngineRequest): Promise<EngineAnswer> {
  clockMs = atMs;
  try {
    return { id, outcome: await engine.execute({ organizationId, command, principal: anybody, address: null }) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

process.on("message", (request: EngineRequest) => {
  void answer(request).then((one) => process.send?.(one));
});
process.on("disconnect", () => process.exit());
