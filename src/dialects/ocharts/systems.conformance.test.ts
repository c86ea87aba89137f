/** Names of machines: the four cases of the specification, dongles, and who is told what. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { startTestApp } from "../../../tests/support/app.ts";
import { carryOut } from "../../../tests/support/charts.ts";
import { addCustomer, openPlugin, skipper } from "../../../tests/support/ocharts.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";

async function openShop(t: TestContext) {
  const app = await startTestApp(t);
  const customerId = await addCustomer(app);
  const plugin = await openPlugin(app);
  return { app, customerId, plugin };
}

const another = "9:610:This system already exists but fingerprint does not match.";
const knownAs = (name: string) => `9:612:There is already a system for this machine: ${name}`;

test("a new name and a new machine are a new system; the same again, made anew, changes nothing", async (t) => {
  const { plugin } = await openShop(t);
  assert.equal((await plugin.xfpr("mylaptop")).result, "1");
  assert.equal((await plugin.xfpr("mylaptop")).result, "1");
  assert.deepEqual((await plugin.getlist()).systemNames, ["mylaptop"]);
});

test("a known name of another machine is refused, and a known machine under another name told its own", async (t) => {
  const { plugin } = await openShop(t);
  await plugin.xfpr("mylaptop");
  assert.equal((await plugin.xfpr("mylaptop", { uuid: "another machine" })).result, another);
  assert.equal((await plugin.xfpr("mydesktop")).result, knownAs("mylaptop"));
  assert.deepEqual((await plugin.getlist()).systemNames, ["mylaptop"]);
});

test("the sample of the specification is accepted, in either case of its digits", async (t) => {
  const { plugin } = await openShop(t);
  const hex =
    "0D616C7C7C157C080A1704565A545A02570A1A02535001180B5001581A0C520D09185A045658530409525C0C01041716093F0D7C6E7D187D0404150172777B0C7E74701B180B3B087D746C70151973040C16080101000D0C020C06011B1A063F";
  const upload = (xfpr: string) =>
    plugin.send(plugin.bodyOf("xfpr", { systemName: "myandroid", xfpr, xfprName: "oc03R_1495855975.fpr" }));
  assert.equal((await upload(hex)).result, "1");
  assert.equal((await upload(hex.toLowerCase())).result, "1");
  const machine = { os: "android", uuid: "5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991", hardwareHash: "4CCB9FAE" } as const;
  assert.deepEqual((await plugin.identifySystem(machine)).systemNames, ["myandroid"], "the same machine a year later");
});

test("two customers may have the same machine and the same names, and learn nothing of each other", async (t) => {
  const { app, plugin } = await openShop(t);
  await addCustomer(app, "second@example.com", "other");
  const second = await openPlugin(app, { username: "second@example.com", password: "other" });
  assert.equal((await plugin.xfpr("mylaptop")).result, "1");
  assert.equal((await second.identifySystem()).result, "9:614:System name not found");
  assert.equal((await second.xfpr("mydesktop")).result, "1", "the same machine under another name");
  assert.equal((await second.xfpr("mylaptop", { uuid: "another machine" })).result, "1");
  assert.deepEqual((await second.getlist()).systemNames, ["mydesktop", "mylaptop"]);
  assert.deepEqual((await plugin.getlist()).systemNames, ["mylaptop"]);
});

test("a machine is told its name, and of a disabled one that it is disabled", async (t) => {
  const { app, customerId, plugin } = await openShop(t);
  assert.equal((await plugin.identifySystem()).result, "9:614:System name not found");
  await plugin.xfpr();
  const found = await plugin.identifySystem();
  assert.equal(found.result, "1");
  assert.deepEqual(found.systemNames, ["mylaptop"]);
  const device = systemNamed("mylaptop");
  await carryOut(app.app, { verb: "change_device", customerId, device, change: "disable" });
  assert.equal((await plugin.identifySystem()).code, "11");
  assert.equal((await plugin.xfpr()).code, "11");
  await carryOut(app.app, { verb: "change_device", customerId, device, change: "enable" });
  assert.equal((await plugin.xfpr()).result, "1");
});

test("a name that was freed from its machine is the next machine's, and the old machine is nobody", async (t) => {
  const { app, customerId, plugin } = await openShop(t);
  await plugin.xfpr();
  const device = systemNamed("mylaptop");
  await carryOut(app.app, { verb: "change_device", customerId, device, change: "release" });
  assert.equal((await plugin.identifySystem()).result, "9:614:System name not found");
  assert.equal((await plugin.xfpr("mylaptop", { uuid: "the next machine" })).result, "1");
  assert.equal((await plugin.xfpr("mylaptop")).result, another);
});

test("a dongle has the name of its serial, and what tells no serial may have any", async (t) => {
  const { plugin } = await openShop(t);
  assert.equal((await plugin.xfpr("sgl0001A2B3", { dongle: "0001A2B3" })).result, "1");
  assert.equal((await plugin.xfpr("sgl0001A2B4", { dongle: "0001A2B5" })).code, "21");
  assert.equal((await plugin.xfpr("mydongle", { dongle: "0001A2B5" })).code, "21");
  assert.equal((await plugin.xfpr("sgl0001A2B6", { uuid: "says it in another way" })).result, "1");
});

test("many machines that register at once are each one system, and one machine under many names is one", async (t) => {
  const { plugin } = await openShop(t);
  const names = Array.from({ length: 20 }, (_, index) => `machine${index}`);
  const each = await Promise.all(names.map((name) => plugin.xfpr(name, { uuid: name })));
  assert.deepEqual(new Set(each.map(({ result }) => result)), new Set(["1"]));
  const one = await Promise.all(names.map((_name, index) => plugin.xfpr(`other${index}`, { uuid: "one machine" })));
  const results = one.map(({ result }) => result);
  assert.equal(results.filter((result) => result === "1").length, 1);
  const winner = (await plugin.getlist()).systemNames.find((name) => name.startsWith("other")) ?? "";
  assert.deepEqual(new Set(results), new Set(["1", knownAs(winner)]));
});

test("nothing of what a fingerprint tells is in the database", async (t) => {
  const { app, plugin } = await openShop(t);
  const machine = {
    uuid: "5bcab7b3-7bd8-3e4a",
    mac: "00:00:5e:00:53:01",
    serial: " C02XK0AAJG5H",
    hardwareHash: "4CCB9FAE",
  };
  await plugin.xfpr("mylaptop", machine);
  const client = new pg.Client(app.database.address);
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
  );
  let everything = "";
  for (const { name } of tables) {
    const { rows } = await client.query(`select t::text as line from ${name} t`);
    everything += rows.map(({ line }) => line).join("\n");
  }
  await client.end();
  assert.ok(everything.includes("mylaptop") && everything.includes(skipper), "the scan reads something");
  for (const text of Object.values(machine)) {
    assert.ok(!everything.includes(text.trim()), text);
    assert.ok(!everything.includes(Buffer.from(text.trim()).toString("hex")), text);
  }
});
