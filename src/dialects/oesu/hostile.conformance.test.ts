/** What hostile and broken clients send. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keepLog } from "../../../tests/support/log.ts";
import { pluginBytes } from "../../../tests/support/ocharts.ts";
import {
  cellText,
  editionTree,
  type OesuClient,
  type OesuShop,
  oesuLine,
  openClient,
  openOesuShop,
  readReply,
} from "../../../tests/support/oesu.ts";
import { sendRaw } from "../../../tests/support/raw-connection.ts";
import { writeFingerprint } from "../../kinds/chart/fingerprint.ts";

const made = writeFingerprint({ os: "linux", uuid: "hostile", atMs: 1_772_000_000_000 });

describe("hostile input", () => {
  const kept = keepLog();
  let shop: OesuShop;
  let client: OesuClient;
  let slotUuid = "";
  let linkSignature = "";

  before(async () => {
    shop = await openOesuShop(undefined, { log: kept.log });
    await shop.publish("2026/1-0", editionTree({ A: cellText("a"), B: cellText("b") }));
    client = await openClient(shop.app);
    await client.xfpr();
    slotUuid = (await client.assign()).slotUuid ?? "";
  });
  after(() => shop.stop());

  let addresses = 1;
  const nextAddress = () => `127.2.${++addresses >> 8}.${addresses & 255}`;
  const odd: readonly string[] = [
    "",
    "%00",
    "\0",
    "%ff%fe",
    "%",
    "'; drop table customer; --",
    "<script>alert(1)</script>",
    "]]>",
    "../../../etc/passwd",
    "%0d%0aSet-Cookie: a=b",
    "-1",
    "NaN()",
    "9".repeat(400),
    "x".repeat(20_000),
    "\u{1f30a}",
    "%ed%a0%80",
    "__proto__",
    "=&=&",
    "&amp;",
  ];

  test("odd values of every parameter of every task are refused in words of the protocol, and nothing breaks", async () => {
    const tasks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      login2: { password: "736561646F67" },
      login: { password: "seadog" },
      getlist: {},
      identifySystem: { xfpr: made.hex, xfprName: made.name },
      xfpr: { systemName: "mydesktop", xfpr: made.hex, xfprName: made.name },
      assign: { systemName: "mylaptop", chartid: "15", order: "GBLAQPDMG", quantityId: "1" },
      request: { assignedSystemName: "mylaptop", slotUuid, requestedFile: "base", requestedVersion: "2026/1-0" },
    };
    for (const [task, fields] of Object.entries(tasks)) {
      const isLogin = task.startsWith("login");
      const names = ["taskId", "username", ...(isLogin ? [] : ["key"]), ...Object.keys(fields)];
      for (const name of names) {
        for (const value of odd) {
          const body = client.bodyOf(task, { ...fields, [name]: value });
          const { status, headers, text } = await sendRaw(
            shop.app.url,
            pluginBytes(client.host, body, oesuLine),
            nextAddress(),
          );
          const what = `${task} ${name}=${value.slice(0, 30)}`;
          assert.equal(status, 200, what);
          assert.equal(headers.get("set-cookie"), undefined, what);
          assert.match(text, /^[\t\n\x20-\x7e]*$/, what);
          const { result, key, files } = readReply(text, task === "request");
          assert.match(result, /^(?:3[a-q]?|3:.+|[456]|8[hjl]|9:6\d\d:.+|1[0-7](?::.+)?|2[06](?::.+)?)$/, what);
          assert.deepEqual([key, files], [undefined, []], what);
        }
      }
    }
    for (const value of odd) {
      const reply = await client.send(client.bodyOf("getlist", { version: value, debug: value }));
      const isText = !/%ff|\0|%00|%ed/.test(value);
      assert.equal(reply.result, isText ? "1" : "3:The request cannot be read.", value);
    }
    assert.equal((await client.getlist()).charts[0]?.units[0]?.slots.length, 1, "and nothing was changed");
  });

  test("links that are made up, changed or another file's open nothing", async () => {
    const [file] = (await client.request({ slotUuid, requestedVersion: "2026/1-0" })).files;
    const link = new URL(file?.link ?? "");
    const keys = new URL(file?.chartKeysLink ?? "");
    const [, , , id = "", expires = "", signature = ""] = link.pathname.split("/");
    linkSignature = signature;
    const paths = [
      `/shop/package/2/${expires}/${signature}/x.zip`,
      `/shop/package/${id}/${Number(expires) + 1}/${signature}/x.zip`,
      `/shop/package/0/${expires}/${signature}/x.zip`,
      `/shop/package/${"9".repeat(30)}/${expires}/${signature}/x.zip`,
      `/shop/package/..%2F..%2Fa/${expires}/${signature}/x.zip`,
      `/shop/keys/..%2F..%2Fstore.id/${expires}/${signature}/x.XML`,
      `/shop/keys/${"0".repeat(64)}/${expires}/${signature}/x.XML`,
      `/shop/download/${id}/${expires}/${signature}/x.zip`,
      keys.pathname.replace("/keys/", "/package/"),
    ];
    for (const path of paths) {
      const { status } = await client.download(`${link.origin}${path}`);
      assert.ok([403, 404].includes(status), `${path}: ${status}`);
    }
    const named = keys.pathname.replace(/[^/]+$/, "%22%0d%0aX-Evil:%201.XML");
    const answer = await client.download(`${link.origin}${named}`);
    assert.equal(answer.status, 200, "the last segment is a name for the client alone");
    assert.equal(answer.headers["content-disposition"], 'attachment; filename="keys.XML"');
  });

  test("input that is no request has a status and no result", async () => {
    for (const bytes of [
      `${oesuLine} HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n`,
      `${oesuLine} HTTP/1.1\r\n\r\n`,
      `${oesuLine} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ]) {
      const { status, text } = await sendRaw(shop.app.url, bytes);
      assert.equal(status, 400, bytes);
      assert.doesNotMatch(text, /<result>/);
    }
  });

  test("twenty requests of one slot at once are answered alike", async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const body = client.bodyOf("request", {
          assignedSystemName: "mylaptop",
          slotUuid,
          requestedFile: "base",
          requestedVersion: "2026/1-0",
        });
        const { text } = await sendRaw(shop.app.url, pluginBytes(client.host, body, oesuLine));
        return readReply(text, true).files[0];
      }),
    );
    assert.equal(new Set(replies.map((file) => `${file?.sha256} ${file?.chartKeysSha256}`)).size, 1);
    assert.ok(replies.every((file) => file !== undefined));
  });

  test("no password, key, fingerprint or link is in the log, at any level", () => {
    const log = kept.text().toLowerCase();
    assert.ok(kept.lines("request").length > 500, "the log is read");
    const key = client.bodyOf("x").split("key=")[1]?.slice(0, 32) ?? "";
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.match(linkSignature, /^[0-9a-f]{64}$/);
    for (const secret of [linkSignature, "seadog", "736561646f67", key, made.hex.slice(0, 40), "skipper@"]) {
      assert.ok(!log.includes(secret.toLowerCase()), secret);
    }
  });
});
