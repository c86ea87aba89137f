import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import PostalMime from "postal-mime";
import { startTestSmtp } from "../../tests/support/smtp.ts";
import { createMailer, type MailMessage } from "./mailer.ts";

const from = { name: "Card Shop", address: "shop@example.com" };
const message: MailMessage = {
  name: "sale-1-2-1780000000000",
  occurredAtMs: Date.UTC(2026, 4, 28, 20, 26, 40),
  to: "buyer@example.com",
  subject: "Ostoksesi: 2 korttia äö €",
  text: "PIN 00123456 äö €\n",
  html: "<p>PIN <b>00123456</b> äö €</p>",
};

async function makeFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-outbox-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function openSmtpMailer(context: TestContext, smtpUrl: string) {
  const mailer = createMailer({ smtpUrl, from, outboxDir: "/nonexistent" });
  context.after(() => mailer.close());
  return mailer;
}

test("a message reaches the mail server with text, HTML, sender and recipient, in UTF-8", async (context) => {
  const smtp = await startTestSmtp(context);
  await openSmtpMailer(context, smtp.url).send(message);
  const [mail, ...more] = smtp.taken;
  assert.ok(mail);
  assert.equal(more.length, 0);
  assert.deepEqual(mail.envelope.to, ["buyer@example.com"]);
  assert.equal(mail.envelope.from, "shop@example.com");
  assert.deepEqual(mail.from, from);
  assert.deepEqual(mail.to, [{ name: "", address: "buyer@example.com" }]);
  assert.equal(mail.subject, message.subject);
  assert.equal(mail.text, message.text);
  assert.equal(mail.html?.trim(), message.html);
  assert.equal(mail.messageId, "<sale-1-2-1780000000000@example.com>");
  assert.equal(mail.headers.find(({ key }) => key === "auto-submitted")?.value, "auto-generated");
});

test("a message has its own sender when it names one, and the same Message-ID every time", async (context) => {
  const smtp = await startTestSmtp(context);
  const mailer = openSmtpMailer(context, smtp.url);
  await mailer.send({ ...message, from: { name: "", address: "cards@example.org" } });
  await mailer.send(message);
  assert.deepEqual(
    smtp.taken.map(({ envelope }) => envelope.from),
    ["cards@example.org", "shop@example.com"],
  );
  assert.equal(new Set(smtp.taken.map(({ messageId }) => messageId)).size, 1);
});

test("the name and password of the mail server's address are used, whatever characters they have", async (context) => {
  const login = { user: "shop@example.com", password: "p/w: %?#ä" };
  const smtp = await startTestSmtp(context, { login });
  const mailer = openSmtpMailer(context, smtp.url);
  await mailer.send(message);
  assert.equal(smtp.taken[0]?.login, login.user);
  assert.match(await mailer.check(), /127\.0\.0\.1:\d+ answers/);
});

test("a password is not sent in clear to another machine", async (context) => {
  const smtp = await startTestSmtp(context, { login: { user: "shop", password: "secret" } });
  // The same server under an address that is not known to be this machine's own.
  const mailer = openSmtpMailer(context, smtp.url.replace("127.0.0.1", "0.0.0.0"));
  await assert.rejects(mailer.send(message), {
    name: "JobFailure",
    message: /^the mail server offers no TLS that can be used \(ETLS\)/,
  });
  assert.equal(smtp.asked, 0);
});

test("a refusal is told by its codes, without an address or the words of the server", async (context) => {
  const smtp = await startTestSmtp(context);
  smtp.refuse({ code: 451, words: "4.7.1 buyer@example.com is greylisted, see 00123456" });
  const mailer = openSmtpMailer(context, smtp.url);
  await assert.rejects(mailer.send(message), {
    name: "JobFailure",
    message: "the mail server answered 451 4.7.1 to DATA",
  });
  smtp.refuse(undefined);
  await mailer.send(message);
  assert.equal(smtp.taken.length, 1);
});

test("a mail server that is not there is told of, also by the check", async (context) => {
  const mailer = openSmtpMailer(context, "smtp://127.0.0.1:1");
  const expected = { name: "JobFailure", message: "the mail server cannot be used (ESOCKET, ECONNREFUSED)" };
  await assert.rejects(mailer.send(message), expected);
  await assert.rejects(mailer.check(), expected);
});

const notOneAddress = [
  "",
  "buyer",
  "buyer@example.com,other@example.com",
  "buyer@example.com, other@example.com",
  "Buyer <buyer@example.com>",
  "buyer@example.com\r\nBcc: other@example.com",
  "buyer@example.com\nRCPT TO:<other@example.com>",
  "buyer@example.com>\r\nDATA",
];

test("nothing is sent to a recipient that is not a single address", async (context) => {
  const smtp = await startTestSmtp(context);
  const mailer = openSmtpMailer(context, smtp.url);
  for (const to of notOneAddress) {
    await assert.rejects(mailer.send({ ...message, to }), {
      name: "JobFailure",
      message: "the recipient is not a single e-mail address",
    });
  }
  assert.equal(smtp.asked, 0);
});

test("line breaks in subject and sender add no header", async (context) => {
  const smtp = await startTestSmtp(context);
  await openSmtpMailer(context, smtp.url).send({
    ...message,
    subject: "Cards\r\nBcc: other@example.com\n\nHello",
    from: { name: "Shop\r\nBcc: other@example.com", address: "shop@example.com" },
  });
  const [mail] = smtp.taken;
  assert.equal(mail?.subject, "Cards Bcc: other@example.com Hello");
  assert.deepEqual(mail?.envelope.to, ["buyer@example.com"]);
  assert.equal(
    mail?.headers.some(({ key }) => key === "bcc"),
    false,
  );
  assert.equal(mail?.text, message.text);
});

test("without a mail server a message becomes a file that only its owner reads", async (context) => {
  const outboxDir = join(await makeFolder(context), "outbox");
  const mailer = createMailer({ smtpUrl: undefined, from, outboxDir });
  await mailer.send(message);
  assert.deepEqual(await readdir(outboxDir), ["20260528T202640.000Z-sale-1-2-1780000000000.eml"]);
  const path = join(outboxDir, "20260528T202640.000Z-sale-1-2-1780000000000.eml");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const raw = await readFile(path);
  assert.doesNotMatch(raw.toString("latin1"), /[^\r]\n/, "lines of a message end in CR LF");
  const mail = await PostalMime.parse(raw);
  assert.deepEqual(mail.to, [{ name: "", address: "buyer@example.com" }]);
  assert.equal(mail.subject, message.subject);
  assert.equal(mail.text, message.text);
  assert.equal(mail.html?.trim(), message.html);
});

test("a message that is sent again replaces its file, and files are listed in the order of time", async (context) => {
  const outboxDir = await makeFolder(context);
  const mailer = createMailer({ smtpUrl: undefined, from, outboxDir });
  await mailer.send({ ...message, name: "sale-1-3-1", occurredAtMs: message.occurredAtMs + 1000 });
  await mailer.send(message);
  await mailer.send(message);
  assert.deepEqual((await readdir(outboxDir)).sort(), [
    "20260528T202640.000Z-sale-1-2-1780000000000.eml",
    "20260528T202641.000Z-sale-1-3-1.eml",
  ]);
});

test("an outbox that cannot be written is told of, also by the check", async (context) => {
  const file = join(await makeFolder(context), "file");
  await writeFile(file, "");
  const mailer = createMailer({ smtpUrl: undefined, from, outboxDir: join(file, "outbox") });
  await assert.rejects(mailer.send(message), {
    name: "JobFailure",
    message: "the outbox cannot be written (ENOTDIR)",
  });
  await assert.rejects(mailer.check(), { name: "JobFailure", message: /cannot be written \(ENOTDIR\)$/ });
});
