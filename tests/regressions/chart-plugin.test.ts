/**
 * The faults: a real chart plugin was driven through the whole life of a chart, and met the server badly at nine
 * points. Each is a test here; the life itself is in the conformance suite `client` of the dialect.
 *
 * The guarantee: a navigator with this plugin is told in words what to do, is never led to a file that is none, and
 * never loses a chart by installing another one.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CommandOf } from "../../src/core/command.ts";
import { newEntitlement } from "../../src/core/entitlement.ts";
import { zipNameOf } from "../../src/dialects/ocharts/zip-name.ts";
import { writeFingerprint } from "../../src/kinds/chart/fingerprint.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import { startTestApp } from "../support/app.ts";
import { addChart, carryOut } from "../support/charts.ts";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { addCustomer, openPlugin, sellTo } from "../support/ocharts.ts";
import { anybody } from "../support/principals.ts";
import { openTerminal } from "../support/terminal.ts";

const edition = { name: "2018-1", publishedAtMs: Date.UTC(2018, 0, 1) };
const nothing = { key: "0".repeat(32), files: 1, bytes: 1, sha256: "0".repeat(64) };

/** A customer who has bought chart 15 once, of which there is an edition. */
async function openShop(t: TestContext) {
  const app = await startTestApp(t);
  const customerId = await addCustomer(app);
  await addChart(app.app);
  await carryOut(app.app, { verb: "add_edition", productId: 15, ...edition, content: nothing });
  await sellTo(app);
  const change = (name: string, how: CommandOf<"change_device">["change"]) =>
    carryOut(app.app, { verb: "change_device", customerId, device: systemNamed(name), change: how });
  return { app, change, plugin: await openPlugin(app) };
}

test("no two units, charts or editions share the name of a zip, which is that of a folder", () => {
  const nameOf = (product: string, code: string, name: string, id: number) =>
    zipNameOf({
      product: { id: 0, kind: "chart", name: product },
      entitlement: newEntitlement({
        id,
        productId: 0,
        code,
        customer: { id: 1, name: "ann@boat.example.com", ownerId: null, displayName: "" },
        inStock: false,
        issuedAtMs: 0,
      }),
      edition: {
        id,
        productId: 0,
        addedAtMs: 0,
        availableAtMs: null,
        withdrawnAtMs: null,
        ...edition,
        name,
        content: nothing,
      },
    });
  const danube = "Official Inland ENC of the Danube River Part";
  const names = [
    nameOf(`${danube} 1`, "GBL-50-1", "2018-1", 1),
    nameOf(`${danube} 1`, "GBL-50-2", "2018-1", 2),
    nameOf(`${danube} 1`, "GBL-50-1", "2018.1", 3),
    nameOf(`${danube} 2`, "GBL-51-1", "2018-1", 4),
    nameOf("North Sea: West", "GBL-52-1", "2018-1", 5),
    nameOf("North Sea - West", "GBL-53-1", "2018-1", 6),
  ];
  assert.equal(new Set(names).size, names.length, names.join("\n"));
  assert.equal(names[0], "ann-Official-Inland-ENC-of-the-Danube-River_GBL-50-1_2018-1.zip");
});

test("the fingerprint of Android 10 and later is taken, as that of the same machine before", async (t) => {
  const { plugin } = await openShop(t);
  const upload = (prefix: string, atMs: number) => {
    const made = writeFingerprint({ os: "android", uuid: "5bcab7b3", hardwareHash: "4CCB9FAE", atMs });
    const xfprName = made.name.replace("oc03R", prefix);
    return plugin.send(plugin.bodyOf("xfpr", { systemName: "myphone", xfpr: made.hex, xfprName }));
  };
  assert.equal((await upload("oc04R", 1_700_000_000_000)).result, "1");
  assert.equal((await upload("oc03R", 1_700_000_001_000)).result, "1");
  assert.deepEqual((await plugin.getlist()).systemNames, ["myphone"]);
});

test("a system is called as it was typed, and in one spelling only", async (t) => {
  const { plugin } = await openShop(t);
  assert.equal((await plugin.xfpr("MyTablet")).result, "1");
  assert.equal((await plugin.assign({}, "MyTablet")).charts[0]?.assignedSystemName, "MyTablet");
  assert.equal((await plugin.request({}, "MyTablet")).charts[0]?.state, "processing");
  assert.equal((await plugin.xfpr("mytablet")).result, "9:612:There is already a system for this machine: MyTablet");
  assert.match((await plugin.xfpr("MYTABLET", { uuid: "another" })).result, /^9:610:/);
  assert.equal((await plugin.xfpr("SGL0001A2B3")).result, "3k");
});

test("a released system's slots can be requested from the release on, and its link opens nothing", async (t) => {
  const app = await startTestApp(t, { demo: true });
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: makeTemporaryFolder(t),
  });
  const [laptop, next] = [await openPlugin(app), await openPlugin(app, { systemName: "anothermachine" })];
  assert.equal((await laptop.xfpr()).result, "1");
  assert.equal((await laptop.assign()).result, "1");
  assert.equal((await laptop.request()).result, "1");
  const slotOf = async (state: string) => (await laptop.getlist()).charts.find((chart) => chart.state === state);
  const { link = "" } = await eventually("the chart set is prepared", () => slotOf("download"));
  await openTerminal(app).run("system", "release", "mylaptop", "--customer", "skipper@example.com");
  // The new machine lists before it uploads.
  const [listed] = (await next.getlist()).charts.filter(({ assignedSystemName }) => assignedSystemName === "mylaptop");
  assert.equal(listed?.state, "requestable");
  assert.equal((await next.download(link)).status, 410);
  assert.equal((await next.xfpr("mylaptop")).result, "1");
  assert.equal((await next.request({}, "mylaptop")).charts.find(({ state }) => state === "processing")?.slot, "0");
});

test("what the plugin would show as a number has words, but for what it has words for or acts on", async (t) => {
  const { app, change, plugin } = await openShop(t);
  const other = await openPlugin(app, { systemName: "other" });
  for (const one of [plugin, other]) assert.equal((await one.xfpr()).result, "1");
  assert.equal((await plugin.assign()).result, "1");
  assert.equal((await plugin.request()).result, "1");
  const worded = /^(\d+):[A-Z][a-z ,:]+\./;
  const told = async (code: string, reply: Promise<{ readonly result: string }>) => {
    const { result } = await reply;
    assert.match(result, worded);
    assert.equal(worded.exec(result)?.[1], code);
  };
  await told("3", plugin.assign({ slot: "x" }));
  await told("8", plugin.assign({}, "unknown"));
  await told("17", other.assign());
  await told("18", plugin.assign());
  await told("19", plugin.request());
  await told("20", other.request());
  await told("21", plugin.xfpr("sgl0001A2B3", { dongle: "0001A2B4" }));
  await told("26", plugin.assign({ order: "OTHER" }));
  await change("other", "disable");
  await told("11", other.assign({ slot: "1" }));
  assert.equal((await plugin.send(plugin.bodyOf("getlist", { key: "0".repeat(32) }))).result, "6");
  await app.app.administration.putSetting(1, "ocharts.maintenance", "on");
  plugin.host = "another.example.com";
  await told("2", plugin.getlist());
});

test("a dongle whose line says its serial in decimal is known by it, and by no other name refused", async (t) => {
  const { plugin } = await openShop(t);
  assert.equal((await plugin.xfpr("sgl0001A2B3", { dongle: "107187" })).result, "1");
  assert.equal((await plugin.xfpr("sgl0001A2B3", { dongle: "107187" })).result, "1");
  assert.match((await plugin.xfpr("sgl0001A2B3", { dongle: "107188" })).result, /^9:610:/);
  assert.match((await plugin.xfpr("sgl0001A2B4", { dongle: " " })).result, /^9:607:/);
});

test("the second place of a chart for one system is refused in words", async (t) => {
  const { app, plugin } = await openShop(t);
  await openTerminal(app).run("chart", "add", "One place", "--id", "16", "--slots", "1");
  await carryOut(app.app, { verb: "add_edition", productId: 16, ...edition, content: nothing });
  await sellTo(app, undefined, { productId: 16 });
  assert.equal((await plugin.xfpr()).result, "1");
  const { result } = await plugin.assign({ chartid: "16", slot: "1" });
  assert.match(result, /^17:.*fewer systems\.$/);
});

test("what a link that opens nothing answers has no length, so that the plugin takes it for no chart set", async (t) => {
  const { app } = await openShop(t);
  const { status, headers, text } = await exchange(app.url, "GET /shop/download/1/1/00/name.zip");
  assert.deepEqual([status, headers["content-length"], headers["transfer-encoding"]], [403, undefined, "chunked"]);
  assert.match(text, /^This download link is not one of ours/);
  for (let times = 0; times < 2; times++) {
    assert.equal((await exchange(app.url, "GET /shop/download/1/1/00/name.zip")).text, text, "as often as one asks");
  }
});

test("a chart of which there is no edition is not assigned, for good, to a system", async (t) => {
  const { app, plugin } = await openShop(t);
  await addChart(app.app, { id: 16, name: "Not drawn yet" });
  await sellTo(app, undefined, { productId: 16 });
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign({ chartid: "16" })).result, "14:615:There is no edition of this chart yet.");
  const slots = (await plugin.getlist()).charts.filter(({ chartid }) => chartid === "16");
  assert.deepEqual(
    slots.map(({ state }) => state),
    ["unassigned", "unassigned"],
  );
});

test("an edition of a day to come is refused before anything is copied; tomorrow is today somewhere", async (t) => {
  const app = await startTestApp(t);
  await addChart(app.app);
  const terminal = openTerminal(app);
  const folder = writeTree(makeTemporaryFolder(t), { "CELL.oesenc": "cell" });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const add = (published: string, name: string) =>
    ["edition", "add", folder, "--product", "15", "--edition", name, "--published", published] as const;
  for (const published of [day(2), "2071-04-01"]) {
    assert.match(
      await terminal.refused(...add(published, "typo")),
      new RegExp(`^--published ${published} is in the future`),
    );
  }
  await terminal.run(...add(day(1), "2018-2"));
  const content = { ...nothing, key: "1".repeat(32) };
  const late = {
    verb: "add_edition",
    productId: 15,
    name: "late",
    publishedAtMs: Date.UTC(2071, 3, 1),
    content,
  } as const;
  const outcome = await app.app.engine.execute({
    organizationId: 1,
    command: late,
    principal: anybody,
    address: null,
  });
  assert.deepEqual(outcome, { ok: false, refusal: "edition_invalid" });
});
