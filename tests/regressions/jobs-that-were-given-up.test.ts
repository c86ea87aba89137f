/*
 * The fault: a mail or a build that was given up was told in one line of the log and nowhere else. Nobody was alarmed,
 * and nobody could send it after all.
 *
 * The guarantee: the metrics count jobs that wait and that were given up, by task; a command lists the latter with
 * their reasons, and lets them begin anew.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { sellCards, stockCards } from "../support/cards.ts";
import { eventually } from "../support/eventually.ts";
import { startTestSmtp } from "../support/smtp.ts";
import { openTerminal } from "../support/terminal.ts";

test("jobs that were given up are counted, listed with their reasons, and begun anew by a command", async (t) => {
  const smtp = await startTestSmtp(t);
  const test = await startTestApp(t);
  const { app, url } = test;
  const terminal = openTerminal(test);
  const counts = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return [...text.matchAll(/^counterfoil_jobs\{task="mail_sale",state="(\w+)"\} (\d+)$/gm)].map(
      ([, state, count]) => [state, Number(count)] as const,
    );
  };
  const productId = await stockCards(app, "Card", 2);
  const { saleId } = await sellCards(app, productId, 1, "buyer@example.com");
  assert.deepEqual(await counts(), [
    ["waiting", 1],
    ["given_up", 0],
  ]);
  assert.deepEqual(await terminal.run("job", "list"), ["No job was given up."]);
  assert.equal(
    await terminal.refused("job", "retry", "--all"),
    'None of these was given up. See "counterfoil job list".',
  );

  smtp.refuse({ code: 550, words: "5.1.1 unknown" });
  app.startJobs({ smtpUrl: smtp.url, from: { name: "", address: "shop@example.com" }, outboxDir: "/nonexistent" });
  const [line = ""] = await eventually("the job is given up", async () => {
    const lines = await terminal.run("job", "list");
    return lines[0]?.startsWith("No job") === false ? lines : undefined;
  });
  assert.match(
    line,
    new RegExp(
      `^\\d+  \\d{4}-\\S+Z  mail_sale  ${saleId} of organization 1  the mail server answered 550 5\\.1\\.1 to DATA$`,
    ),
  );
  assert.deepEqual(await counts(), [
    ["waiting", 0],
    ["given_up", 1],
  ]);

  smtp.refuse(undefined);
  const [id = ""] = line.split(" ");
  assert.equal(await terminal.refused("job", "retry"), "Name the numbers of jobs, or say --all.");
  assert.equal(await terminal.refused("job", "retry", id, "--all"), "Name the numbers of jobs, or say --all.");
  assert.equal(
    await terminal.refused("job", "retry", "x1"),
    '"x1" is not the number of a job. See "counterfoil job list".',
  );
  assert.deepEqual(await terminal.run("job", "retry", id), ["1 job is tried again."]);
  await eventually("the mail has come", () => smtp.taken[0]);
  await eventually("no job is left", async () => (await counts()).length === 0);
});
