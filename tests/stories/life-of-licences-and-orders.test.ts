import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatDay } from "../../src/core/day.ts";
import { startTestApp } from "../support/app.ts";
import { makeTemporaryFolder } from "../support/folders.ts";
import { openPlugin } from "../support/ocharts.ts";
import { openTerminal } from "../support/terminal.ts";

test("the day of a chart publisher, by commands alone", async (t) => {
  const app = await startTestApp(t);
  const { run, refused } = openTerminal(app);
  const folder = join(await makeTemporaryFolder(t), "edition");
  mkdirSync(folder);
  writeFileSync(join(folder, "GB100001.oesenc"), "cells");
  const added = (await run("customer", "add", "skipper@example.com")).join("\n");
  const [, password = ""] = /^password +(\S+)$/m.exec(added) ?? [];
  await run("chart", "add", "British Isles", "--id", "15");
  const ofChart = ["--product", "15"];
  await run("edition", "add", folder, ...ofChart, "--edition", "2026-1", "--published", "2026-04-01");
  const current = async () => JSON.parse((await run("chart", "show", "15", "--json"))[0] ?? "").edition;

  // A scheduled edition waits for its day, and a bad one is withdrawn.
  await run("edition", "add", folder, ...ofChart, "--edition", "2199-1", "--published", "2199-01-01", "--scheduled");
  assert.equal(await current(), "2026-1");
  assert.deepEqual(await run("edition", "schedule", "2199-1", "2026-05-01", ...ofChart), [
    "2199-1 is given from 2026-05-01T00:00:00.000Z on. The current edition is 2199-1.",
  ]);
  assert.deepEqual(await run("edition", "withdraw", "2199-1", ...ofChart), [
    "2199-1 is withdrawn. The current edition is 2026-1.",
  ]);
  assert.match((await run("edition", "list", ...ofChart)).join("\n"), /2199-1.*withdrawn/);
  await run("edition", "restore", "2199-1", ...ofChart);
  assert.equal(await current(), "2199-1");

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
  assert.equal((await run("order", "show", "GBLAQPDMG", "--json")).length, 3);
  assert.equal(
    await refused("order", "move", "GBLAQPDMG", ...unit, "--from", "boat", "--to", "shore"),
    'The customer has no system shore. "counterfoil system list" shows all.',
  );

  // The slot of a boat's old machine is moved to a new one, which had to take another name meanwhile.
  const boat = await openPlugin(app, { systemName: "boat", password });
  assert.equal((await boat.xfpr()).result, "1");
  assert.equal((await boat.assign()).result, "1");
  const next = await openPlugin(app, { systemName: "shore", password });
  assert.match((await next.xfpr("boat")).result, /^9:610:/);
  assert.equal((await next.xfpr("shore")).result, "1");
  const holders = async () =>
    (await next.getlist()).charts.map(({ assignedSystemName = "free" }) => assignedSystemName);
  assert.deepEqual(await holders(), ["boat", "free", "free"]);
  assert.deepEqual(await run("order", "move", "GBLAQPDMG", ...unit, "--from", "boat", "--to", "shore"), [
    "GBLAQPDMG-15-1 is assigned to shore. What was prepared for boat can be fetched no more.",
  ]);
  assert.deepEqual(await holders(), ["shore", "free", "free"]);
  assert.notEqual((await boat.request()).result, "1", "the old machine gets nothing more");
  assert.equal((await next.request()).result, "1");

  // The machine shall have the old name: the slot goes back, the name is released, and the machine takes it.
  await run("order", "move", "GBLAQPDMG", ...unit, "--from", "shore", "--to", "boat");
  assert.match((await next.xfpr("boat")).result, /^9:610:/, "the name is the old machine's still");
  await run("system", "release", "boat", ...customer);
  assert.equal((await next.xfpr("boat")).result, "1");
  assert.deepEqual((await next.identifySystem()).systemNames, ["boat"]);
  assert.equal((await next.request({}, "boat")).result, "1");
  const systems = (await run("system", "list", ...customer, "--json")).map((line) => JSON.parse(line));
  assert.deepEqual(
    systems.map(({ name, state, holds }) => [name, state, holds]),
    [
      ["boat", "in use", 1],
      ["shore", "released", 0],
    ],
  );
  assert.match((await boat.xfpr("boat")).result, /^9:610:/, "the old machine has lost the name");

  // What expired counts from today on.
  await run("order", "add", "GBLOLD", ...customer, ...ofChart, "--bought", "2017-01-01", "--expires", "2018-01-01");
  const [renewed = ""] = await run("order", "renew", "GBLOLD", ...unit, "--for", "30d");
  assert.equal(renewed, `GBLOLD-15-1 is valid until ${formatDay(Date.now() + 30 * 24 * 60 * 60 * 1000)}.`);

  // The chart is sold no more and delivered on; then it is retired by mistake, and that is taken back.
  await run("chart", "close", "15", "--no-renewal");
  assert.match(await refused("order", "add", "GBLNEW", ...customer, ...ofChart), /closed for sale/);
  assert.match(await refused("order", "renew", "GBLOLD", ...unit, "--for", "1y"), /closed for sale, and for renewals/);
  await run("chart", "reopen", "15");
  assert.match(
    await refused("chart", "retire", "15"),
    /: 2 in force end with it, and 1 waiting delivery\..*Nothing was changed/,
  );
  await run("chart", "retire", "15", "--yes");
  assert.match(await refused("order", "add", "GBLNEW", ...customer, ...ofChart), /retired/);
  assert.deepEqual(await run("chart", "restore", "15"), ["British Isles is sold."]);
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
