/** What a list tells: states, slots, editions, names of systems, links; and that it arrives whole. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { addChart, carryOut } from "../../../tests/support/charts.ts";
import { addCustomer, openPlugin, type Plugin, readAsPlugin, sellTo, skipper } from "../../../tests/support/ocharts.ts";
import { defaultOrganizationId } from "../../core/host.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A shop with one chart and one customer who has bought it; editions and builds are only told of. */
async function openShop(t: TestContext, { publicUrl }: { publicUrl?: string } = {}) {
  const app = await startTestApp(t, publicUrl === undefined ? {} : { publicUrl });
  const customerId = await addCustomer(app);
  await addChart(app.app);
  await addEdition(app, "2017-1", Date.UTC(2017, 0, 15));
  return { app, customerId };
}

function addEdition({ app }: TestApp, name: string, publishedAtMs: number, productId = 15) {
  const key = createHash("md5").update(`${productId} ${name}`).digest("hex");
  const content = { key, files: 1, bytes: 1, sha256: "0".repeat(64) };
  return carryOut(app, { verb: "add_edition", productId, name, publishedAtMs, content });
}

/** The delivery that is being prepared is there now. */
async function finishDelivery({ app }: TestApp, deliveryId: number, expiresAtMs: number, code = "GBLAQPDMG-15-1") {
  const built = { fileName: "set.zip", bytes: 1_500_000, sha1: "a".repeat(40), sha256: "b".repeat(64), expiresAtMs };
  await carryOut(app, { verb: "finish_delivery", deliveryId, code, built, mailTask: "mail_delivery" });
}

async function statesOf(plugin: Plugin): Promise<readonly (string | undefined)[]> {
  return (await plugin.getlist()).charts.map(({ state }) => state);
}

test("a slot is unassigned, requestable, processing and then to download, until its file has had its time", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  assert.deepEqual(await statesOf(plugin), ["unassigned", "unassigned"]);
  await plugin.xfpr();
  await plugin.assign({ slot: "1" });
  assert.deepEqual(await statesOf(plugin), ["unassigned", "requestable"]);
  await plugin.request({ slot: "1" });
  assert.deepEqual(await statesOf(plugin), ["unassigned", "processing"]);
  await finishDelivery(app, 1, Date.now() + 7 * dayMs);
  const [, ready] = (await plugin.getlist()).charts;
  assert.equal(ready?.state, "download");
  assert.equal(ready?.size, "1.5 MB");
  assert.equal(ready?.sha1, "a".repeat(40));
  assert.equal(ready?.sha256, "b".repeat(64));
  assert.equal(ready?.lastRequested, "2017-1");
  app.advance(7 * dayMs + 1_000);
  assert.deepEqual(await statesOf(plugin), ["unassigned", "requestable"], "its file has had its time");
  assert.equal((await plugin.request({ slot: "1" })).charts[1]?.state, "processing", "and is prepared anew");
});

test("a delivery that ended early can be requested again", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  await plugin.xfpr();
  await plugin.assign();
  await plugin.request();
  await carryOut(app.app, { verb: "end_delivery", deliveryId: 1, code: "GBLAQPDMG-15-1" });
  assert.deepEqual(await statesOf(plugin), ["requestable", "unassigned"]);
  assert.equal((await plugin.request()).result, "1");
});

test("a newer edition makes a slot requestable, be the older one prepared or on its way", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  await plugin.xfpr();
  await plugin.assign();
  await plugin.request();
  await addEdition(app, "2017-2", Date.UTC(2017, 3, 1));
  const [chart] = (await plugin.getlist()).charts;
  assert.equal(chart?.state, "requestable", "the plugin asks for nothing else but what is requestable");
  assert.equal(chart?.chartEdition, "2017-2");
  assert.equal(chart?.chartPublication, "2017-04-01");
  assert.equal(chart?.lastRequested, "2017-1");
  const [again] = (await plugin.request()).charts;
  assert.equal(again?.state, "processing");
  assert.equal(again?.lastRequested, "2017-2");
});

test("once an order has expired every slot of it has, and the others go on", async (t) => {
  const { app } = await openShop(t);
  const nowMs = Date.now();
  await sellTo(app, skipper, { expiresAtMs: nowMs + dayMs });
  await sellTo(app, skipper, { quantityId: 2, issuedAtMs: Date.UTC(2017, 4, 18), expiresAtMs: nowMs + 3 * dayMs });
  const plugin = await openPlugin(app);
  await plugin.xfpr();
  await plugin.assign();
  await plugin.request();
  await finishDelivery(app, 1, nowMs + 7 * dayMs);
  assert.deepEqual(await statesOf(plugin), ["download", "unassigned", "unassigned", "unassigned"]);
  app.advance(dayMs + 60_000);
  const { charts } = await plugin.getlist();
  assert.deepEqual(
    charts.map(({ quantityId, slot, state }) => [quantityId, slot, state]),
    [
      ["1", "0", "expired"],
      ["1", "1", "expired"],
      ["2", "0", "unassigned"],
      ["2", "1", "unassigned"],
    ],
  );
  assert.equal(charts[2]?.purchase, "2017-05-18");
  assert.equal(charts[2]?.expiration, new Date(nowMs + 3 * dayMs).toISOString().slice(0, 10));
  assert.equal((await plugin.request({ slot: "0" })).code, "16");
});

test("a product's own end counts as that of its orders, and one that has not begun is not listed", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  const endsAtMs = Date.now() + dayMs;
  await carryOut(app.app, { verb: "change_product", productId: 15, terms: { endsAtMs } });
  assert.equal((await plugin.getlist()).charts[0]?.expiration, new Date(endsAtMs).toISOString().slice(0, 10));
  app.advance(2 * dayMs);
  assert.deepEqual(await statesOf(plugin), ["expired", "expired"]);
  const startsAtMs = Date.now() + 30 * dayMs;
  await carryOut(app.app, { verb: "change_product", productId: 15, terms: { startsAtMs, endsAtMs: null } });
  assert.deepEqual((await plugin.getlist()).charts, []);
  await plugin.xfpr();
  assert.equal((await plugin.assign()).code, "26");
});

test("a chart of which there is no edition yet is listed with every element, and cannot be assigned or requested", async (t) => {
  const { app } = await openShop(t);
  await addChart(app.app, { id: 16, name: "Baltic Sea" });
  await sellTo(app, skipper, { productId: 16 });
  await sellTo(app);
  const plugin = await openPlugin(app);
  const { charts } = await plugin.getlist();
  assert.deepEqual(
    charts.map(({ chartid, chartEdition }) => [chartid, chartEdition]),
    [
      ["16", "-"],
      ["16", "-"],
      ["15", "2017-1"],
      ["15", "2017-1"],
    ],
  );
  await plugin.xfpr();
  for (const act of [plugin.assign, plugin.request]) {
    assert.equal((await act({ chartid: "16" })).result, "14:615:There is no edition of this chart yet.");
  }
  assert.equal((await plugin.getlist()).charts[0]?.assignedSystemName, undefined, "nothing is taken for good");
});

test("the answer to an assignment or a request is the whole list, with the names of all systems", async (t) => {
  const { app, customerId } = await openShop(t);
  await sellTo(app);
  const laptop = await openPlugin(app);
  const desktop = await openPlugin(app, { systemName: "mydesktop" });
  await laptop.xfpr();
  await desktop.xfpr();
  await desktop.xfpr("sgl0001A2B3", { dongle: "0001A2B3" });
  await carryOut(app.app, {
    verb: "change_device",
    customerId,
    device: systemNamed("mydesktop"),
    change: "disable",
  });
  for (const reply of [await laptop.assign(), await laptop.request(), await laptop.getlist()]) {
    assert.equal(reply.result, "1");
    assert.deepEqual(
      reply.charts.map(({ slot, assignedSystemName }) => [slot, assignedSystemName]),
      [
        ["0", "mylaptop"],
        ["1", undefined],
      ],
    );
    assert.deepEqual(reply.systemNames, ["mylaptop", "sgl0001A2B3"]);
    assert.deepEqual(reply.disabledSystemNames, ["mydesktop"]);
  }
});

test("what a customer has, other than charts that were ordered, is no chart", async (t) => {
  const { app } = await openShop(t);
  const terms = { name: "EZP5", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  const { product } = await carryOut(app.app, { verb: "create_product", kind: "license", slots: 2, terms });
  await sellTo(app, skipper, { productId: product.id });
  await carryOut(app.app, { verb: "issue", productId: 15, holder: skipper, code: "98765" });
  const plugin = await openPlugin(app);
  assert.deepEqual((await plugin.getlist()).charts, []);
  await plugin.xfpr();
  assert.equal((await plugin.assign({ chartid: String(product.id) })).code, "26");
});

test("of two systems that take the last free slot at once one gets it, and the other is told that it is taken", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugins = await Promise.all(
    ["mylaptop", "mydesktop", "mytablet"].map((systemName) => openPlugin(app, { systemName })),
  );
  for (const plugin of plugins) await plugin.xfpr();
  const [first, ...others] = plugins;
  await first?.assign({ slot: "0" });
  const replies = await Promise.all(others.map((plugin) => plugin.assign({ slot: "1" })));
  assert.deepEqual(replies.map(({ code }) => code).toSorted(), ["1", "17"]);
});

test("twenty requests of one slot at once are one build", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  await plugin.xfpr();
  await plugin.assign();
  const replies = await Promise.all(Array.from({ length: 20 }, () => plugin.request()));
  assert.deepEqual(replies.map(({ code }) => code).toSorted(), ["1", ...Array<string>(19).fill("19")]);
  const client = new pg.Client(app.database.address);
  await client.connect();
  const { rowCount } = await client.query("select from delivery");
  await client.end();
  assert.equal(rowCount, 1);
});

test("a link lasts as long as is set, and never longer than what it leads to", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const plugin = await openPlugin(app);
  await plugin.xfpr();
  await plugin.assign();
  await plugin.request();
  const keptUntilMs = Date.now() + 30 * hourMs;
  await finishDelivery(app, 1, keptUntilMs);
  const untilSeconds = async () => {
    const [chart] = (await plugin.getlist()).charts;
    return Number(new URL(chart?.link ?? "").pathname.split("/")[4]);
  };
  const about = (seconds: number, expectedMs: number) =>
    assert.ok(Math.abs(seconds - expectedMs / 1000) < 60, `${seconds}`);
  about(await untilSeconds(), Date.now() + 24 * hourMs);
  await app.app.administration.putSetting(defaultOrganizationId, "ocharts.linkHours", "2");
  plugin.host = "other.example.com";
  about(await untilSeconds(), Date.now() + 2 * hourMs);
  app.advance(29 * hourMs);
  assert.equal(await untilSeconds(), Math.floor(keptUntilMs / 1000));
});

test("links begin with the host that the client named, unless the server has a public address", async (t) => {
  const linkOf = async (app: TestApp, host: string) => {
    await sellTo(app);
    const plugin = await openPlugin(app);
    await plugin.xfpr();
    await plugin.assign();
    await plugin.request();
    await finishDelivery(app, 1, Date.now() + dayMs);
    plugin.host = host;
    return (await plugin.getlist()).charts[0]?.link ?? "";
  };
  const plain = await openShop(t);
  assert.match(
    await linkOf(plain.app, "shop.example.com:8080"),
    /^http:\/\/shop\.example\.com:8080\/shop\/download\/1\//,
  );
  const broken = await openShop(t);
  const local = new URL(broken.app.url).host;
  assert.ok((await linkOf(broken.app, "evil.example.com/x?a=1&b=<c>")).startsWith(`http://${local}/shop/download/1/`));
  const named = await openShop(t, { publicUrl: "https://charts.example.com/here" });
  const link = await linkOf(named.app, "shop.example.com");
  assert.ok(link.startsWith("https://charts.example.com/here/shop/download/1/"), link);
});

test("lists that are asked for together have each the links of the host that was named", async (t) => {
  const { app } = await openShop(t);
  await sellTo(app);
  const first = await openPlugin(app);
  await first.xfpr();
  await first.assign();
  await first.request();
  await finishDelivery(app, 1, Date.now() + dayMs);
  const hosts = Array.from({ length: 20 }, (_, index) => `host${index % 2}.example.com`);
  const { key = "" } = await first.login();
  const plugins = await Promise.all(hosts.map(() => openPlugin(app, { key })));
  await Promise.all(
    plugins.map(async (plugin, index) => {
      plugin.host = hosts[index] ?? "";
      const [chart] = (await plugin.getlist()).charts;
      assert.equal(new URL(chart?.link ?? "").host, plugin.host);
    }),
  );
});

test("400 charts with accents in their names arrive whole at a client that reads in small pieces", async (t) => {
  const { app } = await openShop(t);
  const ids = Array.from({ length: 400 }, (_, index) => 1_000 + index);
  const nameOf = (id: number) => `Îles Éparses — Ærø & Øresund №${id} 海図 🌊`;
  await Promise.all(
    ids.map(async (id) => {
      await addChart(app.app, { id, name: nameOf(id) });
      await sellTo(app, skipper, { productId: id, order: `ORDER${id}` });
    }),
  );
  const plugin = await openPlugin(app);
  await plugin.getlist();
  const bytes = Buffer.from(plugin.last?.text ?? "");
  for (const pieceBytes of [1, 7, 1_000, 16_384]) {
    const { result, charts } = readAsPlugin(bytes, pieceBytes);
    assert.equal(result, "1");
    assert.equal(charts.length, 800);
    const names = new Map(charts.map(({ chartid = "", chartName = "" }) => [Number(chartid), chartName]));
    for (const id of ids) assert.equal(names.get(id), nameOf(id));
  }
});

test("the reading client of these tests does lose what is not written for it", () => {
  const chart = (name: string) => `<chart><chartName>${name}</chartName></chart>`;
  const answer = (charts: string) =>
    Buffer.from(`<?xml version="1.0"?><response><result>1</result>${charts}</response>`);
  const many = answer(Array.from({ length: 100 }, (_, index) => chart(`Ærø ${index}`)).join(""));
  assert.ok(readAsPlugin(many, 64).charts.length < 100, "pieces that part a character are dropped");
  assert.equal(readAsPlugin(answer(chart("?a=1&b=2"))).charts[0]?.chartName, "?a=1b=2");
  assert.equal(readAsPlugin(answer(chart("first") + chart(""))).charts[1]?.chartName, "first");
  assert.throws(() => readAsPlugin(answer("<systemName></systemName>")), /crashes/);
});
