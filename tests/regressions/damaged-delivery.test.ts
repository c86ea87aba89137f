/*
 * The fault: a delivery whose file was cut short or changed on the disk was sent as if it were whole, under its old
 * ETag, until its time was over, and could not be requested anew.
 *
 * The guarantee: a file of another length than what was built is never sent, and one with another sum is found by the
 * sweeps, which read all of them in turn. The delivery is ended as one without a file is, so that it can be requested
 * again.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { job } from "../../src/access/principals.ts";
import { checkOffered } from "../../src/content/check-offered.ts";
import { sweepStore } from "../../src/content/retention.ts";
import { executorFor } from "../../src/engine/executor.ts";
import { startTestApp } from "../support/app.ts";
import { addChart, addEdition, requestDelivery, sellChart } from "../support/charts.ts";
import { resultOf, successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";

const minuteMs = 60_000;

async function openShop(t: TestContext) {
  const { app, dataDir, url, advance } = await startTestApp(t);
  const { engine, queries, administration, files, storeIdentity: identity, downloads } = app;
  await addChart(app);
  await addEdition(app, writeTree(makeTemporaryFolder(t), { "a.oesenc": new Uint8Array(100_000) }));
  app.startJobs({ smtpUrl: undefined, from: { name: "", address: "shop@example.com" }, outboxDir: join(dataDir, "o") });
  const { log, lines } = keepLog();
  let offsetMs = 0;
  return {
    app,
    lines,
    sell: (system: string) => sellChart(app, { system, order: system.toUpperCase() }),
    pass(ms: number): void {
      offsetMs += ms;
      advance(ms);
    },
    async build(sold: Awaited<ReturnType<typeof sellChart>>) {
      const { id } = successOf(await requestDelivery(app, sold)).delivery;
      const deliveryOf = async () => (await queries.deliveries.byId(1, id))?.delivery;
      const built = await eventually("the delivery is built", async () => (await deliveryOf())?.built ?? undefined);
      const { expires, signature } = downloads.link(1, id, built.expiresAtMs);
      return {
        path: join(dataDir, "files/deliveries", `1-${id}.zip`),
        built,
        fetch: () => fetch(`${url}/shop/download/${id}/${expires}/${signature}/${built.fileName}`),
        hasEnded: async () => (await deliveryOf())?.endedAtMs !== null,
      };
    },
    sweep: {
      queries,
      administration,
      execute: executorFor(job, engine),
      files,
      identity,
      clock: () => Date.now() + offsetMs,
      log,
      signal: new AbortController().signal,
      checkedUpTo: { organizationId: 0, deliveryId: 0 },
    },
  };
}

test("a delivery that was cut short is not sent, and can be requested and fetched anew", async (t) => {
  const { app, sell, build, pass } = await openShop(t);
  const sold = await sell("mylaptop");
  for (const length of [50_000, 0]) {
    const { path, fetch, hasEnded } = await build(sold);
    truncateSync(path, length);
    pass(minuteMs + 1);
    const answer = await fetch();
    assert.equal(answer.status, 410);
    assert.equal(answer.headers.get("etag"), null);
    assert.equal(await hasEnded(), true);
  }
  const { fetch, built } = await build(sold);
  const answer = await fetch();
  const whole = Buffer.from(await answer.arrayBuffer());
  assert.equal(answer.status, 200);
  assert.equal(createHash("sha256").update(whole).digest("hex"), built.sha256);
  assert.equal(resultOf(await requestDelivery(app, sold)), "already_delivered");
});

test("a delivery of the right length with other bytes is ended by the next sweep, and a whole one is not", async (t) => {
  const { sell, build, pass, sweep, lines } = await openShop(t);
  const [damaged, whole, lost] = [
    await build(await sell("damaged")),
    await build(await sell("whole")),
    await build(await sell("lost")),
  ];
  const bytes = readFileSync(damaged.path);
  bytes[70_000] = 1;
  writeFileSync(damaged.path, bytes);
  rmSync(lost.path);
  await sweepStore(sweep);
  assert.deepEqual(await Promise.all([damaged, whole, lost].map(({ hasEnded }) => hasEnded())), [false, false, false]);
  pass(minuteMs + 1);
  await sweepStore(sweep);
  assert.deepEqual(await Promise.all([damaged, whole, lost].map(({ hasEnded }) => hasEnded())), [true, false, true]);
  assert.equal((await whole.fetch()).status, 200);
  const told = lines("the file of a delivery is damaged, and the delivery is ended");
  assert.deepEqual(
    told.map(({ level, found }) => ({ level, found })),
    [
      { level: 40, found: `${bytes.length} of ${bytes.length} bytes` },
      { level: 40, found: "no file" },
    ],
  );
});

test("a sweep reads a part of all deliveries, and the next one goes on where it ended", async (t) => {
  const { app, sell, build, pass, sweep } = await openShop(t);
  for (const system of ["one", "two", "three"]) await build(await sell(system));
  pass(minuteMs + 1);
  const read: string[] = [];
  const files: typeof app.files = {
    ...app.files,
    sumDelivery(name, signal) {
      read.push(name);
      return app.files.sumDelivery(name, signal);
    },
  };
  const state = { ...sweep, files };
  for (const [bytesMax, names] of [
    [1, ["1-1"]],
    [150_000, ["1-2", "1-3"]],
    [1, ["1-1"]],
  ] as const) {
    read.length = 0;
    await checkOffered(state, bytesMax);
    assert.deepEqual(read, names);
  }
});
