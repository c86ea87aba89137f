/** Every result that is sent: a request that ends in it; and the answers that are no result. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { addChart, carryOut } from "../../../tests/support/charts.ts";
import { addCustomer, sellTo } from "../../../tests/support/ocharts.ts";
import {
  cellText,
  editionTree,
  type OesuClient,
  type OesuReply,
  type OesuShop,
  oesuLine,
  openClient,
  openOesuShop,
} from "../../../tests/support/oesu.ts";
import { failuresPerAccountMax } from "../../access/throttle.ts";
import { defaultOrganizationId } from "../../core/host.ts";
import { writeFingerprint } from "../../kinds/chart/fingerprint.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { bodyBytesMax } from "./decode.ts";
import { ProtocolError, results } from "./errors.ts";

type ResultName = keyof typeof results;

const made = writeFingerprint({ os: "linux", uuid: "u", atMs: 1_772_000_000_000 });
const notice = "Back at nine.";

describe("results", () => {
  let shop: OesuShop;
  let laptop: OesuClient;
  let desktop: OesuClient;
  let customerId: number;
  let slotUuid = "";
  let hosts = 1;

  before(async () => {
    shop = await openOesuShop(undefined);
    const { app, publish } = shop;
    customerId = await addCustomer(app);
    await addChart(app.app, { id: 16, name: "Baltic Sea" });
    await addChart(app.app, { id: 17, name: "Not drawn yet" });
    await publish("2026/1-0", editionTree({ A: cellText("a"), B: cellText("b") }));
    await publish("2026/1-0", editionTree({ A: cellText("a"), B: cellText("b") }), 16);
    await sellTo(app, undefined, {
      productId: 16,
      issuedAtMs: Date.UTC(2025, 0, 1),
      expiresAtMs: Date.UTC(2026, 0, 1),
    });
    await sellTo(app, undefined, { productId: 17 });
    laptop = await openClient(app);
    desktop = await openClient(app, { systemName: "mydesktop" });
    const tablet = await openClient(app, { systemName: "mytablet" });
    const old = await openClient(app, { systemName: "oldlaptop" });
    for (const client of [laptop, desktop, tablet, old]) assert.equal((await client.xfpr()).result, "1");
    const device = systemNamed("oldlaptop");
    await carryOut(app.app, { verb: "change_device", customerId, device, change: "disable" });
    slotUuid = (await laptop.assign()).slotUuid ?? "";
    // Its only unit of chart 16 was assigned while it was valid.
    await carryOut(app.app, { verb: "issue", productId: 16, holder: "skipper@example.com", code: "ENDED-16-1" });
    assert.equal((await laptop.assign({ order: "ENDED", chartid: "16" })).result, "1");
    const client = new pg.Client(app.database.address);
    await client.connect();
    await client.query("update entitlement set expires_at = '2026-01-01' where code = 'ENDED-16-1'");
    await client.end();
    assert.equal((await desktop.assign({})).result, "1");
  });
  after(() => shop.stop());

  const send = (body: string, line?: string) => laptop.send(body, line);
  const keyed = (taskId: string, fields: Record<string, string> = {}) => send(laptop.bodyOf(taskId, fields));
  const xfpr = (fields: Record<string, string>) =>
    keyed("xfpr", { systemName: "newone", xfpr: made.hex, xfprName: made.name, ...fields });
  const login = (username: string, password: string, task = "login2") =>
    send(`taskId=${task}&username=${username}&password=${password}&version=l.2.2.1`);
  const hex = (text: string) => Buffer.from(text).toString("hex");
  const edition = { requestedVersion: "2026/1-0" };
  /** Sends a fingerprint of these lines and its date. */
  const upload = (lines: string, systemName = "newone") => {
    const text = `${lines}<DATE  D1="1772000000"/>\n`;
    return xfpr({ xfpr: Buffer.from(xor(text)).toString("hex"), systemName });
  };

  const produced: Record<ResultName, () => Promise<OesuReply>> = {
    successful: () => keyed("getlist"),
    maintenance: () => during("oesu.maintenance", "on", () => keyed("getlist")),
    wrongData: () => laptop.assign({ quantityId: "x" }),
    taskMissing: () => send("username=skipper@example.com"),
    taskInvalid: () => keyed("get-list"),
    taskUnknown: () => keyed("logout"),
    usernameMissing: () => keyed("getlist", { username: "" }),
    usernameInvalid: () => keyed("getlist", { username: "%01" }),
    passwordMissing: () => login("skipper@example.com", ""),
    passwordInvalid: () => login("skipper@example.com", hex("x".repeat(2_000))),
    keyMissing: () => keyed("getlist", { key: "" }),
    keyInvalid: () => keyed("getlist", { key: "xyz" }),
    systemNameMissing: () => xfpr({ systemName: "" }),
    systemNameInvalid: () => xfpr({ systemName: "sglfoo" }),
    fingerprintNameMissing: () => xfpr({ xfprName: "" }),
    fingerprintExtensionInvalid: () => xfpr({ xfprName: "oc03L_1772000000.txt" }),
    fingerprintNameLengthInvalid: () => xfpr({ xfprName: "oc03L_177200000.fpr" }),
    fingerprintSystemInvalid: () => xfpr({ xfprName: "oc03X_1772000000.fpr" }),
    fingerprintVersionInvalid: () => xfpr({ xfprName: "oc00L_1772000000.fpr" }),
    fingerprintMissing: () => xfpr({ xfpr: "" }),
    userUnknown: () => login("nobody@example.com", hex("seadog")),
    // The plugins of 2022 to 2025 send what their closed helper made of the password.
    versionOld: () => login("skipper@example.com", "0A$closed"),
    passwordWrong: () => keyed("getlist", { key: "0".repeat(32) }),
    machineChanged: () => desktop.xfpr("mylaptop"),
    machineKnown: () => laptop.xfpr("othername"),
    systemUnknown: () => laptop.identifySystem({ uuid: "never seen" }),
    macAddressMissing: () => upload('<PMA  M1=""/>\n<UUID I1="u"/>\n'),
    hardwareIdMissing: () => upload('<UUID I1=""/>\n'),
    dongleSerialMissing: () => upload('<SGL  S1=""/>\n', "sgl0001A2B3"),
    fingerprintInvalid: () => xfpr({ xfpr: "00" }),
    fingerprintOld: () => xfpr({ xfpr: Buffer.from(xor('<UUID I1="u"/>\n')).toString("hex") }),
    systemDisabled: () => laptop.xfpr("oldlaptop", { uuid: "uuid of oldlaptop" }),
    editionNotGranted: async () => {
      const { charts } = await laptop.getlist();
      const ended = charts.find(({ order }) => order === "ENDED")?.units[0]?.slots[0]?.slotUuid ?? "";
      return laptop.request({ slotUuid: ended, ...edition });
    },
    editionMissing: () => laptop.request({ slotUuid, requestedVersion: "2026/9-9" }),
    keysMissing: () => during("oesu.keyHook", "/nowhere/keys", () => laptop.request({ slotUuid, ...edition })),
    chartExpired: () => desktop.assign({ chartid: "16" }),
    placesTaken: () => desktop.assign({}, "mytablet"),
    alreadyAssigned: () => laptop.assign(),
    orderUnknown: () => laptop.assign({ order: "OTHER" }),
  };

  for (const [name, produce] of Object.entries(produced) as [ResultName, () => Promise<OesuReply>][]) {
    test(`${results[name].code} ${name}`, async () => {
      const { result, key, files, charts } = await produce();
      if (name === "successful") return assert.equal(result, "1");
      const expected = new ProtocolError(name, undefined, name === "maintenance" ? notice : "");
      assert.equal(result, expected.result);
      assert.equal(key, undefined);
      assert.deepEqual(files, []);
      assert.equal(charts.length > 0, name === "maintenance", "during maintenance the list is beside the notice");
    });
  }

  test("lettered results stand alone, and so do those of which clients have words", async () => {
    for (const { code, ...entry } of Object.values(results)) {
      if (/[a-z]$/.test(code)) assert.ok("words" in entry, code);
    }
    for (const name of ["userUnknown", "versionOld", "passwordWrong", "systemDisabled", "alreadyAssigned"] as const) {
      assert.match(new ProtocolError(name).result, /^\d+$/);
    }
  });

  test("a system whose name was freed from its machine is unknown until a machine takes the name", async () => {
    const other = await openClient(shop.app, { systemName: "mystery" });
    await sellTo(shop.app, undefined, { order: "FREED" });
    assert.equal((await other.xfpr()).result, "1");
    const uuid = (await other.assign({ order: "FREED" })).slotUuid ?? "";
    const device = systemNamed("mystery");
    await carryOut(shop.app.app, { verb: "change_device", customerId, device, change: "release" });
    assert.equal((await other.request({ slotUuid: uuid, ...edition })).result, "8l");
    assert.equal((await other.xfpr("mystery", { uuid: "the next machine" })).result, "1");
    assert.equal((await other.request({ slotUuid: uuid, ...edition })).result, "1");
    assert.equal((await laptop.request({ slotUuid: uuid, ...edition })).result.split(":")[0], "26", "not its own");
  });

  test("a plugin that is too old is told so, also at the login; one whose version cannot be read counts as new", async () => {
    await during("oesu.minVersion", "2.1.6", async () => {
      const ask = async (version: string) => (await keyed("getlist", { version })).result;
      for (const version of ["l.2.1.5", "2.1.5", "r.1.0.0"]) assert.equal(await ask(version), "5", version);
      for (const version of ["l.2.1.6", "2.2.1", "debian-opencpn-qt-1.0", ""])
        assert.equal(await ask(version), "1", version);
      const old = `taskId=login2&username=skipper@example.com&password=${hex("seadog")}&version=l.2.0.0`;
      assert.equal((await send(old)).result, "5");
      return laptop.getlist();
    });
  });

  test("during maintenance nothing but the list is answered, and everything else has the status 503", async () => {
    await during("oesu.maintenance", "on", async () => {
      for (const task of ["xfpr", "identifySystem", "assign", "request", "login2", "nothing"]) {
        const { status, text } = await laptop.sendRaw(laptop.bodyOf(task));
        assert.equal(status, 503, task);
        assert.doesNotMatch(text, /<result>/);
      }
      assert.equal((await laptop.sendRaw(laptop.bodyOf("getlist", { key: "0".repeat(32) }))).status, 503);
      const reply = await laptop.getlist();
      assert.ok(reply.systemNames.includes("mylaptop"));
      return reply;
    });
  });

  test("a lost database, a table that is missing and a body that is too large have a status and no result", async () => {
    const client = new pg.Client(shop.app.database.address);
    await client.connect();
    await client.query("alter table entitlement rename to away");
    try {
      for (const task of ["getlist", "assign"]) {
        const fields = task === "assign" ? { systemName: "mylaptop", order: "X", chartid: "15", quantityId: "1" } : {};
        const { status, text } = await laptop.sendRaw(laptop.bodyOf(task, fields));
        assert.equal(status, 503, task);
        assert.doesNotMatch(text, /<result>/);
      }
    } finally {
      await client.query("alter table away rename to entitlement");
      await client.end();
    }
    const large = await laptop.sendRaw(laptop.bodyOf("xfpr", { xfpr: "0".repeat(bodyBytesMax) }));
    assert.equal(large.status, 413);
    for (const [line, status] of [
      [oesuLine.replace("POST", "GET"), 405],
      [oesuLine.replace("index.php?", "index.php/more?"), 404],
    ] as const) {
      assert.equal((await laptop.sendRaw("", line)).status, status, line);
    }
  });

  test("too many wrong attempts have the status 429: a result would take a system its name", async () => {
    await addCustomer(shop.app, "guessed@example.com", "right");
    const guess = (password: string) =>
      laptop.sendRaw(`taskId=login2&username=guessed@example.com&password=${hex(password)}`);
    for (let turn = 0; turn < failuresPerAccountMax; turn++) assert.equal((await guess("wrong")).status, 200);
    const { status, text } = await guess("right");
    assert.equal(status, 429);
    assert.doesNotMatch(text, /<result>/);
  });

  function xor(text: string): Uint8Array {
    return Buffer.from(text).map((byte, at) => byte ^ "1772000000".charCodeAt(at % 10));
  }

  /** Does something while a setting has a value, on a host for which the server reads the settings anew. */
  async function during(name: string, value: string, act: () => Promise<OesuReply>): Promise<OesuReply> {
    const set = async (values: Record<string, string | undefined>) => {
      for (const [key, text] of Object.entries(values)) {
        await shop.app.app.administration.putSetting(defaultOrganizationId, key, text);
      }
      laptop.host = `host-${hosts++}.example.com`;
    };
    await set({ [name]: value, "oesu.maintenanceNotice": notice, "oesu.keyHookMs": "300" });
    try {
      return await act();
    } finally {
      await set({ [name]: undefined });
    }
  }
});
