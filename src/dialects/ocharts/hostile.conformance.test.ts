/** What was never meant for this API, or was meant badly; and what nobody must find in a log. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { addChart, carryOut } from "../../../tests/support/charts.ts";
import { keepLog } from "../../../tests/support/log.ts";
import {
  addCustomer,
  apiLine,
  openPlugin,
  type Plugin,
  pluginBytes,
  readAsPlugin,
  sellTo,
} from "../../../tests/support/ocharts.ts";
import { sendRaw } from "../../../tests/support/raw-connection.ts";
import { staleMaxMs } from "../../access/authenticator.ts";
import { defaultOrganizationId } from "../../core/host.ts";
import { writeFingerprint } from "../../kinds/chart/fingerprint.ts";

const made = writeFingerprint({
  os: "macos",
  uuid: "5BCAB7B3-7BD8-3E4A-9C90-B1CAD18FE991",
  mac: "00:00:5e:00:53:01",
  serial: " C02XK0AAJG5H",
  atMs: 1_495_855_975_000,
});

describe("hostile input", () => {
  let app: TestApp;
  let plugin: Plugin;
  const kept = keepLog();

  before(async () => {
    app = await startTestApp(undefined, { log: kept.log });
    await addCustomer(app);
    await addChart(app.app);
    await sellTo(app);
    await carryOut(app.app, { verb: "add_edition", productId: 15, name: "1", publishedAtMs: 0, content: anyContent });
    plugin = await openPlugin(app);
    assert.equal((await plugin.xfpr()).result, "1");
  });
  after(() => app.stop());

  /** One that has sent nothing wrong yet: whoever does so too often is turned away for a while. */
  let addresses = 1;
  const nextAddress = () => `127.0.${++addresses >> 8}.${addresses & 255}`;
  /** What may be answered to something odd: any failure but those that mean success, or a fault of ours. */
  const isRefusal = (result: string) => /^(?!9:503)(?:[2-9]|1\d|2\d)[a-q]?(?::\d{3})?(?::[A-Z].+)?$/.test(result);

  const tasks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    login: { password: "seadog" },
    getlist: {},
    xfpr: { systemName: "mydesktop", xfpr: made.hex, xfprName: made.name },
    assign: { systemName: "mylaptop", chartid: "15", order: "GBLAQPDMG", quantityId: "1", slot: "0" },
    request: { assignedSystemName: "mylaptop", chartid: "15", order: "GBLAQPDMG", quantityId: "1", slot: "0" },
    identifySystem: { xfpr: made.hex, xfprName: made.name },
  };
  const odd: readonly string[] = [
    "",
    "%00",
    "\0",
    "%ff%fe",
    "%",
    "%zz",
    "'; drop table customer; --",
    "<script>alert(1)</script>",
    "]]>",
    "../../../etc/passwd",
    "%0d%0aSet-Cookie: a=b",
    "-1",
    "NaN()",
    "1E+9",
    "9".repeat(400),
    "x".repeat(20_000),
    "\u{1f30a}",
    "%ed%a0%80",
    "__proto__",
    "=&=&",
  ];

  test("odd values of every parameter of every task are refused, and nothing breaks", async () => {
    for (const [task, fields] of Object.entries(tasks)) {
      const names = ["taskId", "username", ...(task === "login" ? [] : ["key"]), ...Object.keys(fields)];
      for (const name of names) {
        for (const value of odd) {
          const body = plugin.bodyOf(task, { ...fields, [name]: value });
          const { status, headers, text } = await sendRaw(app.url, pluginBytes(plugin.host, body), nextAddress());
          const what = `${task} ${name}=${value.slice(0, 30)}`;
          assert.equal(status, 200, what);
          assert.equal(headers.get("content-type"), "text/xml; charset=utf-8", what);
          assert.equal(headers.get("set-cookie"), undefined, what);
          assert.match(text, /^[\t\n\x20-\x7e]*$/, what);
          const { result, key } = readAsPlugin(Buffer.from(text));
          assert.ok(isRefusal(result), `${what}: ${result}`);
          assert.equal(key, undefined, what);
        }
      }
    }
    assert.equal((await plugin.getlist()).charts[0]?.state, "unassigned", "and nothing was changed");
  });

  test("an odd version or debug address does no harm", async () => {
    for (const value of odd) {
      assert.equal((await plugin.send(plugin.bodyOf("getlist", { version: value, debug: value }))).result, "1", value);
    }
  });

  test("the media type of a body is not asked for", async () => {
    const body = plugin.bodyOf("getlist");
    for (const type of ["application/json", "text/xml", "multipart/form-data; boundary=x", ";;;", "x"]) {
      const bytes = pluginBytes(plugin.host, body, apiLine, [`Content-Type: ${type}`]);
      const { text } = await sendRaw(app.url, bytes);
      assert.equal(readAsPlugin(Buffer.from(text)).result, "1", `${type}: the media type is not asked for`);
    }
  });

  test("a body that is broken off, and requests that are no HTTP, have a result and status 200", async () => {
    const broken = [
      `${apiLine} HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n`,
      `${apiLine} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `${apiLine} HTTP/1.1\r\n\r\n`,
      "POST /shop/index.php/% HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    ];
    for (const bytes of broken) {
      const { status, text } = await sendRaw(app.url, bytes);
      assert.equal(status, 200, bytes);
      assert.equal(readAsPlugin(Buffer.from(text)).code, "3", bytes);
    }
  });

  test("other methods, paths and APIs have a result and status 200, so that a plugin shows more than a number", async () => {
    const body = plugin.bodyOf("getlist");
    const api = "/shop/index.php?fc=module&module=occharts&controller=api";
    const notSupported = [
      `GET ${api}`,
      `DELETE ${api}`,
      `PATCH ${api}`,
      "POST /shop/index.php",
      "POST /shop/index.php?fc=module&module=occharts&controller=apioernc",
      "POST /shop/index.php?fc=module&module=other&controller=api",
      "POST /shop/index.php/more?fc=module&module=occharts&controller=api",
    ];
    for (const line of notSupported) {
      assert.equal((await plugin.send(body, line)).result, "9:615:Operation not supported", line);
    }
    for (const line of [`PUT ${api}`, `POST ${api.replace("?", "/?")}`, `POST ${api.replace("/shop/", "/Shop/")}`]) {
      assert.equal((await plugin.send(body, line)).result, "1", line);
    }
    assert.equal(
      (await plugin.send(`fc=module&module=occharts&controller=api&${body}`, "POST /shop/index.php")).result,
      "1",
    );
  });

  test("a system is called what it is called: nothing else gets into a list", async () => {
    for (const name of ["a&b", "<b>", "My-Laptop", "mein schiff", "skipper'", "abc%0A", "ab", "x".repeat(16)]) {
      assert.equal((await plugin.xfpr(name, { uuid: "another" })).result, "3k", name);
    }
    assert.deepEqual((await plugin.getlist()).systemNames, ["mylaptop"]);
  });

  test("two customers never see or use each other's charts and systems", async () => {
    await addCustomer(app, "second@example.com", "other");
    await sellTo(app, "second@example.com", { order: "SECOND" });
    const second = await openPlugin(app, { username: "second@example.com", password: "other" });
    assert.equal((await second.assign({ order: "SECOND" }, "mylaptop")).code, "8", "the other's system");
    assert.equal((await second.xfpr()).result, "1");
    for (const act of [second.assign, second.request]) assert.equal((await act({ order: "GBLAQPDMG" })).code, "26");
    const [own] = (await second.assign({ order: "SECOND" })).charts;
    assert.equal(own?.order, "SECOND");
    assert.equal((await plugin.assign({ order: "SECOND" })).code, "26");
    const lists = [await plugin.getlist(), await second.getlist()];
    assert.deepEqual(
      lists.map(({ charts }) => [...new Set(charts.map(({ order }) => order))]),
      [["GBLAQPDMG"], ["SECOND"]],
    );
    const stolen = await openPlugin(app, {
      username: "second@example.com",
      key: plugin.bodyOf("x").split("key=")[1]?.slice(0, 32) ?? "",
    });
    assert.equal((await stolen.getlist()).result, "6", "a key is good for its own customer only");
  });

  test("a key ends with the password that it was made of", async () => {
    await addCustomer(app, "third@example.com", "before");
    const third = await openPlugin(app, { username: "third@example.com", password: "before" });
    assert.equal((await third.getlist()).result, "1");
    await addCustomer(app, "third@example.com", "after");
    await new Promise((resolve) => setTimeout(resolve, staleMaxMs + 100));
    assert.equal((await third.getlist()).result, "6");
    assert.equal((await third.login("before")).result, "5");
    assert.equal((await third.login("after")).result, "1");
    assert.equal((await third.getlist()).result, "1");
  });

  test("names and passwords are found however a plugin of any age sends them", async () => {
    await addCustomer(app, "sea+dog@example.com", "50% & more+é");
    for (const username of ["sea+dog@example.com", "sea%2Bdog%40example.com", "SEA+DOG@example.com"]) {
      const { result, key } = await plugin.send(`taskId=login&username=${username}&password=50% & more+é`);
      assert.equal(result, "1", username);
      assert.match(key ?? "", /^[0-9a-f]{32}$/);
      assert.equal((await plugin.send(`taskId=getlist&username=${username}&key=${key}`)).result, "1");
      assert.equal((await plugin.send(`taskId=getlist&username=${username}&key=${key?.toUpperCase()}`)).result, "1");
    }
    const escaped = await openPlugin(app, { username: "sea+dog@example.com", password: "50% & more+é" });
    assert.equal((await escaped.getlist()).result, "1");
  });

  test("ten wrong passwords close an account for a while, however many things each may mean", async () => {
    await addCustomer(app, "guessed@example.com", "right");
    const guesser = await openPlugin(app, { username: "guessed@example.com", key: "0".repeat(32) });
    guesser.address = nextAddress();
    const guess = async (password: string) =>
      (await guesser.send(`taskId=login&username=guessed@example.com&password=${password}`)).result;
    const results: string[] = [];
    for (let turn = 0; turn < 11; turn++) results.push(await guess("a%25+b&c"));
    assert.deepEqual(results, [...Array<string>(10).fill("5"), "9:300:Forbidden. Wait a minute."]);
    assert.equal(await guess("right"), "9:300:Forbidden. Wait a minute.");
  });

  test("who has logged in before from an address is not locked out there, and keys that were right there stay good", async () => {
    await addCustomer(app, "known@example.com", "right");
    const known = await openPlugin(app, { username: "known@example.com", password: "right" });
    assert.equal((await known.getlist()).result, "1");
    for (let turn = 0; turn < 11; turn++) await known.login("wrong");
    assert.equal((await known.login("right")).result, "1");
    assert.equal((await known.getlist()).result, "1");
  });

  test("guesses from elsewhere keep nobody from logging in", async () => {
    await addCustomer(app, "wanted@example.com", "right");
    const guesser = await openPlugin(app, { username: "wanted@example.com", key: "0".repeat(32) });
    guesser.address = nextAddress();
    for (let turn = 0; turn < 11; turn++) await guesser.login("wrong");
    assert.equal((await guesser.login("right")).result, "9:300:Forbidden. Wait a minute.");
    guesser.address = nextAddress();
    assert.equal((await guesser.login("right")).result, "1");
  });

  test("no password, key or fingerprint is in the log, at any level", async () => {
    await plugin.xfpr("mydesktop", {
      os: "macos",
      uuid: "5BCAB7B3-7BD8-3E4A-9C90-B1CAD18FE991",
      mac: "00:00:5e:00:53:01",
      serial: " C02XK0AAJG5H",
    });
    await plugin.assign({}, "mydesktop");
    await plugin.request({}, "mydesktop");
    const { charts } = await plugin.getlist();
    assert.equal(charts[0]?.state, "processing");
    const log = kept.text();
    assert.ok(kept.lines("request").length > 300, "the log is read");
    const key = plugin.bodyOf("x").split("key=")[1]?.slice(0, 32) ?? "";
    assert.match(key, /^[0-9a-f]{32}$/);
    for (const secret of [
      "seadog",
      key,
      made.hex.slice(0, 40),
      "5BCAB7B3",
      "00:00:5e:00:53:01",
      "C02XK0AAJG5H",
      "skipper@",
    ]) {
      assert.ok(!log.toLowerCase().includes(secret.toLowerCase()), secret);
    }
    assert.equal((await app.app.queries.organizations.byId(defaultOrganizationId))?.name, "Test");
  });

  const anyContent = { key: "0".repeat(32), files: 1, bytes: 1, sha256: "0".repeat(64) };
});
