import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { addSampleData } from "../../../tests/support/sample.ts";
import { verifyPassword } from "../../access/password.ts";
import { terminal } from "../../access/principals.ts";
import { dayStart, formatDay, yearsLater } from "../../core/day.ts";
import type { SampleTarget } from "../../demo/sample.ts";
import { executorFor } from "../../engine/executor.ts";

const skipper = "skipper@example.com";

test("the sample data has the charts, editions and orders that its requests name", async (context) => {
  const earliestMs = Date.now();
  const testApp = await startTestApp(context);
  const { files, queries } = testApp.app;
  assert.equal(await addData(testApp), true);
  const customer = await queries.customers.byName(1, skipper);
  assert.equal(await verifyPassword("seadog", customer?.passwordHash ?? ""), true);
  assert.deepEqual(
    await queries.devices.ofCustomer(1, customer?.id ?? 0, "system"),
    [],
    "clients register their systems",
  );

  const contents = await queries.content.heldBy(1, customer?.id ?? 0, "chart");
  assert.deepEqual(
    contents.map(({ product, entitlement, edition, bindings }) => [
      [product.id, product.name, product.slots],
      entitlement.code,
      edition?.name,
      formatDay(edition?.publishedAtMs ?? 0),
      bindings.length,
    ]),
    [
      [[15, "British Isles 2017", 2], "GBLAQPDMG-15-1", "2017-2", "2017-04-01", 0],
      [[16, "Baltic Sea", 2], "GBLAQPDMG-16-1", "2017-1", "2017-01-15", 0],
      [[17, "Kattegat", 2], "KATTEGAT-17-1", "2026/1-1", "2026-02-12", 0],
    ],
  );
  const [valid, expired] = contents.map(({ entitlement }) => entitlement);
  const boughtAtMs = valid?.issuedAtMs ?? 0;
  assert.ok(boughtAtMs >= earliestMs && boughtAtMs <= Date.now());
  assert.equal(formatDay(valid?.expiresAtMs ?? 0), formatDay(yearsLater(boughtAtMs, 1)));
  assert.equal(formatDay(expired?.expiresAtMs ?? 0), formatDay(yearsLater(boughtAtMs, -1)));
  assert.ok((expired?.expiresAtMs ?? 0) < dayStart(boughtAtMs));

  const editions = await queries.content.editions(1, 15);
  assert.deepEqual(
    editions.map(({ name }) => name),
    ["2017-1", "2017-2"],
  );
  const [, current] = editions.map(({ content }) => content);
  const read = async (path: string) => (await files.readSmallFile(current?.key ?? "", path)) ?? Buffer.of();
  assert.equal(
    (await read("Chartinfo.txt")).toString(),
    "ChartInfo:British Isles 2017;2017-2;2017-04-01\noesencEULAFile:EN_terms.txt\noesencEULAShow:once\n",
  );
  assert.match((await read("EN_terms.txt")).toString(), /^British Isles 2017, 2017-2\n\nThese files are sample data\./);
  assert.equal((await read("GB100001.oesenc")).length, 4096);
  assert.equal(current?.files, 5);
});

test("charts that were broken off in the middle are completed, and nothing of them comes twice", async (context) => {
  const testApp = await startTestApp(context);
  const { engine, files, queries } = testApp.app;
  const whole = executorFor(terminal, engine);
  const breakOff = () => Promise.reject(new Error("broken off"));
  let takenIn = 0;
  const breaking: readonly Partial<SampleTarget>[] = [
    { execute: (id, command) => (command.verb === "create_customer" ? breakOff() : whole(id, command)) },
    { files: { takeIn: (folder) => (takenIn++ === 1 ? breakOff() : files.takeIn(folder)) } },
    {
      execute: (id, command) =>
        command.verb === "change_setting" && command.name === "demo.made" ? breakOff() : whole(id, command),
    },
  ];
  for (const broken of breaking) await assert.rejects(addData(testApp, broken), /broken off/);
  assert.equal(await addData(testApp), true);
  assert.equal(await addData(testApp), false);
  assert.equal((await files.listEditions()).length, 5);
  const customer = await queries.customers.byName(1, skipper);
  const codes = (await queries.content.heldBy(1, customer?.id ?? 0, "chart")).map(
    ({ entitlement }) => entitlement.code,
  );
  assert.deepEqual(codes, ["GBLAQPDMG-15-1", "GBLAQPDMG-16-1", "KATTEGAT-17-1"]);
});

function addData({ app }: TestApp, instead: Partial<SampleTarget> = {}): Promise<boolean> {
  return addSampleData(app, 1, instead);
}
