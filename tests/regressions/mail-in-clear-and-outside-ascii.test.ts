/*
 * The faults: mail without a login, which holds pins and licences, left in clear when the server or somebody on the way
 * offered no TLS; and addresses outside ASCII were named as raw bytes to mail servers that do not know them.
 *
 * The guarantee: mail to another machine goes through TLS unless SMTP_URL says otherwise, and never with a password. An
 * address outside ASCII is named only to a server that offers SMTPUTF8 (RFC 6531).
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createMailer } from "../../src/mail/mailer.ts";
import { startTestSmtp } from "../support/smtp.ts";

const from = { name: "", address: "shop@example.com" };
const message = { name: "sale-1", occurredAtMs: 0, subject: "Cards", text: "Cards", html: "<p>Cards</p>" };

function open(t: TestContext, smtpUrl: string) {
  const mailer = createMailer({ smtpUrl, from, outboxDir: "/nonexistent" });
  t.after(() => mailer.close());
  return mailer;
}

/** The same server under an address that is not known to be this machine's own. */
const elsewhere = (url: string) => url.replace("127.0.0.1", "0.0.0.0");

const offersNoTls = {
  name: "JobFailure",
  message:
    "the mail server offers no TLS that can be used (ETLS); where the way to it is safe without, SMTP_URL may end in ?requireTLS=false if it has no password",
};

test("mail does not leave in clear for another machine, unless SMTP_URL says so", async (t) => {
  const smtp = await startTestSmtp(t);
  const to = "buyer@example.com";
  await assert.rejects(open(t, elsewhere(smtp.url)).send({ ...message, to }), offersNoTls);
  await assert.rejects(open(t, elsewhere(smtp.url)).check(), offersNoTls);
  await assert.rejects(open(t, `${elsewhere(smtp.url)}?requireTLS=true`).send({ ...message, to }), offersNoTls);
  assert.equal(smtp.asked, 0);
  await open(t, `${elsewhere(smtp.url)}?requireTLS=false`).send({ ...message, to });
  await open(t, `${elsewhere(smtp.url)}?ignoreTLS=true`).send({ ...message, to });
  await open(t, smtp.url).send({ ...message, to });
  assert.equal(smtp.taken.length, 3);
});

test("a password never leaves in clear for another machine, whatever SMTP_URL says", async (t) => {
  const smtp = await startTestSmtp(t, { login: { user: "shop", password: "secret" } });
  for (const option of ["requireTLS=false", "ignoreTLS=true"]) {
    const mailer = open(t, `${elsewhere(smtp.url)}?${option}`);
    await assert.rejects(mailer.send({ ...message, to: "buyer@example.com" }), offersNoTls);
  }
  assert.equal(smtp.asked, 0);
});

test("an address outside ASCII is not named to a server that does not offer SMTPUTF8", async (t) => {
  const plain = await startTestSmtp(t, { utf8: false });
  const mailer = open(t, plain.url);
  await assert.rejects(mailer.send({ ...message, to: "jörg@example.com" }), {
    name: "JobFailure",
    message: "the mail server takes no addresses outside ASCII: it does not offer SMTPUTF8",
  });
  assert.equal(plain.asked, 0);
  // The same connection takes others, and a domain has a form in ASCII, which the server of the test decodes.
  await mailer.send({ ...message, to: "ada@example.com" });
  await mailer.send({ ...message, to: "ada@bücher.example" });
  assert.deepEqual(
    plain.taken.map(({ envelope }) => envelope.to),
    [["ada@example.com"], ["ada@bücher.example"]],
  );

  const modern = await startTestSmtp(t);
  await open(t, modern.url).send({ ...message, to: "jörg@bücher.example" });
  assert.deepEqual(modern.taken[0]?.envelope.to, ["jörg@bücher.example"]);
});
