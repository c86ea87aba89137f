import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatDay } from "../../src/core/day.ts";
import { startTestApp } from "../support/app.ts";
import { makeTemporaryFolder } from "../support/folders.ts";
import { openTerminal } from "../support/terminal.ts";

test("the day of a chart publisher, by commands alone", async (t) => {
  const terminal = openTerminal(await startTestApp(t));
  const { run, refused } = terminal;
  const folder = join(await makeTemporaryFolder(t), "edition");
  mkdirSync(folder);
  writeFileSync(join(folder, "GB100001.oesenc"), "cells");
  await run("customer", "add", "skipper@example.com");
  await run("chart", "add", "British Isles", "--id", "15");
  const ofChart = ["--product", "15"];
  await run("edition", "add", folder, ...ofChart, "--edition", "2026-1", "--published", "2026-04-01");
  const current = async () => (await run("chart", "list"))[0];

  // A scheduled edition waits for its day, and a bad one is withdrawn.
  await run("edition", "add", folder, ...ofChart, "--edition", "2199-1", "--published", "2199-01-01", "--scheduled");
  assert.equal(await current(), "15  British Isles  2 slots  edition 2026-1 of 2026-04-01  0 sold");
  assert.deepEqual(await run("edition", "schedule", "2199-1", "2026-05-01", ...ofChart), [
    "2199-1 is given from 2026-05-01T00:00:00.000Z on. The current edition is 2199-1.",
  ]);
  assert.deepEqual(await run("edition", "withdraw", "2199-1", ...ofChart), [
    "2199-1 is withdrawn. The current edition is 2026-1.",
  ]);
  assert.match((await run("edition", "list", ...ofChart)).join("\n"), /2199-1.*withdrawn$/m);
  await run("edition", "restore", "2199-1", ...ofChart);
  assert.equal(await current(), "15  British Isles  2 slots  edition 2199-1 of 2026-05-01  0 sold");

  // An order is renewed, and gets a third slot.
  const unit = [...ofChart, "--quantity-id", "1"];
  const customer = ["--customer", "skipper@example.com"];
  await run("order", "add", "GBLAQPDMG", ...customer, ...ofChart, "--bought", "2027-02-28", "--expires", "2028-02-29");
  assert.deepEqual(await run("order", "renew", "GBLAQPDMG", ...unit, "--for", "1y"), [
    "GBLAQPDMG-15-1 is valid until 2029-02-28.",
  ]);
  assert.deepEqual(await run("order", "renew", "GBLAQPDMG", ...unit, "--until", "2030-12-31"), [
    "GBLAQPDMG-15-1 is valid until 2030-12-31.",
  ]);
  assert.deepEqual(await run("order", "slots", "GBLAQPDMG", ...unit, "--slots", "3"), ["GBLAQPDMG-15-1 has 3 slots."]);
  assert.equal((await run("order", "list", ...customer)).filter((line) => line.endsWith("free")).length, 3);
  assert.equal(
    await refused("order", "move", "GBLAQPDMG", ...unit, "--from", "boat", "--to", "shore"),
    'The customer has no system shore. "counterfoil system list" shows all.',
  );

  // What expired counts from today on.
  await run("order", "add", "GBLOLD", ...customer, ...ofChart, "--bought", "2017-01-01", "--expires", "2018-01-01");
  const [renewed = ""] = await run("order", "renew", "GBLOLD", ...unit, "--for", "30d");
  assert.equal(renewed, `GBLOLD-15-1 is valid until ${formatDay(Date.now() + 30 * 24 * 60 * 60 * 1000)}.`);

  // The chart is sold no more and delivered on; then it is retired by mistake, and that is taken back.
  await run("chart", "close", "15", "--no-renewal");
  assert.match(await refused("order", "add", "GBLNEW", ...customer, ...ofChart), /closed for sale/);
  assert.match(await refused("order", "renew", "GBLOLD", ...unit, "--for", "1y"), /closed for sale, and for renewals/);
  await run("chart", "reopen", "15");
  assert.match(await refused("chart", "retire", "15"), /to the holders of 2 that are sold.*Nothing was changed/);
  await run("chart", "retire", "15", "--yes");
  assert.match(await refused("order", "add", "GBLNEW", ...customer, ...ofChart), /retired/);
  assert.deepEqual(await run("chart", "restore", "15"), ["British Isles is sold and delivered."]);
  await run("order", "add", "GBLNEW", ...customer, ...ofChart);
});

test("the day of a software vendor, by commands alone", async (t) => {
  const { run, refused } = openTerminal(await startTestApp(t));
  await run("license", "product", "ProApp");
  const [first = ""] = await run(
    ...["license", "add", "A1B2C-D3E4F-G5H6I", "--client", "ada@example.com", "--product", "ProApp"],
    ...["--issued", "2027-01-01", "--expires", "2028-02-29"],
  );
  const [key = ""] = first.split("  ");
  assert.deepEqual(await run("license", "renew", key, "--for", "1y"), [`${key} is valid until 2029-02-28.`]);

  const [old, other, third] = ["08-00-27-AA-BB-01", "08-00-27-AA-BB-02", "08-00-27-AA-BB-03"] as const;
  await run("license", "add", "--client", "bea@example.com", "--product", "ProApp");
  const [listed = ""] = await run("license", "list", "bea@example.com");
  const [own = ""] = listed.split("  ");
  await run("license", "attach", own, old);
  assert.match(await refused("license", "attach", own, other), /attached to another machine/);
  assert.deepEqual(await run("license", "seats", own, "2"), [`${own} is for 2 machines at once.`]);
  await run("license", "attach", own, other);
  assert.match(await refused("license", "seats", own, "1"), /Machines hold seats/);
  assert.deepEqual(await run("license", "move", own, old, third), [`${own} is attached to ${third}, ${other}.`]);
  await run("license", "detach", own, other);
  assert.deepEqual(await run("license", "seats", own, "product"), [`${own} is for 1 machine at once.`]);
  assert.equal(await refused("license", "renew", own, "--for", "1y"), "This licence is valid without end.");
  await run("license", "revoke", own);
  assert.match((await run("license", "show", own)).join("\n"), /revoked {2}/);
});
