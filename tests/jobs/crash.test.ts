import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { createAdministration } from "../../src/storage/administration.ts";
import { openPool } from "../../src/storage/database.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { startTestSmtp, type TestSmtp } from "../support/smtp.ts";

const script = fileURLToPath(new URL("../support/selling-process.ts", import.meta.url));

interface Scene {
  readonly address: TestAddress;
  readonly secretKey: Buffer;
  readonly db: pg.Client;
  /** What is to end before the database does. */
  readonly ends: (() => Promise<void>)[];
}

async function setScene(context: TestContext): Promise<Scene> {
  const database = await createTestDatabase();
  const secretKey = randomBytes(32);
  const pool = openPool(database.address, 1);
  const administration = createAdministration(pool, createSecrets([secretKey]));
  await administration.ensureOrganization(defaultOrganizationId, "Test");
  await pool.end();
  const db = new pg.Client(database.address);
  await db.connect();
  const ends: (() => Promise<void>)[] = [];
  context.after(async () => {
    await Promise.all(ends.map((end) => end()));
    await db.end();
    await database.drop();
  });
  return { address: database.address, secretKey, db, ends };
}

/** Lets a process get so far, kills it without a warning, and resolves with what it said. */
async function killAt(
  context: TestContext,
  until: "before_commit" | "after_commit" | "mailing",
  { address, secretKey }: Scene,
): Promise<Record<string, unknown>> {
  const task = JSON.stringify({ address, secretKey: secretKey.toString("hex"), until });
  const child = spawn(process.execPath, [script, task], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const [line] = await once(createInterface(child.stdout), "line");
  child.kill("SIGKILL");
  await once(child, "exit");
  return JSON.parse(line);
}

/** The server starts again, with a mail server that works. */
async function restart(context: TestContext, { address, secretKey, ends }: Scene): Promise<TestSmtp> {
  const smtp = await startTestSmtp(context);
  const app = createApp({
    database: address,
    secretKeys: [secretKey],
    filesDir: "/nonexistent",
    log: pino({ level: "silent" }),
  });
  app.startJobs({ smtpUrl: smtp.url, from: { name: "", address: "noreply@example.com" }, outboxDir: "/nonexistent" });
  ends.push(() => app.close());
  return smtp;
}

test("a process that dies between the commit of a sale and its mail: the next one sends it", async (context) => {
  const scene = await setScene(context);
  const { saleId, cards } = (await killAt(context, "after_commit", scene)) as {
    saleId: number;
    cards: { pin: string }[];
  };
  const smtp = await restart(context, scene);
  const mail = await eventually("the mail", () => smtp.taken[0]);
  assert.deepEqual(mail.envelope.to, ["buyer@example.com"]);
  assert.ok(mail.text?.includes(cards[0]?.pin ?? "no pin"));
  await eventually("the sale is marked as mailed", async () => {
    return (await scene.db.query("select from sale where id = $1 and mailed_at is not null", [saleId])).rowCount === 1;
  });
  assert.equal(smtp.taken.length, 1);
});

test("a process that dies while it mails: the next one takes the job up within seconds, not hours", async (context) => {
  const scene = await setScene(context);
  await killAt(context, "mailing", scene);
  const { rows } = await scene.db.query("select locked_by from graphile_worker.jobs");
  assert.match(rows[0]?.locked_by, /^counterfoil-\d+$/, "the dead process still holds the job");
  const smtp = await restart(context, scene);
  await eventually("the mail", () => smtp.taken[0]);
  await eventually("the job is done", async () => {
    return (await scene.db.query("select from graphile_worker.jobs")).rowCount === 0;
  });
  assert.equal(smtp.taken.length, 1);
});

test("a process that dies before the commit leaves neither the change nor its job", async (context) => {
  const scene = await setScene(context);
  await killAt(context, "before_commit", scene);
  // The server notices the end of the connection in its own time; the table is locked until then at most.
  const { rows } = await scene.db.query("select name from organization where id = $1", [defaultOrganizationId]);
  assert.deepEqual(rows, [{ name: "Test" }]);
  await eventually("the transaction is gone", async () => {
    const open = await scene.db.query(
      "select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
    );
    return open.rowCount === 0;
  });
  assert.equal((await scene.db.query("select from graphile_worker.jobs")).rowCount, 0);
});
