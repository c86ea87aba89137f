/*
 * The fault: a download that broke off after ten of thirteen megabytes was logged as "status 200", like a whole one,
 * without a word of what was downloaded by whom: nobody who was asked for help could see what had happened.
 *
 * The guarantee: the line of the request tells the numbers of delivery and customer, how many bytes were sent, and
 * whether the answer was broken off; no link, name or key.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { addChart, addEdition, requestDelivery, sellChart } from "../support/charts.ts";
import { successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { keepLog } from "../support/log.ts";

test("each download is logged with delivery, customer, bytes and how it ended", async (t) => {
  const kept = keepLog();
  const { app, url } = await startTestApp(t, { log: kept.log });
  await addChart(app);
  await addEdition(app, writeTree(makeTemporaryFolder(t), { "a.oesenc": randomBytes(13_000_000) }));
  const sold = await sellChart(app);
  app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: makeTemporaryFolder(t),
  });
  const { id } = successOf(await requestDelivery(app, sold)).delivery;
  const built = await eventually("the delivery is built", async () => {
    return (await app.queries.deliveries.byId(1, id))?.delivery.built ?? undefined;
  });
  const { expires, signature } = app.downloads.link(1, id, built.expiresAtMs);
  const link = `${url}/shop/download/${id}/${expires}/${signature}/${built.fileName}`;
  const lines = () => kept.lines("request");

  await (await fetch(link)).arrayBuffer();
  await (await fetch(link, { headers: { range: "bytes=1000-1999" } })).arrayBuffer();
  await fetch(link, { method: "HEAD" });
  const request = get(link);
  const [answer] = await once(request, "response");
  await once(answer, "data");
  request.destroy();
  await eventually("four lines", () => lines().length >= 4);

  const told = lines().map(({ status, delivery, customer, bytes, broken }) => {
    return { status, delivery, customer, bytes, broken };
  });
  const about = { delivery: id, customer: sold.customerId };
  const [whole, part, head, brokenOff] = told;
  assert.deepEqual(whole, { status: 200, ...about, bytes: built.bytes, broken: undefined });
  assert.deepEqual(part, { status: 206, ...about, bytes: 1_000, broken: undefined });
  assert.deepEqual(head, { status: 200, ...about, bytes: undefined, broken: undefined });
  const { bytes, ...rest } = brokenOff ?? {};
  assert.deepEqual(rest, { status: 200, ...about, broken: true });
  assert.ok(Number(bytes) > 0 && Number(bytes) < built.bytes, `${bytes} of ${built.bytes} bytes`);
  for (const secret of [signature, built.fileName, "skipper"]) assert.ok(!kept.text().includes(secret), secret);
});
