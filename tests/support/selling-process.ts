import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { startJobs } from "../../src/jobs/runner.ts";
import { openPool } from "../../src/storage/database.ts";
import { insertJobs } from "../../src/storage/nouns/job.ts";
import { sellCards, stockCards } from "./cards.ts";
import type { TestAddress } from "./database.ts";

/**
 * A process that is to be killed: it sells a card to `buyer@example.com`, gets as far as it is told to, says so in a line
 * of JSON, and waits.
 */
const { address, secretKey, until } = JSON.parse(process.argv[2] ?? "{}") as {
  address: TestAddress;
  secretKey: string;
  /** Before the commit of a job; after the commit of a sale; or in the middle of its mail. */
  until: "before_commit" | "after_commit" | "mailing";
};
const log = pino({ level: "silent" });
const pool = openPool(address, 8);
const tell = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

if (until === "before_commit") {
  const client = await pool.connect();
  await client.query("begin");
  await client.query("update organization set name = 'Changed' where id = $1", [defaultOrganizationId]);
  await insertJobs(client, defaultOrganizationId, [
    { task: "mail_sale", subject: { saleId: randomBytes(4).readUInt32BE() } },
  ]);
  tell({ ready: true });
} else {
  const app = createApp({
    database: address,
    secretKeys: [Buffer.from(secretKey, "hex")],
    filesDir: "/nonexistent",
    log,
  });
  const productId = await stockCards(app, "Card", 1);
  const sold = await sellCards(app, productId, 1, "buyer@example.com");
  if (until === "after_commit") tell(sold);
  else {
    const run = async () => {
      tell(sold);
      await pause(2 ** 31 - 1);
    };
    startJobs({ pool, log, tasks: [{ name: "mail_sale", crew: "mail", run }], services: {} });
  }
}
await pause(2 ** 31 - 1);
