import { createEngine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/engine/store.ts";
import { batchLimits, openPool } from "../../src/storage/database.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createStore } from "../../src/storage/store.ts";
import type { TestAddress } from "./database.ts";
import { issue, redeem } from "./engine.ts";
import { anybody } from "./principals.ts";

/**
 * A process that stops itself (SIGSTOP) in the middle of a transaction: it has locked a product and a code, and was
 * about to write. Before, it says so. When it is woken up it says what became of its commands.
 */
const { address, secretKey, organizationId, productId, code } = JSON.parse(process.argv[2] ?? "{}") as {
  address: TestAddress;
  secretKey: string;
  organizationId: number;
  productId: number;
  code: string;
};
const tell = (what: string) => process.stdout.write(`${what}\n`);
const store = createStore({
  pool: openPool(address, 2, batchLimits),
  secrets: createSecrets([Buffer.from(secretKey, "hex")]),
});
const freezing: Store = {
  transact: (organization, needs, decide) =>
    store.transact(organization, needs, (loaded) => {
      tell("frozen");
      process.kill(process.pid, "SIGSTOP");
      return decide(loaded);
    }),
};
const engine = createEngine({ store: freezing, clock: Date.now });
const from = { organizationId, principal: anybody, address: null } as const;
const outcomes = await Promise.allSettled([
  engine.execute({ ...from, command: redeem(productId, code) }),
  engine.execute({ ...from, command: issue(productId, "frozen") }),
]);
tell(`woken ${outcomes.map((outcome) => (outcome.status === "fulfilled" ? "answered" : "failed")).join()}`);
process.exit();
