/** Every result of the specification: a request that ends in it, or that it is among those that SPEC.md says cannot occur. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { addChart, carryOut } from "../../../tests/support/charts.ts";
import { addCustomer, openPlugin, type Plugin, type PluginReply, sellTo } from "../../../tests/support/ocharts.ts";
import { failuresPerAccountMax } from "../../access/throttle.ts";
import { defaultOrganizationId } from "../../core/host.ts";
import { writeFingerprint } from "../../kinds/chart/fingerprint.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { bodyBytesMax } from "./decode.ts";
import { type ErrorName, ProtocolError, type ResultName, results } from "./errors.ts";

/** In this order SPEC.md tells why. */
const impossible: readonly ResultName[] = [
  "undetermined",
  "systemNameTaken",
  "pluginOld",
  "shopDatabaseError",
  "shopDatabaseErrorToo",
  "productionSilent",
];

const dayMs = 86_400_000;
const made = writeFingerprint({ os: "linux", uuid: "u", atMs: 1_495_855_975_000 });

describe("results", () => {
  let app: TestApp;
  let laptop: Plugin;
  let desktop: Plugin;
  let customerId: number;
  let hosts = 1;

  before(async () => {
    app = await startTestApp(undefined);
    customerId = await addCustomer(app);
    const nowMs = Date.now();
    await addChart(app.app);
    await addChart(app.app, { id: 16, name: "Baltic Sea" });
    await addChart(app.app, { id: 17, name: "Not drawn yet" });
    await addChart(app.app, { id: 18, name: "Withdrawn" });
    for (const productId of [15, 16, 18]) {
      const content = { key: `${productId}`.padStart(32, "0"), files: 1, bytes: 1, sha256: "0".repeat(64) };
      await carryOut(app.app, { verb: "add_edition", productId, name: "2017-1", publishedAtMs: 0, content });
    }
    await sellTo(app);
    await sellTo(app, undefined, { productId: 16, issuedAtMs: nowMs - 2 * dayMs, expiresAtMs: nowMs - dayMs });
    await sellTo(app, undefined, { productId: 17 });
    await sellTo(app, undefined, { productId: 18 });
    await sellTo(app, undefined, { order: "REVOKED" });
    await carryOut(app.app, { verb: "retire_product", productId: 18 });
    await carryOut(app.app, { verb: "revoke", productId: 15, code: "REVOKED-15-1" });
    laptop = await openPlugin(app, { systemName: "mylaptop" });
    desktop = await openPlugin(app, { systemName: "mydesktop" });
    const disabled = await openPlugin(app, { systemName: "oldlaptop" });
    for (const plugin of [laptop, desktop, disabled]) assert.equal((await plugin.xfpr()).result, "1");
    const oldlaptop = systemNamed("oldlaptop");
    await carryOut(app.app, { verb: "change_device", customerId, device: oldlaptop, change: "disable" });
    assert.equal((await laptop.assign({ slot: "0" })).result, "1");
    assert.equal((await laptop.request({ slot: "0" })).result, "1");
  });
  after(() => app.stop());

  const send = (body: string, line?: string) => laptop.send(body, line);
  const keyed = (taskId: string, fields: Record<string, string> = {}) => send(laptop.bodyOf(taskId, fields));
  const xfpr = (fields: Record<string, string>) =>
    keyed("xfpr", { systemName: "newone", xfpr: made.hex, xfprName: made.name, ...fields });
  const login = (username: string, password: string) =>
    send(`taskId=login&username=${username}&password=${password}&version=l.3.3.13`);
  const place = { chartid: "15", order: "GBLAQPDMG", quantityId: "1", slot: "0" };
  /** Sends a fingerprint of these lines and its date. */
  const upload = (lines: string, systemName = "newone") => {
    const text = `${lines}<DATE  D1="1495855975"/>\n`;
    const bytes = Buffer.from(text).map((byte, at) => byte ^ "1495855975".charCodeAt(at % 10));
    return xfpr({ xfpr: Buffer.from(bytes).toString("hex"), systemName });
  };

  const produced: Partial<Record<ResultName, () => Promise<PluginReply>>> = {
    successful: () => keyed("getlist"),
    maintenance: async () => {
      await setting("ocharts.maintenance", "on");
      try {
        return await keyed("getlist");
      } finally {
        await setting("ocharts.maintenance", undefined);
      }
    },
    wrongData: () => keyed("assign", { ...place, systemName: "mylaptop", slot: "x" }),
    taskMissing: () => send("username=skipper@example.com"),
    taskInvalid: () => keyed("get-list"),
    taskUnknown: () => keyed("logout"),
    usernameMissing: () => keyed("getlist", { username: "" }),
    usernameInvalid: () => keyed("getlist", { username: "%00" }),
    passwordMissing: () => login("skipper@example.com", ""),
    passwordInvalid: () => login("skipper@example.com", "x".repeat(2_000)),
    keyMissing: () => keyed("getlist", { key: "" }),
    keyInvalid: () => keyed("getlist", { key: "xyz" }),
    systemNameMissing: () => xfpr({ systemName: "" }),
    systemNameInvalid: () => xfpr({ systemName: "My Laptop" }),
    fingerprintNameMissing: () => xfpr({ xfprName: "" }),
    fingerprintExtensionInvalid: () => xfpr({ xfprName: "oc03L_1495855975.txt" }),
    fingerprintNameLengthInvalid: () => xfpr({ xfprName: "oc03L_149585597.fpr" }),
    fingerprintSystemInvalid: () => xfpr({ xfprName: "oc03X_1495855975.fpr" }),
    fingerprintVersionInvalid: () => xfpr({ xfprName: "oc00L_1495855975.fpr" }),
    fingerprintMissing: () => xfpr({ xfpr: "" }),
    userUnknown: () => login("nobody@example.com", "seadog"),
    passwordWrong: () => login("skipper@example.com", "seacat"),
    keyWrong: () => keyed("getlist", { key: "0".repeat(32) }),
    systemNameUnknown: () => laptop.assign({ slot: "1" }, "unknown"),
    forbidden: async () => {
      await addCustomer(app, "guessed@example.com", "right");
      for (let guess = 0; guess < failuresPerAccountMax; guess++) {
        assert.equal((await login("guessed@example.com", "wrong")).result, "5");
      }
      return login("guessed@example.com", "right");
    },
    fileArgumentsBad: () => xfpr({ xfpr: "0".repeat(bodyBytesMax) }),
    databaseError: async () => {
      await renameTable("entitlement", "away");
      try {
        return await keyed("getlist");
      } finally {
        await renameTable("away", "entitlement");
      }
    },
    macAddressMissing: () => upload('<PMA  M1=""/>\n<UUID I1="u"/>\n'),
    hardwareIdMissing: () => upload('<UUID I1=""/>\n'),
    dongleSerialMissing: () => upload('<SGL  S1=""/>\n', "sgl0001A2B3"),
    fingerprintOfAnother: () => desktop.xfpr("mylaptop"),
    fingerprintInvalid: () => xfpr({ xfpr: "00" }),
    machineKnown: () => laptop.xfpr("othername"),
    fingerprintOld: () => xfpr({ xfpr: Buffer.from(xor('<UUID I1="u"/>\n')).toString("hex") }),
    systemNotFound: () => laptop.identifySystem({ uuid: "never seen" }),
    notSupported: () =>
      send(laptop.bodyOf("getlist"), "POST /shop/index.php?fc=module&module=occharts&controller=apioernc"),
    systemNameDisabled: () => laptop.assign({ slot: "1" }, "oldlaptop"),
    editionMissing: () => laptop.assign({ chartid: "17" }),
    chartExpired: () => laptop.assign({ chartid: "16" }),
    slotTaken: () => desktop.assign({ slot: "0" }),
    alreadyAssigned: () => laptop.assign({ slot: "0" }),
    alreadyRequested: () => laptop.request({ slot: "0" }),
    notAssigned: () => desktop.request({ slot: "0" }),
    systemNameWrong: () => laptop.xfpr("sgl0001A2B3", { dongle: "0001A2B4" }),
    orderUnknown: () => laptop.assign({ order: "OTHER" }),
    versionOld: async () => {
      await setting("ocharts.minVersion", "3.4.0");
      try {
        return await keyed("getlist");
      } finally {
        await setting("ocharts.minVersion", undefined);
      }
    },
  };

  for (const [name, produce] of Object.entries(produced) as [ResultName, () => Promise<PluginReply>][]) {
    test(`${results[name].code} ${name}`, async () => {
      const { result, key, charts } = await produce();
      assert.equal(result, name === "successful" ? "1" : textOf(name as ErrorName));
      if (name === "successful") return;
      assert.equal(key, undefined);
      assert.deepEqual(charts, []);
    });
  }

  test("no result is forgotten", () => {
    const told = [...Object.keys(produced), ...impossible];
    assert.deepEqual(told.toSorted(), Object.keys(results).toSorted());
  });

  test("a chart that was withdrawn or revoked is no order of the customer's, and is not listed", async () => {
    assert.equal((await laptop.assign({ chartid: "18" })).code, "26");
    assert.equal((await laptop.assign({ order: "REVOKED" })).code, "26");
    const { charts } = await laptop.getlist();
    assert.deepEqual([...new Set(charts.map(({ chartid }) => chartid))], ["15", "16", "17"]);
  });

  test("the other slots of a chart are told apart, too: one that a system cannot have, and one that there is not", async () => {
    assert.equal((await laptop.assign({ slot: "1" })).code, "18", "it has the other one");
    assert.equal((await desktop.assign({ slot: "2" })).code, "17");
    assert.equal((await desktop.request({ slot: "1" })).code, "20", "nobody has it");
    assert.equal((await desktop.assign({ quantityId: "2" })).code, "26");
    for (const chartid of ["015", "abc", "1e1", "99999999999999999999999"]) {
      assert.equal((await desktop.assign({ chartid })).code, "26", chartid);
    }
  });

  test("a system that was freed from its machine has nothing prepared until a machine takes its name", async () => {
    const other = await openPlugin(app, { systemName: "mytablet" });
    await sellTo(app, undefined, { order: "FREED" });
    assert.equal((await other.xfpr()).result, "1");
    assert.equal((await other.assign({ order: "FREED" })).result, "1");
    const device = systemNamed("mytablet");
    await carryOut(app.app, { verb: "change_device", customerId, device, change: "release" });
    assert.equal((await other.request({ order: "FREED" })).code, "21");
    assert.equal((await other.xfpr("mytablet", { uuid: "the next machine" })).result, "1");
    assert.equal((await other.request({ order: "FREED" })).result, "1");
  });

  test("of several things that are wrong the first in this order is told", async () => {
    const wrong = { systemName: "unknown", chartid: "99", order: "OTHER", quantityId: "1", slot: "0" };
    const cases: readonly (readonly [code: string, reply: () => Promise<PluginReply>])[] = [
      ["3a", () => keyed("", { ...wrong, username: "", key: "x" })],
      ["3d", () => keyed("assign", { ...wrong, username: "", key: "x", slot: "" })],
      ["3h", () => keyed("assign", { ...wrong, username: "%00", key: "", slot: "x" })],
      ["3e", () => keyed("assign", { ...wrong, username: "%00", key: "x", slot: "x" })],
      ["3i", () => keyed("assign", { ...wrong, username: "nobody@example.com", key: "x" })],
      ["3", () => keyed("assign", { ...wrong, username: "nobody@example.com", slot: "x" })],
      ["4", () => keyed("assign", { ...wrong, username: "nobody@example.com", key: "0".repeat(32) })],
      ["6", () => keyed("assign", { ...wrong, key: "0".repeat(32) })],
      ["8", () => keyed("assign", wrong)],
      ["11", () => keyed("assign", { ...wrong, systemName: "oldlaptop" })],
      ["26", () => keyed("assign", { ...wrong, systemName: "mylaptop" })],
      ["16", () => laptop.assign({ chartid: "16", slot: "9" })],
      ["17", () => desktop.assign({ slot: "0" })],
      ["4", () => xfpr({ username: "nobody@example.com", systemName: "sgl0001A2B3" })],
    ];
    for (const [code, reply] of cases) assert.equal((await reply()).code, code);
  });

  test("a plugin that is too old is told so before anybody asks who calls, and one that does not say its age is", async () => {
    await setting("ocharts.minVersion", "3.3.13");
    try {
      const ask = async (version: string) => (await keyed("getlist", { version, key: "0".repeat(32) })).result;
      for (const version of ["l.3.3.12", "3.3.12", "w.2.9.99", "", "x"])
        assert.equal(await ask(version), "27", version);
      for (const version of ["l.3.3.13", "3.3.13", "r.3.10.0"]) assert.equal(await ask(version), "6", version);
      assert.equal((await keyed("getlist", { version: "old", key: "x" })).result, "3i", "a form comes before");
    } finally {
      await setting("ocharts.minVersion", undefined);
    }
  });

  function xor(text: string): Uint8Array {
    return Buffer.from(text).map((byte, at) => byte ^ "1495855975".charCodeAt(at % 10));
  }

  function textOf(name: ErrorName): string {
    return new ProtocolError(name, undefined, name === "machineKnown" ? "mylaptop" : "").result;
  }

  async function setting(name: string, value: string | undefined): Promise<void> {
    await app.app.administration.putSetting(defaultOrganizationId, name, value);
    laptop.host = `host-${hosts++}.example.com`;
  }

  async function renameTable(from: string, to: string): Promise<void> {
    const client = new pg.Client(app.database.address);
    await client.connect();
    await client.query(`alter table ${from} rename to ${to}`);
    await client.end();
  }
});
