/** Links and what they open: for whom, for how long, in which parts; and the key of the permits. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { addChart, addEdition, carryOut } from "../../../tests/support/charts.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { makeTemporaryFolder, writeTree } from "../../../tests/support/folders.ts";
import { addCustomer, openPlugin, type Plugin, sellTo } from "../../../tests/support/ocharts.ts";

const hourMs = 3_600_000;

describe("downloads", () => {
  let app: TestApp;
  let plugin: Plugin;
  let link = "";
  let zip: Buffer = Buffer.alloc(0);

  before(async () => {
    app = await startTestApp(undefined);
    await addCustomer(app);
    await addChart(app.app);
    const context = { after };
    await addEdition(app.app, writeTree(makeTemporaryFolder(context), { "GB100001.oesenc": "x".repeat(5_000) }));
    await sellTo(app);
    plugin = await openPlugin(app);
    const early = await plugin.download(`${app.url}/shop/permit-key.pem`);
    assert.equal(early.status, 404);
    assert.equal(early.text, "There is no key yet: it is made when the first chart set is prepared.\n");
    await plugin.xfpr();
    await plugin.assign();
    await plugin.request();
    const from = { name: "", address: "shop@example.com" };
    app.app.startJobs({ smtpUrl: undefined, from, outboxDir: join(app.dataDir, "outbox") });
    link = await newLink();
    zip = (await plugin.download(link)).body;
    assert.ok(zip.length > 5_000);
  });
  after(() => app.stop());

  const newLink = () =>
    eventually("a link", async () => (await plugin.getlist()).charts.find(({ state }) => state === "download")?.link);
  /** The link with one of its segments replaced. */
  const changed = (segment: number, text: string) => {
    const url = new URL(link);
    const segments = url.pathname.split("/");
    segments[segment] = text;
    url.pathname = segments.join("/");
    return url.href;
  };

  test("a file has a length, a name, and no encoding; nobody on the way may keep it", async () => {
    const { status, headers } = await plugin.download(link);
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/zip");
    assert.equal(headers["content-length"], String(zip.length));
    assert.equal(headers["content-encoding"], undefined);
    assert.equal(headers["transfer-encoding"], undefined);
    assert.equal(headers["accept-ranges"], "bytes");
    assert.equal(headers["cache-control"], "private, no-store");
    assert.match(headers.etag ?? "", /^"[0-9a-f]{64}"$/);
    assert.match(
      headers["content-disposition"] ?? "",
      /^attachment; filename="skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-2\.zip"$/,
    );
    assert.equal(new URL(link).pathname.split("/").at(-1), "skipper-British-Isles-2017_GBLAQPDMG-15-1_2017-2.zip");
  });

  test("HEAD tells the same without the file", async () => {
    const { status, headers, body } = await plugin.download(link, {}, "HEAD");
    assert.equal(status, 200);
    assert.equal(headers["content-length"], String(zip.length));
    assert.equal(body.length, 0);
  });

  test("a download that broke off can be taken up again where it ended, if it is still the same file", async () => {
    const { headers } = await plugin.download(link);
    const etag = headers.etag ?? "";
    const rest = await plugin.download(link, { range: "bytes=3000-", "if-range": etag });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers["content-range"], `bytes 3000-${zip.length - 1}/${zip.length}`);
    assert.deepEqual(rest.body, zip.subarray(3_000));
    const whole = await plugin.download(link, { range: "bytes=3000-", "if-range": '"another"' });
    assert.equal(whole.status, 200);
    assert.deepEqual(whole.body, zip);
    assert.equal((await plugin.download(link, { range: `bytes=${zip.length}-` })).status, 416);
    assert.equal((await plugin.download(link, { "if-none-match": etag })).status, 304);
  });

  test("a link that was changed in any part but the name opens nothing, and says so", async () => {
    const forged = [
      changed(3, "2"),
      changed(3, "0"),
      changed(3, "01"),
      changed(3, "1e0"),
      changed(3, "9".repeat(30)),
      changed(3, "..%2f..%2fsecret.key"),
      changed(4, "9999999999"),
      changed(5, "0".repeat(64)),
      changed(5, (new URL(link).pathname.split("/")[5] ?? "").toUpperCase()),
      changed(5, "%00"),
    ];
    for (const one of forged) {
      const { status, headers, text } = await plugin.download(one);
      assert.equal(status, 403, one);
      assert.equal(headers["content-type"], "text/plain; charset=utf-8");
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(text, "This download link is not one of ours: it was changed, or a part is missing.\n");
    }
    const { status, text } = await plugin.download(changed(4, ""));
    assert.equal(status, 404, "an empty part is none, so this is another path");
    assert.equal(text, "There is nothing here. Take the download link from the chart list as it is.\n");
    assert.deepEqual((await plugin.download(changed(6, "other.zip"))).body, zip, "the name is for the client");
    assert.deepEqual((await plugin.download(`${link}?x=1`)).body, zip);
    assert.deepEqual((await plugin.download(link.replace("/shop/download", "/Shop/Download"))).body, zip);
  });

  test("of a link that has expired a sentence says what to do, and the list has a new one", async (t) => {
    app.advance(24 * hourMs + 1_000);
    t.after(() => app.advance(-24 * hourMs - 1_000));
    const { status, headers, text } = await plugin.download(link);
    assert.equal(status, 410);
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.match(text, /^This download link has expired\. Refresh the chart list: .*\.\n$/);
    assert.deepEqual((await plugin.download(await newLink())).body, zip);
  });

  test("other paths and methods below the place of downloads have the words of HTTP", async () => {
    const ask = async (path: string, method?: string) => {
      const { status, headers, text } = await plugin.download(app.url + path, {}, method);
      return { status, type: headers["content-type"], allow: headers.allow, text };
    };
    const type = "text/plain; charset=utf-8";
    for (const path of ["/shop/download", "/shop/download/1", "/shop/download/1/2/3/4/5", "/shop/download/..%2f"]) {
      const { status, text, ...answer } = await ask(path);
      assert.equal(status, 404, path);
      assert.equal(answer.type, type);
      assert.match(text, /^There is nothing here\./);
    }
    for (const path of [new URL(link).pathname, "/shop/permit-key.pem"]) {
      const refused = await ask(path, "DELETE");
      assert.deepEqual(refused, { status: 405, type, allow: "GET, HEAD", text: "This can only be read.\n" });
    }
    assert.equal((await ask("/shop/download/%", "GET")).status, 400);
  });

  test("the key of the permits is a public one", async () => {
    const { status, headers, text } = await plugin.download(`${app.url}/shop/permit-key.pem`);
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/x-pem-file");
    assert.match(text, /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n$/);
  });

  test("a file that was lost is gone, and once that was found the chart can be requested again", async (t) => {
    await rm(join(app.dataDir, "files", "deliveries"), { recursive: true, force: true });
    app.advance(hourMs);
    t.after(() => app.advance(-hourMs));
    const { status, text } = await plugin.download(link);
    assert.equal(status, 410);
    assert.equal(text, "This file is no longer kept. Refresh the chart list and request the chart again.\n");
    const [chart] = (await plugin.getlist()).charts;
    assert.equal(chart?.state, "requestable");
    assert.equal((await plugin.request()).result, "1");
    const { body } = await plugin.download(await newLink());
    assert.equal(body.length, zip.length);
  });

  test("what was sold to somebody else is not opened by one's own links", async () => {
    await addCustomer(app, "second@example.com", "other");
    await sellTo(app, "second@example.com", { order: "SECOND" });
    const second = await openPlugin(app, { username: "second@example.com", password: "other", systemName: "boat" });
    await second.xfpr();
    assert.equal((await second.assign({ order: "GBLAQPDMG" })).code, "26");
    await second.assign({ order: "SECOND" });
    await second.request({ order: "SECOND" });
    const theirs = await eventually("the other's link", async () => (await second.getlist()).charts[0]?.link);
    const [, , , id = ""] = new URL(theirs).pathname.split("/");
    const [, , , , expires = "", signature = ""] = new URL(link).pathname.split("/");
    const mixed = `${app.url}/shop/download/${id}/${expires}/${signature}/x.zip`;
    assert.equal((await plugin.download(mixed)).status, 403);
    const own = (await plugin.getlist()).charts.map((chart) => chart.order);
    assert.deepEqual(new Set(own), new Set(["GBLAQPDMG"]));
  });

  test("a revoked order is no longer delivered", async () => {
    const current = await newLink();
    await carryOut(app.app, { verb: "revoke", productId: 15, code: "GBLAQPDMG-15-1" });
    assert.equal((await plugin.download(current)).status, 410);
    assert.deepEqual((await plugin.getlist()).charts, []);
  });
});
