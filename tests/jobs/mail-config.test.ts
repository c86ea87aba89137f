import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, describeConfig, readConfig } from "../../src/config.ts";

const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

test("without settings mail goes to the outbox, from a sender that says what it is", () => {
  const config = readConfig({});
  assert.equal(config.smtpUrl, undefined);
  assert.deepEqual(config.mailFrom, { name: "Counterfoil", address: "noreply@localhost" });
});

test("a mail server and a sender that can be used are taken", () => {
  const url = "smtps://shop%40example.com:p%2Fw@mail.example.com:465?tls.rejectUnauthorized=false";
  const config = readConfig({ SMTP_URL: url, MAIL_FROM: "Shop <shop@example.com>" });
  assert.equal(config.smtpUrl, url);
  assert.deepEqual(config.mailFrom, { name: "Shop", address: "shop@example.com" });
});

test("a mail server's address is never shown, for it holds a password", () => {
  const shown = describeConfig({ SMTP_URL: "smtp://shop:secret@mail.example.com" });
  assert.equal(shown.find(({ name }) => name === "SMTP_URL")?.value, "(set)");
});

test("what is no mail server or no sender stops the start with a sentence", () => {
  for (const url of ["mail.example.com", "http://mail.example.com", "smtp://", "smtp:mail.example.com"]) {
    assert.deepEqual(problemsOf({ SMTP_URL: url }), [
      "SMTP_URL is not an address like smtp://user:password@mail.example.com:587.",
    ]);
  }
  assert.match(problemsOf({ MAIL_FROM: "nobody" })[0] ?? "", /^MAIL_FROM is "nobody"; it must be like/);
});

test("options by which a mail server's address could have messages printed are refused", () => {
  for (const option of ["logger=true", "debug=true", "transactionLog=true", "host=other.example.com"]) {
    assert.match(problemsOf({ SMTP_URL: `smtp://mail.example.com?${option}` })[0] ?? "", /^SMTP_URL has the option/);
  }
});
