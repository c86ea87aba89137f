/*
 * The fault: mail and builds shared four workers, and mail went first. A mail server that took connections and said
 * nothing held them all for as long as there was mail: no chart was built, each mail used up its attempts, and the
 * server needed fourteen seconds to stop.
 *
 * The guarantee: mail that hangs stops nothing else. After a failure of the connection all mail rests, longer and
 * longer, without using up the attempts of jobs that were not begun; and a stop is quick.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { crewRest } from "../../src/jobs/crew.ts";
import { jobConnectionsMax, jobsAtOnce, startJobs } from "../../src/jobs/runner.ts";
import type { Task } from "../../src/jobs/task.ts";
import { createMailer } from "../../src/mail/mailer.ts";
import { stopGraceMs } from "../../src/mail/smtp.ts";
import { openPool } from "../../src/storage/database.ts";
import { insertJobs } from "../../src/storage/nouns/job.ts";
import { startTestApp } from "../support/app.ts";
import { sellCards, stockCards } from "../support/cards.ts";
import { addChart, addEdition, requestDelivery, sellChart } from "../support/charts.ts";
import { createTestDatabase } from "../support/database.ts";
import { successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";
import { startSilentServer, startTestSmtp } from "../support/smtp.ts";

const from = { name: "", address: "shop@example.com" };

test("while a mail server hangs a chart is built, and the server stops within the grace that a mail has", async (t) => {
  const silent = await startSilentServer(t);
  const test = await startTestApp(undefined);
  const { app } = test;
  const productId = await stockCards(app, "Card", 20);
  for (let sale = 0; sale < 20; sale++) await sellCards(app, productId, 1, "buyer@example.com");
  await addChart(app);
  await addEdition(app, writeTree(makeTemporaryFolder(t), { "a.oesenc": "a" }));
  const sold = await sellChart(app);
  app.startJobs({ smtpUrl: silent.url, from, outboxDir: "/nonexistent" });
  await eventually("all that may mail hang", () => silent.connections >= jobsAtOnce.mail);
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  await eventually(
    "the delivery is built",
    async () => (await app.queries.deliveries.byId(1, id))?.delivery.built ?? undefined,
  );
  assert.equal(silent.connections, jobsAtOnce.mail, "no mail has given up so far");
  const startedAtMs = performance.now();
  await test.stop();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < 2 * stopGraceMs, `${tookMs} ms`);
});

/** A queue of mails about these sales, on a database of its own, and a worker that sends them to a mail server. */
async function openQueue(t: TestContext, smtpUrl: string, saleIds: readonly number[]) {
  const database = await createTestDatabase();
  const pool = openPool(database.address, jobConnectionsMax);
  const kept = keepLog();
  const mailer = createMailer({ smtpUrl, from, outboxDir: "/nonexistent" });
  await insertJobs(
    pool,
    7,
    saleIds.map((saleId) => ({ task: "mail_sale", subject: { saleId } })),
  );
  const begun: number[] = [];
  const mailSale: Task<unknown, { readonly saleId: number }> = {
    name: "mail_sale",
    crew: "mail",
    run({ saleId }, { signal }) {
      begun.push(saleId);
      const text = { subject: "Cards", text: "Cards", html: "<p>Cards</p>" };
      const to = `buyer${saleId}@example.com`;
      return mailer.send({ name: `sale-${saleId}`, occurredAtMs: 0, to, ...text }, signal);
    },
  };
  const jobs = startJobs({
    pool,
    log: kept.log,
    tasks: [mailSale],
    services: {},
    rest: { minMs: 400, maxMs: 1_600 },
  });
  const client = new pg.Client(database.address);
  await client.connect();
  t.after(async () => {
    await jobs.stop();
    mailer.close();
    await pool.end();
    await client.end();
    await database.drop();
  });
  return {
    kept,
    begun,
    stop: () => jobs.stop(),
    waiting: async (): Promise<{ attempts: number; max_attempts: number; last_error: string | null }[]> =>
      (await client.query("select attempts, max_attempts, last_error from graphile_worker.jobs order by id")).rows,
  };
}

test("a mail server that is away costs no attempts, is asked less and less often, and gets everything once it is back", async (t) => {
  const gone = await startSilentServer(t);
  await gone.close();
  const saleIds = [1, 2, 3, 4, 5, 6];
  const { kept, begun, waiting } = await openQueue(t, gone.url, saleIds);
  const rests = () => kept.lines("jobs rest, since what they need is away");
  await eventually("four rests", () => rests().length >= 4);
  assert.deepEqual(
    rests()
      .slice(0, 4)
      .map(({ level, crew, restMs }) => ({ level, crew, restMs })),
    [400, 800, 1_600, 1_600].map((restMs) => ({ level: 40, crew: "mail", restMs })),
  );
  assert.ok(begun.length <= 4 * jobsAtOnce.mail, `${begun.length} attempts`);
  const waits = await waiting();
  assert.deepEqual(
    waits.map(({ attempts }) => attempts),
    saleIds.map(() => 0),
  );
  const smtp = await startTestSmtp(t, { port: gone.port });
  await eventually("all mails", () => smtp.taken.length >= saleIds.length);
  await eventually("no job is left", async () => (await waiting()).length === 0);
  assert.equal(smtp.taken.length, saleIds.length);
});

test("the first rest takes half a minute, and none takes longer than a quarter of an hour", () => {
  assert.deepEqual(crewRest, { minMs: 30_000, maxMs: 15 * 60_000 });
});

test("a message at which the connection breaks has had an attempt, so that it is not tried first for ever", async (t) => {
  const smtp = await startTestSmtp(t);
  smtp.refuse({ code: 421, words: "4.3.2 closing" });
  const { kept, waiting } = await openQueue(t, smtp.url, [1]);
  await eventually("a rest", () => kept.lines("jobs rest, since what they need is away")[0]);
  const [job] = await waiting();
  assert.ok((job?.attempts ?? 0) >= 1);
  assert.equal(job?.last_error, "the mail server answered 421 4.3.2 to DATA");
});

test("an address that there is not is given up at the first answer, a mailbox that is full is not", async (t) => {
  const smtp = await startTestSmtp(t);
  for (const [words, isGivenUp] of [
    ["5.1.1 <buyer1@example.com> unknown", true],
    ["5.1.10 null MX", true],
    ["5.2.2 mailbox full", false],
    ["5.1.8 bad sender", false],
  ] as const) {
    smtp.refuse({ code: 550, words });
    const { kept, waiting, stop } = await openQueue(t, smtp.url, [1]);
    const message = isGivenUp ? "a job failed and is given up" : "a job failed and will be tried again";
    const [line] = await eventually(words, () => (kept.lines(message).length > 0 ? kept.lines(message) : undefined));
    const [status] = words.split(" ");
    assert.equal(line?.reason, `the mail server answered 550 ${status} to DATA`);
    await stop();
    const [job] = await waiting();
    assert.equal(job?.attempts, isGivenUp ? job?.max_attempts : 1, words);
    assert.equal(job?.last_error, line?.reason);
  }
});

test("a stop while a mail server hangs in the middle of a message leaves it as if it had never been begun", async (t) => {
  const smtp = await startTestSmtp(t);
  smtp.hang();
  const { begun, waiting, stop } = await openQueue(t, smtp.url, [1]);
  await eventually("the message is sent", () => smtp.asked > 0);
  await pause(50);
  const startedAtMs = performance.now();
  await stop();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < 2 * stopGraceMs, `${tookMs} ms`);
  assert.deepEqual(begun, [1]);
  assert.deepEqual(
    (await waiting()).map(({ attempts }) => attempts),
    [0],
  );
});
