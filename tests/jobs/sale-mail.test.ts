import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import PostalMime from "postal-mime";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { sellCards, stockCards } from "../support/cards.ts";
import { carryOut } from "../support/charts.ts";
import { eventually } from "../support/eventually.ts";
import { type KeptLog, keepLog } from "../support/log.ts";
import { startTestSmtp } from "../support/smtp.ts";

const from = { name: "Counterfoil", address: "noreply@example.com" };
const buyer = "buyer@example.com";

interface Shop extends TestApp, KeptLog {
  readonly outboxDir: string;
  readonly productId: number;
  readonly db: pg.Client;
}

/** A server with cards to sell, whose mail goes to this mail server, or else to a folder. */
async function openShop(context: TestContext, smtpUrl?: string): Promise<Shop> {
  const kept = keepLog();
  const test = await startTestApp(context, { log: kept.log });
  const outboxDir = await mkdtemp(join(tmpdir(), "counterfoil-outbox-"));
  context.after(() => rm(outboxDir, { recursive: true, force: true }));
  const db = new pg.Client(test.database.address);
  db.on("error", () => {});
  await db.connect();
  const productId = await stockCards(test.app, "Soittokortti 10 € <äö>", 20);
  test.app.startJobs({ smtpUrl, from, outboxDir });
  return { ...test, ...kept, outboxDir, productId, db };
}

async function readSaleRow(
  db: pg.Client,
  saleId: number,
): Promise<{ mailed_at: Date | null; mail_failure: string | null }> {
  const { rows } = await db.query("select mailed_at, mail_failure from sale where id = $1", [saleId]);
  return rows[0];
}

const mailed = (shop: Shop, saleId: number) =>
  eventually("the sale is marked as mailed", async () => (await readSaleRow(shop.db, saleId)).mailed_at ?? undefined);

const waitingJobs = async (db: pg.Client) => (await db.query("select * from graphile_worker.jobs")).rows;

test("sold cards are mailed to the buyer with number, pin and balance, as text and as HTML, once", async (context) => {
  const smtp = await startTestSmtp(context);
  const shop = await openShop(context, smtp.url);
  const { saleId, cards } = await sellCards(shop.app, shop.productId, 2, buyer);
  await mailed(shop, saleId);
  await eventually("the job is done", async () => (await waitingJobs(shop.db)).length === 0);
  const [mail, ...more] = smtp.taken;
  assert.ok(mail);
  assert.equal(more.length, 0);
  assert.deepEqual(mail.envelope, { from: from.address, to: [buyer] });
  assert.equal(mail.subject, "Your 2 cards: Soittokortti 10 € <äö>");
  assert.equal(cards.length, 2);
  for (const { number, pin } of cards) {
    assert.match(pin, /^\d{8}$/);
    assert.ok(mail.text?.includes(`Number   ${number}\n  PIN      ${pin}\n  Balance  10.00 EUR`), mail.text);
    assert.ok(mail.html?.includes(`>${number}<`) && mail.html.includes(`>${pin}<`), mail.html);
  }
  assert.ok(mail.text?.includes("Soittokortti 10 € <äö>"));
  assert.ok(mail.html?.includes("Soittokortti 10 € &lt;äö&gt;"), "values are escaped in HTML");
});

test("a sale without an address queues no mail", async (context) => {
  const shop = await openShop(context);
  await sellCards(shop.app, shop.productId, 1, null);
  assert.deepEqual(await waitingJobs(shop.db), []);
});

test("without a mail server the mail lies in the outbox", async (context) => {
  const shop = await openShop(context);
  const { saleId, cards } = await sellCards(shop.app, shop.productId, 1, buyer);
  await mailed(shop, saleId);
  const [name, ...more] = await readdir(shop.outboxDir);
  assert.match(name ?? "", /\.eml$/);
  assert.equal(more.length, 0);
  const mail = await PostalMime.parse(await readFile(join(shop.outboxDir, name ?? "")));
  assert.deepEqual(mail.to, [{ name: "", address: buyer }]);
  assert.equal(mail.subject, "Your card: Soittokortti 10 € <äö>");
  assert.ok(mail.text?.includes(cards[0]?.pin ?? "no pin"));
});

test("nobody is mailed a card that was taken back meanwhile", async (context) => {
  const smtp = await startTestSmtp(context);
  smtp.refuse({ code: 451, words: "4.7.1 not now" });
  const shop = await openShop(context, smtp.url);
  const { saleId, cards } = await sellCards(shop.app, shop.productId, 1, buyer);
  await eventually(
    "the first attempt has failed",
    async () => (await waitingJobs(shop.db))[0]?.last_error ?? undefined,
  );
  const { productId } = shop;
  for (const { number } of cards) await carryOut(shop.app, { verb: "void_sale", productId, number, description: "" });
  smtp.refuse(undefined);
  await shop.db.query("update graphile_worker._private_jobs set run_at = now()");
  await eventually("the job is done", async () => (await waitingJobs(shop.db)).length === 0);
  assert.equal(smtp.taken.length, 0);
  assert.equal((await readSaleRow(shop.db, saleId)).mailed_at, null);
});

test("a refused mail leaves the sale as it is, is told in the log, and is sent once the server takes it", async (context) => {
  const smtp = await startTestSmtp(context);
  smtp.refuse({ code: 451, words: `4.7.1 not now for ${buyer}` });
  const shop = await openShop(context, smtp.url);
  const { saleId } = await sellCards(shop.app, shop.productId, 1, buyer);
  const job = await eventually("the first attempt has failed", async () => {
    const [row] = await waitingJobs(shop.db);
    return row?.last_error === null ? undefined : row;
  });
  assert.equal(smtp.taken.length, 0);
  const reason = "the mail server answered 451 4.7.1 to DATA";
  assert.equal(job.last_error, reason);
  assert.deepEqual(await readSaleRow(shop.db, saleId), { mailed_at: null, mail_failure: reason });
  assert.equal(shop.lines("a job failed and will be tried again")[0]?.reason, reason);
  const card = await shop.db.query("select count(*)::int as sold from entitlement where not in_stock");
  assert.equal(card.rows[0].sold, 1);

  // The pause is real: the next attempt lies ahead. It is cut short here.
  assert.ok(job.run_at.getTime() > job.updated_at.getTime() + 2_000, "there is a pause before the next attempt");
  smtp.refuse(undefined);
  await shop.db.query("update graphile_worker._private_jobs set run_at = now()");
  await mailed(shop, saleId);
  assert.deepEqual((await readSaleRow(shop.db, saleId)).mail_failure, null);
  assert.equal(smtp.taken.length, 1);
});

test("attempts go on with growing pauses for three days and a little, and then the job is given up", async (context) => {
  const smtp = await startTestSmtp(context);
  smtp.refuse({ code: 451, words: "not now" });
  const shop = await openShop(context, smtp.url);
  await sellCards(shop.app, shop.productId, 1, buyer);
  const pausesMs: number[] = [];
  const job = await eventually("the job is given up", async () => {
    const [row] = await waitingJobs(shop.db);
    if (row === undefined || row.locked_at !== null || row.attempts !== pausesMs.length + 1) return undefined;
    pausesMs.push(row.run_at.getTime() - row.updated_at.getTime());
    if (row.attempts === row.max_attempts) return row;
    await shop.db.query("update graphile_worker._private_jobs set run_at = now()");
    await shop.db.query("select pg_notify('jobs:insert', '{\"count\":1}')");
    return undefined;
  });
  const untilLastMs = pausesMs.slice(0, -1).reduce((sum, pauseMs) => sum + pauseMs, 0);
  const threeDaysMs = 3 * 24 * 60 * 60 * 1000;
  assert.ok(untilLastMs >= threeDaysMs && untilLastMs < threeDaysMs * 1.2, `${untilLastMs} ms to the last attempt`);
  const slackMs = 5_000;
  for (const [index, pauseMs] of pausesMs.entries()) {
    const before = pausesMs[index - 1] ?? 0;
    assert.ok(pauseMs >= before - slackMs, `pause ${index} is ${pauseMs} ms after one of ${before} ms`);
  }
  assert.equal(smtp.asked, job.max_attempts);
  assert.equal(shop.lines("a job failed and is given up").length, 1);
});

test("the organization's own sender and templates are used, from the next mail on", async (context) => {
  const smtp = await startTestSmtp(context);
  const shop = await openShop(context, smtp.url);
  const { administration } = shop.app;
  const set = (name: string, value: string) => administration.putSetting(defaultOrganizationId, name, value);
  await set("mail.from", "Kioski <kioski@example.org>");
  await set("mail.subject", "Kiitos!\n{{ cards.size }} x {{ product.name }}");
  await set("mail.text", "{% for card in cards %}{{ card.number }}/{{ card.pin }}/{{ card.balance }}{% endfor %}");
  await set("mail.html", "<h1>{{ product.name }}</h1>");
  const { saleId, cards } = await sellCards(shop.app, shop.productId, 1, buyer);
  await mailed(shop, saleId);
  const [mail] = smtp.taken;
  assert.deepEqual(mail?.from, { name: "Kioski", address: "kioski@example.org" });
  assert.equal(mail?.subject, "Kiitos! 1 x Soittokortti 10 € <äö>");
  assert.equal(mail?.text?.trim(), `${cards[0]?.number}/${cards[0]?.pin}/10.00`);
  assert.equal(mail?.html?.trim(), "<h1>Soittokortti 10 € &lt;äö&gt;</h1>");
});

test("a broken template is replaced by the default one, and the log names it", async (context) => {
  const smtp = await startTestSmtp(context);
  const shop = await openShop(context, smtp.url);
  await shop.app.administration.putSetting(defaultOrganizationId, "mail.text", "{% for card in cards %}{{ card.pni }}");
  await shop.app.administration.putSetting(defaultOrganizationId, "mail.html", "{{ nothing.like.this }}");
  const { saleId, cards } = await sellCards(shop.app, shop.productId, 1, buyer);
  await mailed(shop, saleId);
  assert.ok(smtp.taken[0]?.text?.includes(`PIN      ${cards[0]?.pin}`));
  assert.ok(smtp.taken[0]?.html?.includes(`>${cards[0]?.pin}<`));
  const told = shop.lines("a template is broken; the default one is used instead");
  assert.deepEqual(told.map(({ template }) => template).sort(), ["mail.html", "mail.text"]);
});

test("a sale to what is not a single address stands, and nothing is sent for it", async (context) => {
  const smtp = await startTestSmtp(context);
  const shop = await openShop(context, smtp.url);
  const { saleId } = await sellCards(shop.app, shop.productId, 1, `${buyer}\r\nBcc: other@example.com`);
  const noted = await eventually("the failure is noted", async () => {
    return (await readSaleRow(shop.db, saleId)).mail_failure ?? undefined;
  });
  assert.equal(noted, "the buyer's e-mail is not a single address");
  await eventually("the job is not repeated", async () => (await waitingJobs(shop.db)).length === 0);
  assert.equal(smtp.asked, 0);
  assert.equal(shop.lines("the mail of a sale can never be sent").length, 1);
});

test("pins and addresses are in no log, and pins are readable nowhere in the database", async (context) => {
  const smtp = await startTestSmtp(context);
  const shop = await openShop(context, smtp.url);
  smtp.refuse({ code: 550, words: `5.1.1 <${buyer}> unknown` });
  const refused = await sellCards(shop.app, shop.productId, 2, buyer);
  await eventually("an attempt has failed", () => shop.lines("a job failed and is given up")[0]);
  smtp.refuse(undefined);
  const taken = await sellCards(shop.app, shop.productId, 2, buyer);
  await mailed(shop, taken.saleId);

  const dump = await dumpAll(shop.db);
  assert.ok(dump.includes(buyer), "the dump holds what is to be found in it");
  assert.ok(dump.includes(refused.cards[0]?.number ?? "no number"));
  for (const { pin } of [...refused.cards, ...taken.cards]) {
    assert.equal(dump.includes(pin), false, "a pin is readable in the database");
    assert.equal(dump.includes(Buffer.from(pin).toString("hex")), false, "a pin is readable in the database as bytes");
    assert.equal(dump.includes(Buffer.from(pin).toString("base64")), false);
    assert.equal(shop.text().includes(pin), false, "a pin is in the log");
  }
  const { rows } = await shop.db.query("select payload::text as payload from graphile_worker._private_jobs");
  assert.deepEqual(
    rows.map(({ payload }) => JSON.parse(payload)),
    [{ organizationId: defaultOrganizationId, saleId: refused.saleId }],
  );
  assert.equal(shop.text().includes(buyer), false, "an address is in the log");
  assert.ok(shop.lines("the mail of a sale was sent").length > 0, "the log is that of the server");
});

/** Every row of every table, as text. */
async function dumpAll(db: pg.Client): Promise<string> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  assert.ok(tables.some(({ name }) => name === "graphile_worker._private_jobs"));
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.query<{ row: string }>(`select t::text as row from ${name} t`);
    lines.push(...rows.map(({ row }) => row));
  }
  return lines.join("\n");
}
