/** The plugin at a new machine, from the first login to the chart set on its disk, byte for byte as it speaks. */

import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { openChartDisk } from "../../../tests/support/chart-disk.ts";
import { addChart, addEdition, carryOut } from "../../../tests/support/charts.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../../../tests/support/folders.ts";
import {
  addCustomer,
  openPlugin,
  type Plugin,
  type PluginChart,
  pluginBytes,
  sellTo,
} from "../../../tests/support/ocharts.ts";
import { openConnection } from "../../../tests/support/raw-connection.ts";
import { filesInZip } from "../../../tests/support/zip-files.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";

const files = {
  "GB100001.oesenc": "cell one",
  "GB200014.oesenc": "cell two",
  "Chartinfo.txt": "UserKey:none\r\nChartInfo:British Isles 2017;2017-2;2017-04-01\r\n",
};

test("a plugin logs in, lists, names its machine, installs a chart, and then is up to date", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  await addChart(app.app);
  await addEdition(app.app, writeTree(makeTemporaryFolder(t), files));
  await sellTo(app);
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(app.dataDir, "outbox"),
  });

  const plugin = await openPlugin(app);
  const listed = await plugin.getlist();
  assert.equal(listed.result, "1");
  assert.deepEqual(
    listed.charts.map(({ slot, state, assignedSystemName }) => ({ slot, state, assignedSystemName })),
    ["0", "1"].map((slot) => ({ slot, state: "unassigned", assignedSystemName: undefined })),
  );
  assert.equal((await plugin.xfpr()).result, "1");

  // Installing uploads the fingerprint once more, made anew.
  assert.equal((await plugin.xfpr()).result, "1");
  const assigned = await plugin.assign();
  assert.equal(assigned.charts[0]?.state, "requestable");
  const name = assigned.charts[0]?.assignedSystemName;
  assert.equal(name, "mylaptop", "the name for the request is taken from the answer to the assignment");
  const requested = await plugin.request({}, name);
  assert.equal(requested.result, "1");
  assert.equal(requested.charts[0]?.lastRequested, "2017-2");

  const ready = await eventually("the chart set is prepared", async () => {
    const [chart] = (await plugin.getlist()).charts;
    return chart?.state === "download" ? chart : undefined;
  });
  assert.ok(Number.parseFloat(ready.size ?? "") > 0, "a size that does not begin with a number stops the download");
  assert.equal(ready.lastRequested, ready.chartEdition, "installed, the chart is up to date");

  const { status, headers, body } = await plugin.download(ready.link ?? "");
  assert.equal(status, 200);
  assert.equal(headers["content-length"], String(body.length));
  assert.equal(headers["content-encoding"], undefined);
  assert.equal(headers["transfer-encoding"], undefined);
  assert.equal(createHash("sha1").update(body).digest("hex"), ready.sha1);

  const unzipped = await filesInZip(body);
  const zipName = decodeURIComponent(new URL(ready.link ?? "").pathname.split("/").at(-1) ?? "");
  const top = `${zipName.replace(/\.zip$/, "")}/`;
  assert.equal([...unzipped.keys()][0], top, "the plugin registers the first folder of the zip");
  assert.equal(unzipped.get(`${top}GB100001.oesenc`)?.toString(), "cell one");
  assert.match(unzipped.get(`${top}Chartinfo.txt`)?.toString() ?? "", /^UserKey:.+\r\nChartInfo:British Isles 2017;/);

  const permit = unzipped.get(`${top}permit.json`) ?? Buffer.alloc(0);
  const signature = unzipped.get(`${top}permit.json.sig`) ?? Buffer.alloc(0);
  const published = await plugin.download(`${app.url}/shop/permit-key.pem`);
  assert.ok(verify(null, permit, createPublicKey(published.text), signature), "the permit is signed");
  const { system, order, edition } = JSON.parse(permit.toString());
  assert.deepEqual({ system, order, edition }, { system: "mylaptop", order: "GBLAQPDMG", edition: "2017-2" });
});

/** A shop whose charts are prepared as they are requested. */
async function openShop(t: TestContext) {
  const app = await startTestApp(t);
  const customerId = await addCustomer(app);
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(app.dataDir, "outbox"),
  });
  const publish = (productId: number, name: string, publishedAtMs: number, content: string) =>
    addEdition(app.app, writeTree(makeTemporaryFolder(t), { [`CELL${productId}.oesenc`]: content }), {
      name,
      productId,
      publishedAtMs,
    });
  return { app, customerId, publish };
}

/** The slot of a chart that a plugin's system has, once it can be downloaded. */
function ready(plugin: Plugin, systemName: string, chartid: string, quantityId = "1"): Promise<PluginChart> {
  return eventually(`${systemName} has chart ${chartid} prepared`, async () =>
    (await plugin.getlist()).charts.find(
      (chart) =>
        chart.chartid === chartid &&
        chart.quantityId === quantityId &&
        chart.assignedSystemName === systemName &&
        chart.state === "download",
    ),
  );
}

test("a plugin's whole life: two machines, charts of one title, an update, and a new machine under the old name", async (t) => {
  const { app, customerId, publish } = await openShop(t);
  const title = "Official Inland ENC of the Danube River Part";
  for (const [id, part] of [
    [50, 1],
    [51, 2],
  ] as const) {
    await addChart(app.app, { id, name: `${title} ${part}` });
    await publish(id, "2018-1", Date.UTC(2018, 0, 1), `cell of part ${part}`);
  }
  const places = [
    { chartid: "50", order: "GBLAQPDMG", quantityId: "1" },
    { chartid: "50", order: "GBLAQPDMG", quantityId: "2" },
    { chartid: "51", order: "GBLAQPDMG", quantityId: "1" },
  ];
  for (const { chartid, quantityId } of places) {
    await sellTo(app, undefined, { productId: Number(chartid), quantityId: Number(quantityId) });
  }

  // The laptop, as it is unpacked: nobody knows it, and it gets a name and every chart.
  const laptop = await openPlugin(app, { systemName: "MyLaptop" });
  assert.equal((await laptop.identifySystem()).code, "9");
  assert.equal((await laptop.xfpr()).result, "1");
  assert.deepEqual((await laptop.identifySystem()).systemNames, ["MyLaptop"]);
  const disk = openChartDisk();
  for (const place of places) {
    assert.equal((await laptop.xfpr()).result, "1", "as before every assignment, made anew");
    const assigned = await laptop.assign(place);
    const own = assigned.charts.find(
      ({ chartid, quantityId, slot }) => chartid === place.chartid && quantityId === place.quantityId && slot === "0",
    );
    assert.equal(own?.assignedSystemName, "MyLaptop", "as it was typed, since the plugin looks for exactly that");
    assert.equal((await laptop.request(place, own.assignedSystemName)).result, "1");
    await disk.install(laptop, await ready(laptop, "MyLaptop", place.chartid, place.quantityId));
  }
  assert.equal(new Set(disk.folders.values()).size, 3, "each unit has a folder of its own");

  // A second machine has the other slot, and installs on a disk of its own.
  const tablet = await openPlugin(app, { systemName: "tablet" });
  assert.equal(
    (await tablet.xfpr("mylaptop")).result,
    "9:610:This system already exists but fingerprint does not match.",
  );
  assert.equal((await tablet.xfpr()).result, "1");
  const second = { ...places[0], slot: "1" };
  assert.equal((await tablet.assign({ ...places[0], slot: "0" })).code, "17");
  assert.equal((await tablet.assign(second)).result, "1");
  assert.equal((await tablet.request(second)).result, "1");
  const tabletDisk = openChartDisk();
  await tabletDisk.install(tablet, await ready(tablet, "tablet", "50"));
  assert.equal(tabletDisk.files.size, 4);

  // An update of one unit removes its own folder, and no other's.
  await publish(50, "2018-2", Date.UTC(2018, 5, 1), "cell of part 1, corrected");
  const old = (await laptop.getlist()).charts.find(({ chartid, slot }) => chartid === "50" && slot === "0");
  assert.deepEqual([old?.state, old?.lastRequested, old?.chartEdition], ["requestable", "2018-1", "2018-2"]);
  assert.equal((await laptop.request(places[0], "MyLaptop")).result, "1");
  await disk.install(laptop, await ready(laptop, "MyLaptop", "50"));
  const cells = [...disk.files].filter(([path]) => path.endsWith(".oesenc")).map(([, content]) => content);
  assert.deepEqual(cells.toSorted(), ["cell of part 1", "cell of part 1, corrected", "cell of part 2"]);
  for (const folder of disk.folders.values()) {
    for (const file of ["Chartinfo.txt", "permit.json"])
      assert.ok(disk.files.has(`${folder}/${file}`), `${folder}/${file}`);
  }

  // The laptop is replaced. The new one is refused, takes another name, and has the old one when support has freed it.
  const link = (await laptop.getlist()).charts.find(({ state }) => state === "download")?.link ?? "";
  assert.equal((await laptop.download(link)).status, 200);
  const next = await openPlugin(app, { systemName: "newlaptop" });
  assert.equal((await next.xfpr("MyLaptop")).code, "9");
  assert.equal((await next.xfpr("newlaptop")).result, "1");
  const device = systemNamed("MyLaptop");
  await carryOut(app.app, { verb: "change_device", customerId, device, change: "release" });
  const freed = (await next.getlist()).charts.filter(({ assignedSystemName }) => assignedSystemName === "MyLaptop");
  assert.deepEqual(
    freed.map(({ state }) => state),
    ["requestable", "requestable", "requestable"],
  );
  assert.equal((await next.download(link)).status, 410);
  assert.equal((await next.request(places[0], "MyLaptop")).code, "21", "no machine has the name yet");
  assert.equal((await next.xfpr("MyLaptop")).result, "1");
  assert.deepEqual((await next.identifySystem()).systemNames, ["MyLaptop"]);
  assert.equal((await next.request(places[0], "MyLaptop")).result, "1");
  const newDisk = openChartDisk();
  await newDisk.install(next, await ready(next, "MyLaptop", "50"));
  assert.equal(newDisk.files.size, 4);
  assert.equal((await laptop.identifySystem()).code, "9", "the old machine is nobody");
});

test("one connection serves a plugin's whole conversation, whatever it says of keeping it", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  const plugin = await openPlugin(app);
  const connection = await openConnection(app.url);
  t.after(() => connection.destroy());
  for (let turn = 0; turn < 3; turn++) {
    connection.send(pluginBytes(plugin.host, plugin.bodyOf("getlist")));
    const { status, text } = await connection.answer();
    assert.equal(status, 200);
    assert.match(text, /<result>1<\/result>/);
  }
});

test("an old library that waits for 100 Continue is told to go on", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  const plugin = await openPlugin(app);
  const bytes = pluginBytes(plugin.host, plugin.bodyOf("getlist"), undefined, [
    "Content-Type: application/x-www-form-urlencoded",
    "Expect: 100-continue",
  ]);
  const headEnd = bytes.indexOf("\r\n\r\n") + 4;
  const connection = await openConnection(app.url);
  t.after(() => connection.destroy());
  connection.send(bytes.subarray(0, headEnd));
  assert.equal((await connection.answer()).status, 100);
  connection.send(bytes.subarray(headEnd));
  assert.match((await connection.answer()).text, /<result>1<\/result>/);
});
