/** The plugin at a new machine, from the first login to the chart set on its disk, byte for byte as it speaks. */
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { addChart, addEdition } from "../../../tests/support/charts.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../../../tests/support/folders.ts";
import { addCustomer, openPlugin, pluginBytes, sellTo } from "../../../tests/support/ocharts.ts";
import { openConnection } from "../../../tests/support/raw-connection.ts";
import { filesInZip } from "../../../tests/support/zip-files.ts";

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
