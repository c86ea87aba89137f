import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { ezpertClient } from "../support/ezpert.ts";
import { keepLog } from "../support/log.ts";
import { startTestSmtp } from "../support/smtp.ts";

const from = { name: "Counterfoil", address: "noreply@example.com" };

async function openVendor(context: TestContext, smtpUrl?: string) {
  const kept = keepLog();
  const { app, url } = await startTestApp(context, { demo: true, log: kept.log });
  const outboxDir = await mkdtemp(join(tmpdir(), "counterfoil-outbox-"));
  context.after(() => rm(outboxDir, { recursive: true, force: true }));
  app.startJobs({ smtpUrl, from, outboxDir });
  return { ask: ezpertClient(url), outboxDir, kept };
}

const keysIn = (text: string) => [...text.matchAll(/[A-Z0-9]{4}(?:-[A-Z0-9]{4}){5}/g)].map(([key]) => key);

test("created licences are mailed to their client, all in one message, and once for one Idempotency-Key", async (context) => {
  const smtp = await startTestSmtp(context);
  const { ask, kept } = await openVendor(context, smtp.url);
  const fields = { client_id: "luigi@example.com", client_name: "Luigi <&>", licenses: "3" };
  const headers = { "idempotency-key": "order-1" };
  const created = await ask("create", fields, { headers });
  const again = await ask("create", fields, { headers });
  assert.equal(again.text, created.text);
  const keys = keysIn(created.text);
  assert.equal(keys.length, 3);
  const mail = await eventually("the mail has come", async () => smtp.taken[0]);
  assert.deepEqual(mail.envelope, { from: from.address, to: ["luigi@example.com"] });
  assert.equal(mail.subject, "Your 3 licences: EZP5");
  assert.ok(mail.text?.startsWith("Hello Luigi <&>,"), mail.text);
  assert.ok(mail.html?.includes("Hello Luigi &lt;&amp;&gt;,"), mail.html);
  assert.deepEqual(keysIn(mail.text ?? ""), keys);
  assert.deepEqual(keysIn(mail.html ?? ""), keys);
  await ask("create", { client_id: "second@example.com" });
  await eventually("the next mail has come", async () => smtp.taken[1]);
  assert.equal(smtp.taken.length, 2, "the repeated request has sent none");
  for (const key of keys) assert.ok(!kept.text().includes(key), "no key is in the log");
});

test("without a mail server the licences lie in the outbox, and a refused request mails nothing", async (context) => {
  const { ask, outboxDir } = await openVendor(context);
  await ask("create", { client_id: "no address" });
  await ask("create", { client_id: "ada@example.com" });
  const files = await eventually("the mail is written", async () => {
    const names = (await readdir(outboxDir)).filter((name) => name.endsWith(".eml"));
    return names.length > 0 ? names : undefined;
  });
  assert.equal(files.length, 1);
});
