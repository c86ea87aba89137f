import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { openClient } from "../../../tests/support/oesu.ts";

test("the sample data has a chart of two small editions, which a plugin installs and updates", async (t) => {
  const { app, url, dataDir } = await startTestApp(t, { demo: true });
  app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(dataDir, "outbox"),
  });
  const client = await openClient({ url });
  await client.xfpr();
  const chart = await eventually("the packages are made", async () => {
    const made = await app.queries.packages.ofProduct(1, 17);
    return made.length === 3 ? (await client.getlist()).charts.find(({ chartId }) => chartId === "17") : undefined;
  });
  assert.deepEqual([chart.order, chart.chartName, chart.edition], ["KATTEGAT", "Kattegat", "2026/1-1"]);
  const files = await client.install("17");
  assert.deepEqual(
    files.map(({ editionResult }) => editionResult),
    ["2026/1-1"],
  );
  const [[slotUuid, set] = ["", undefined]] = client.installed;
  const installed = ["EN_terms.html", "NO100001.oesu", "NO100002.oesu", "NO100003.oesu", "NO100005.oesu"];
  assert.deepEqual([...(set?.files.keys() ?? [])].sort(), installed);
  const update = { slotUuid, requestedFile: "update", requestedVersion: "2026/1-1", currentVersion: "2026/1-0" };
  const [file, ...more] = (await client.request(update)).files;
  assert.deepEqual([file?.editionTarget, file?.editionResult, more], ["2026/1-0", "2026/1-1", []]);
});
