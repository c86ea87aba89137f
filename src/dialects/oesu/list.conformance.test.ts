/** The list as clients need it, assignments, and what two clients and two customers see of each other. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { addChart, carryOut } from "../../../tests/support/charts.ts";
import { addCustomer, openPlugin, sellTo } from "../../../tests/support/ocharts.ts";
import { cellText, editionTree, openClient, openOesuShop, parseAsPlugin } from "../../../tests/support/oesu.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";

const tree = editionTree({ A: cellText("a"), B: cellText("b") });

test("a chart has every element that the plugin must not miss, and a unit without systems its number alone", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await sellTo(app, undefined, { quantityId: 2, issuedAtMs: Date.UTC(2026, 1, 1), expiresAtMs: Date.UTC(2100, 1, 1) });
  await publish("2026/1-0", tree);
  const client = await openClient(app);
  assert.equal((await client.xfpr("Box1")).result, "1", "upper case is allowed");
  assert.equal((await client.assign({ quantityId: "2" }, "box1")).result, "1", "and one name in any case");
  const { charts, systemNames } = await client.getlist();
  assert.deepEqual(systemNames, ["Box1"], "kept as it was typed");
  const [chart, ...others] = charts;
  assert.deepEqual(others, [], "the units of an order are one chart");
  const uuid = chart?.units[1]?.slots[0]?.slotUuid ?? "";
  assert.deepEqual(
    { ...chart, purchase: "" },
    {
      order: "GBLAQPDMG",
      purchase: "",
      expiration: "9999-12-31",
      expired: "0",
      thumbLink: "",
      edition: "2026/1-0",
      editionDate: "2026-01-16",
      chartName: "British Isles 2017",
      maxSlots: 2,
      chartId: "15",
      chartType: "oeuSENC",
      units: [
        { quantityId: 1, slots: [] },
        { quantityId: 2, slots: [{ slotUuid: uuid, assignedSystemName: "Box1", lastRequested: "" }] },
      ],
    },
  );
  const text = client.last?.text ?? "";
  assert.match(text, /^[\n\x20-\x7e]*$/, "ASCII with references");
  assert.doesNotMatch(text, /<slot>\s*<\/slot>|<slot\/>|<quantityId>\s*</);
  assert.match(text, /^<\?xml version="1.0" encoding="utf-8"\?>\n<response>\n<result>1<\/result>\n/);
});

test("the UUID of a slot outlives a restart of its place: another slot that is freed, a new system, and a new edition", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", tree);
  const [laptop, desktop] = [await openClient(app), await openClient(app, { systemName: "mydesktop" })];
  for (const client of [laptop, desktop]) await client.xfpr();
  const first = (await laptop.assign()).slotUuid;
  const second = (await desktop.assign()).slotUuid;
  assert.notEqual(first, second);
  const slots = async () => (await desktop.getlist()).charts[0]?.units[0]?.slots.map(({ slotUuid }) => slotUuid);
  assert.deepEqual(await slots(), [first, second]);
  await carryOut(app.app, { verb: "unbind", productId: 15, code: "GBLAQPDMG-15-1", device: systemNamed("mylaptop") });
  assert.deepEqual(await slots(), [second]);
  await publish("2026/2-0", tree);
  assert.deepEqual(await slots(), [second]);
  const tablet = await openClient(app, { systemName: "mytablet" });
  await tablet.xfpr();
  assert.equal((await tablet.assign()).slotUuid, first, "a slot has its name, whichever system is in it");
});

test("of two systems that take the last slot at once one gets it, and the other is told that there is none", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", tree);
  const names = ["mylaptop", "mydesktop", "mytablet"];
  const [first, ...rest] = await Promise.all(names.map((systemName) => openClient(app, { systemName })));
  for (const client of [first, ...rest]) await client?.xfpr();
  const assigned = await first?.assign();
  assert.equal(assigned?.result, "1");
  assert.doesNotMatch(first?.last?.text ?? "", /<chart>/, "nothing but the slot");
  for (let round = 0; round < 5; round++) {
    const results = (await Promise.all(rest.map((client) => client.assign()))).map(({ result }) => result).sort();
    assert.deepEqual(results, ["1", "17:This chart has no free place left."]);
    for (const name of names.slice(1)) {
      await carryOut(app.app, {
        verb: "unbind",
        productId: 15,
        code: "GBLAQPDMG-15-1",
        device: systemNamed(name),
      }).catch(() => {});
    }
  }
  assert.equal((await first?.assign())?.result, "20");
});

test("a chart is listed once an edition of it can be fetched: by its cells, and by a name with a number", async (t) => {
  const { app, publish } = await openOesuShop(t);
  const client = await openClient(app);
  await client.xfpr();
  const listed = async () => (await client.getlist()).charts.map(({ edition }) => edition);
  assert.deepEqual(await listed(), []);
  assert.equal((await client.assign()).result.split(":")[0], "14", "and no slot is lost to it");
  await publish("2017-1", { "A.oesenc": "a", "Chartinfo.txt": "" });
  assert.deepEqual(await listed(), [], "cells for older clients");
  await publish("spring", tree);
  assert.deepEqual(await listed(), [], "a name without a number");
  await publish("2017-2", tree);
  assert.deepEqual(await listed(), ["2017/2-0"], "as editions were named before");
  await publish("2026/1-0", tree);
  await publish("autumn", tree);
  assert.deepEqual(await listed(), ["2026/1-0"]);
  const old = await openPlugin(app);
  assert.equal((await old.getlist()).charts[0]?.chartEdition, "autumn", "the older client has its own current edition");
});

test("an expired chart is marked, and one that was retired, revoked or is not valid yet is not there", async (t) => {
  const { app, publish } = await openOesuShop(t);
  const nowMs = Date.now();
  await sellTo(app, undefined, { order: "ENDED", issuedAtMs: nowMs - 2e9, expiresAtMs: nowMs - 1e9 });
  await sellTo(app, undefined, { order: "REVOKED" });
  await carryOut(app.app, { verb: "revoke", productId: 15, code: "REVOKED-15-1" });
  await addChart(app.app, { id: 16, name: "Withdrawn" });
  await sellTo(app, undefined, { productId: 16 });
  await publish("2026/1-0", tree);
  await publish("2026/1-0", tree, 16);
  await carryOut(app.app, { verb: "retire_product", productId: 16 });
  const client = await openClient(app);
  const { charts } = await client.getlist();
  assert.deepEqual(
    charts.map(({ order, chartId, expired }) => [order, chartId, expired]),
    [
      ["GBLAQPDMG", "15", "0"],
      ["ENDED", "15", "1"],
    ],
  );
});

test("disabled systems are named apart, and no element below the root is ever empty", async (t) => {
  const { app } = await openOesuShop(t);
  const client = await openClient(app);
  assert.deepEqual((await client.getlist()).systemNames, []);
  await client.xfpr();
  const customerId = await addCustomer(app);
  await carryOut(app.app, { verb: "change_device", customerId, device: systemNamed("mylaptop"), change: "disable" });
  const { systemNames, disabledSystemNames } = await client.getlist();
  assert.deepEqual([systemNames, disabledSystemNames], [[], ["mylaptop"]]);
  assert.equal((await client.identifySystem()).result, "10");
  assert.equal((await client.xfpr()).result, "10");
});

test("40 charts with names of any kind arrive whole, and two customers see nothing of each other", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", tree);
  for (let id = 100; id < 140; id++) {
    await addChart(app.app, { id, name: `Îles & <Åland>; ${"é".repeat(id % 7)} ${id}` });
    await sellTo(app, undefined, { productId: id });
  }
  const [edition] = await app.app.queries.content.editions(1, 15);
  assert.ok(edition !== undefined);
  for (let productId = 100; productId < 140; productId++) {
    const added = {
      verb: "add_edition",
      productId,
      name: "2026/1-0",
      publishedAtMs: 0,
      content: edition.content,
    } as const;
    const { edition: own } = await carryOut(app.app, added);
    const offered = { fromEditionId: null, fileName: `oeuSENC-${productId}-x.zip`, bytes: 1, sha256: "0".repeat(64) };
    await carryOut(app.app, { verb: "offer_package", productId, editionId: own.id, offered });
  }
  const client = await openClient(app);
  const { charts } = await client.getlist();
  assert.equal(charts.length, 41);
  assert.equal(charts[30]?.chartName, `Îles & <Åland>, ${"é".repeat(129 % 7)} 129`);
  assert.equal(parseAsPlugin(client.last?.text ?? "").name, "response");

  await addCustomer(app, "second@example.com", "other");
  await sellTo(app, "second@example.com", { order: "SECOND" });
  const second = await openClient(app, { username: "second@example.com", password: "other" });
  assert.deepEqual(
    (await second.getlist()).charts.map(({ order }) => order),
    ["SECOND"],
  );
  assert.equal((await second.xfpr()).result, "1");
  const own = (await second.assign({ order: "SECOND" })).slotUuid ?? "";
  assert.equal((await second.assign()).result.split(":")[0], "26");
  await client.xfpr();
  const foreign = await client.request({ slotUuid: own, requestedVersion: "2026/1-0" });
  assert.equal(foreign.result.split(":")[0], "26", "a foreign UUID opens nothing");
});

test("a suspended order is shown as expired, and one that got another reference keeps the UUIDs of its slots", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", tree);
  const [laptop, desktop] = [await openClient(app), await openClient(app, { systemName: "mydesktop" })];
  for (const client of [laptop, desktop]) await client.xfpr();
  const slotUuid = (await laptop.assign()).slotUuid ?? "";
  const request = () => laptop.request({ slotUuid, requestedVersion: "2026/1-0" });
  const named = { productId: 15, code: "GBLAQPDMG-15-1" };
  await carryOut(app.app, { verb: "suspend", ...named });
  assert.equal((await laptop.getlist()).charts[0]?.expired, "1");
  for (const { result } of [await request(), await desktop.assign()])
    assert.equal(result, "16:This chart has expired.");
  await carryOut(app.app, { verb: "reinstate", ...named });
  assert.equal((await laptop.getlist()).charts[0]?.expired, "0");
  assert.equal((await request()).result, "1");

  await carryOut(app.app, { verb: "reissue", ...named, newCode: "RENAMED-15-1" });
  const [chart] = (await laptop.getlist()).charts;
  assert.deepEqual([chart?.order, chart?.units[0]?.slots[0]?.slotUuid], ["RENAMED", slotUuid]);
  assert.equal((await request()).result, "1");
  assert.equal((await desktop.assign()).result.split(":")[0], "26", "the old reference");
  assert.equal((await desktop.assign({ order: "RENAMED" })).result, "1");
});
