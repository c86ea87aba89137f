/*
 * The faults: licences were created for addresses to which the mailer never sends, or which hold control characters,
 * since the protocol and the mailer judged by two rules; and the mail said that each licence works on one machine,
 * however many its product allows.
 *
 * The guarantee: there is one rule. Who is created a licence is sent it, to the address as it was given, and is told on
 * how many machines it works. Customers who were there before keep what they have.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMailAddress } from "../../src/core/mailbox.ts";
import { createMailer } from "../../src/mail/mailer.ts";
import { startTestApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { demoProductId, errorText, ezpertClient, licensesIn } from "../support/ezpert.ts";
import { anybody } from "../support/principals.ts";
import { startTestSmtp } from "../support/smtp.ts";
import { openTerminal } from "../support/terminal.ts";

const from = { name: "", address: "shop@example.com" };

const neverMailed = [
  "ada@example..com",
  "ada@exam/ple.com",
  "ada@example!.com",
  "ada@exa+mple.com",
  "ada@example.co'm",
  "ada@-example.com",
  "ada\u200b@example.com",
  "be\u0007ll@example.com",
  "new\u0085line@example.com",
  "ada@exam\u00adple.com",
  `${"a".repeat(65)}@example.com`,
  `${"ä".repeat(33)}@example.com`,
  `ada@${"b".repeat(64)}.com`,
  `ada@${"bcd.".repeat(63)}com`,
];

const mailed = [
  "o'hara+licences@mail.example.com",
  "ada=ok#1@example.com",
  "jörg@bücher.example",
  `${"a".repeat(64)}@example.com`,
];

test("an address to which nothing can be mailed is refused in the protocol's own words, and any other is mailed", async (t) => {
  const smtp = await startTestSmtp(t);
  const { app, url } = await startTestApp(t, { demo: true });
  app.startJobs({ smtpUrl: smtp.url, from, outboxDir: "/nonexistent" });
  const ask = ezpertClient(url);
  for (const client_id of neverMailed) {
    const { text } = await ask("create", { client_id });
    const expected = errorText("A valid client_id must be provided.", "java.lang.IllegalArgumentException");
    assert.equal(text, expected, JSON.stringify(client_id));
    assert.deepEqual(licensesIn((await ask("query", { client_id })).text), []);
  }
  for (const client_id of mailed) {
    assert.equal(licensesIn((await ask("create", { client_id })).text).length, 1, client_id);
  }
  await eventually("all mails", () => smtp.taken.length >= mailed.length);
  const reached = smtp.taken.flatMap(({ envelope }) => envelope.to.map((address) => address.replaceAll('"', "")));
  assert.deepEqual(reached.sort(), mailed.toSorted());
});

test("the mailer sends to what the rule takes, and to nothing else", async (t) => {
  const smtp = await startTestSmtp(t);
  const mailer = createMailer({ smtpUrl: smtp.url, from, outboxDir: "/nonexistent" });
  t.after(() => mailer.close());
  for (const to of [...neverMailed, ...mailed, "root@localhost", "", "ada", "a@b@example.com"]) {
    const text = { subject: "Cards", text: "Cards", html: "<p>Cards</p>" };
    const isSent = await mailer.send({ name: "sale-1", occurredAtMs: 0, to, ...text }).then(
      () => true,
      () => false,
    );
    assert.equal(isSent, isMailAddress(to), JSON.stringify(to));
  }
});

test("a customer who was there under such a name keeps its licences", async (t) => {
  const { app, url } = await startTestApp(t, { demo: true });
  const ask = ezpertClient(url);
  const holder = "ada@exa+mple.com";
  const code = "AAAA-BBBB-CCCC-DDDD-EEEE-FAAA";
  const command = { verb: "issue", productId: demoProductId, holder, code } as const;
  const { ok } = await app.engine.execute({ organizationId: 1, command, principal: anybody, address: null });
  assert.ok(ok);
  const [license] = licensesIn((await ask("query", { client_id: holder })).text);
  assert.ok(license !== undefined);
  await ask("revoke", { client_id: holder, license: license.license_key });
  const [revoked] = licensesIn((await ask("query", { client_id: holder })).text);
  assert.equal(revoked?.status, "REVOKED");
});

test("the mail says on how many machines a licence works", async (t) => {
  const smtp = await startTestSmtp(t);
  const { app, url } = await startTestApp(t, { demo: true });
  app.startJobs({ smtpUrl: smtp.url, from, outboxDir: "/nonexistent" });
  const ask = ezpertClient(url);
  for (const [product, slots, words] of [
    ["ProApp", "2", "A licence works on 2 machines at a time."],
    ["OneApp", "1", "A licence works on one machine at a time."],
  ] as const) {
    await openTerminal({ app }).run("license", "product", product, "--slots", slots);
    await app.administration.putSetting(1, "ezpert.product", product);
    const created = await eventually("the setting is followed", async () => {
      const [license] = licensesIn((await ask("create", { client_id: "ada@example.com" })).text);
      return license?.product_code === product ? license : undefined;
    });
    const mail = await eventually("the mail", () => smtp.taken.find(({ text }) => text?.includes(created.license_key)));
    assert.ok(mail.text?.includes(words), mail.text);
    assert.ok(mail.html?.includes(words), mail.html);
  }
});
