/** The answer to a request: which files, which keys, and what their links give. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { carryOut } from "../../../tests/support/charts.ts";
import { makeTemporaryFolder } from "../../../tests/support/folders.ts";
import { keepLog } from "../../../tests/support/log.ts";
import { openPlugin } from "../../../tests/support/ocharts.ts";
import {
  cellText,
  editionTree,
  type OesuReply,
  openClient,
  openOesuShop,
  parseAsPlugin,
} from "../../../tests/support/oesu.ts";
import { filesInZip } from "../../../tests/support/zip-files.ts";
import { defaultOrganizationId } from "../../core/host.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";

const cells = { A: cellText("a"), B: cellText("b"), C: cellText("c") };
const tree = editionTree(cells);
const changed = (texts: Partial<typeof cells>) => editionTree({ ...cells, ...texts });

/** A shop with these editions and a client that has a slot. */
async function openWith(t: TestContext, editions: readonly (readonly [name: string, tree: typeof tree])[]) {
  const { log, lines, text } = keepLog();
  const shop = await openOesuShop(t, { log });
  for (const [name, of] of editions) await shop.publish(name, of);
  const client = await openClient(shop.app);
  await client.xfpr();
  const slotUuid = (await client.assign()).slotUuid ?? "";
  let hosts = 0;
  return {
    ...shop,
    client,
    lines,
    logged: text,
    slotUuid,
    request: (
      requestedVersion: string,
      currentVersion = "",
      requestedFile = currentVersion === "" ? "base" : "update",
    ) => client.request({ slotUuid, requestedVersion, currentVersion, requestedFile }),
    async set(name: string, value: string | undefined) {
      await shop.app.app.administration.putSetting(defaultOrganizationId, name, value);
      client.host = `set-${hosts++}.example.com`;
    },
  };
}

const stepsOf = ({ files }: OesuReply) =>
  files.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]);

test("updates are a chain when it is complete and smaller than the base, and else the base is given", async (t) => {
  const { publish, request } = await openWith(t, [
    ["2026/1-0", tree],
    ["2026/1-1", changed({ A: cellText("a1") })],
    ["2026/1-2", changed({ A: cellText("a1"), B: cellText("b2") })],
  ]);
  assert.deepEqual(stepsOf(await request("2026/1-2", "2026/1-1")), [["2026/1-1", "2026/1-2"]]);
  assert.deepEqual(stepsOf(await request("2026/1-2", "2026/1-0")), [
    ["2026/1-0", "2026/1-1"],
    ["2026/1-1", "2026/1-2"],
  ]);
  assert.deepEqual(stepsOf(await request("2026/1-1", "2026/1-0")), [["2026/1-0", "2026/1-1"]], "not the latest");
  assert.deepEqual(stepsOf(await request("1-2", "2026/1-1")), [["2026/1-1", "2026/1-2"]], "without the year");
  const bases: readonly (readonly [version: string, current: string, file?: string])[] = [
    ["2026/1-2", ""],
    ["2026/1-2", "2026/1-1", "base"],
    ["2026/1-2", "2026/1-2"],
    ["2026/1-1", "2026/1-2"],
    ["2026/1-2", "2025/1-1"],
    ["2026/1-2", "2026/2-0"],
    ["2026/1-2", "nonsense"],
  ];
  for (const [version, current, file] of bases) {
    assert.deepEqual(stepsOf(await request(version, current, file)), [["", version]], `${version} from ${current}`);
  }
  // Every cell differs, so the chain is as large as the base.
  await publish("2026/1-3", editionTree({ A: cellText("x"), B: cellText("y"), C: cellText("z") }));
  assert.deepEqual(stepsOf(await request("2026/1-3", "2026/1-2")), [["", "2026/1-3"]]);
  await publish("2026/1-5", changed({ A: cellText("a5") }));
  assert.deepEqual(stepsOf(await request("2026/1-5", "2026/1-3")), [["", "2026/1-5"]], "1-4 was never published");
});

test("an edition that comes late completes the chain", async (t) => {
  const { publish, request } = await openWith(t, [
    ["2026/1-0", tree],
    ["2026/1-2", changed({ A: cellText("a2") })],
  ]);
  assert.deepEqual(stepsOf(await request("2026/1-2", "2026/1-0")), [["", "2026/1-2"]]);
  await publish("2026/1-1", changed({ A: cellText("a1") }));
  assert.deepEqual(stepsOf(await request("2026/1-2", "2026/1-0")), [
    ["2026/1-0", "2026/1-1"],
    ["2026/1-1", "2026/1-2"],
  ]);
});

test("an edition that was withdrawn, or whose day lies ahead, is neither listed nor given nor downloaded", async (t) => {
  const { app, client, request } = await openWith(t, [
    ["2026/1-0", tree],
    ["2026/1-1", changed({ A: cellText("a1") })],
    ["2026/1-2", changed({ A: cellText("a2") })],
  ]);
  const [update] = (await request("2026/1-2", "2026/1-1")).files;
  const database = new pg.Client(app.database.address);
  await database.connect();
  await database.query("update edition set withdrawn_at = now() where name = '2026/1-2'");
  assert.equal((await client.download(update?.link ?? "")).status, 410);
  assert.match((await request("2026/1-2", "2026/1-1")).result, /^14:/);
  assert.equal((await client.getlist()).charts[0]?.edition, "2026/1-1");
  await database.query("update edition set available_at = now() + interval '1 day' where name = '2026/1-1'");
  assert.equal((await client.getlist()).charts[0]?.edition, "2026/1-0");
  assert.match((await request("2026/1-1")).result, /^14:/);
  await database.query("update edition set available_at = now(), withdrawn_at = null");
  await database.end();
  assert.deepEqual(stepsOf(await request("2026/1-2", "2026/1-1")), [["2026/1-1", "2026/1-2"]]);
});

test("a text file that is gone cannot be withdrawn, so the base is given; an update names withdrawn cells", async (t) => {
  const { client, request } = await openWith(t, [
    ["2026/1-0", editionTree(cells, { "EN_terms.html": "terms" })],
    ["2026/1-1", tree],
    ["2026/1-2", editionTree({ A: cells.A, B: cells.B })],
  ]);
  assert.deepEqual(stepsOf(await request("2026/1-1", "2026/1-0")), [["", "2026/1-1"]]);
  const [update] = (await request("2026/1-2", "2026/1-1")).files;
  const zip = await filesInZip((await client.download(update?.link ?? "")).body);
  const top = "oeuSENC-15-2026-1-2-update";
  assert.deepEqual([...zip.keys()], [`${top}/`, `${top}/ChartList.XML`]);
  assert.match(zip.get(`${top}/ChartList.XML`)?.toString() ?? "", /<WithdrawnCharts><ID>C<\/ID><\/WithdrawnCharts>/);
});

test("after the end of a licence an edition that was published before is given, as a base or an update, and a later one is not", async (t) => {
  const { app, client, request } = await openWith(t, [
    ["2026/1-0", tree],
    ["2026/1-1", changed({ A: cellText("a1") })],
    ["2026/1-2", changed({ A: cellText("a2") })],
  ]);
  const database = new pg.Client(app.database.address);
  await database.connect();
  await database.query("update entitlement set expires_at = '2026-01-17T23:59:59Z'");
  await database.end();
  assert.equal((await client.getlist()).charts[0]?.expired, "1");
  assert.deepEqual(stepsOf(await request("2026/1-0")), [["", "2026/1-0"]]);
  assert.deepEqual(stepsOf(await request("2026/1-1", "2026/1-0")), [["2026/1-0", "2026/1-1"]]);
  assert.equal(
    (await request("2026/1-2", "2026/1-1")).result,
    "14:This edition was published after the end of the licence.",
  );
});

test("the same package for everybody, a key list for each system, under links that need no login and have no ampersand", async (t) => {
  const { app, client, request } = await openWith(t, [["2026/1-0", tree]]);
  const [file] = (await request("2026/1-0")).files;
  assert.doesNotMatch(client.last?.text ?? "", /&/);
  const desktop = await openClient(app, { systemName: "mydesktop" });
  await desktop.xfpr();
  const slotUuid = (await desktop.assign()).slotUuid ?? "";
  const [other] = (await desktop.request({ slotUuid, requestedVersion: "2026/1-0" })).files;
  assert.equal(other?.sha256, file?.sha256);
  assert.notEqual(other?.chartKeysSha256, file?.chartKeysSha256);
  for (const [link, sha256, type] of [
    [file?.link, file?.sha256, "application/zip"],
    [file?.chartKeysLink, file?.chartKeysSha256, "application/xml"],
  ]) {
    const { status, headers, body } = await client.download(link ?? "");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], type);
    assert.equal(headers["content-length"], String(body.length));
    assert.equal(createHash("sha256").update(body).digest("hex"), sha256);
    assert.match(link ?? "", /^[!-~]+$/);
    assert.doesNotMatch(link ?? "", /[?&]/);
    const broken = (link ?? "").replace(/\/[0-9a-f]{8}(?=[0-9a-f]{56}\/)/, "/00000000");
    assert.equal((await client.download(broken)).status, 403);
  }
  const keys = parseAsPlugin((await client.download(file?.chartKeysLink ?? "")).text);
  const values = (name: string) =>
    keys.children
      .flatMap((c) => (c.name === "Chart" ? c.children : [c]))
      .filter((c) => c.name === name)
      .map((c) => c.text);
  assert.deepEqual(values("FileName"), ["A", "B", "C"]);
  assert.deepEqual(values("ID"), ["A", "B", "C"]);
  assert.equal(new Set(values("RInstallKey")).size, 1);
  assert.match(values("ExpirationDate")[0] ?? "", /^\d{10}$/);
  assert.deepEqual([values("Edition")[0], values("ChartInfo")[0]], ["2026/1-0", "British Isles 2017"]);
  assert.match(file?.chartKeysLink ?? "", /\/oeuSENC-15-mylaptop\.XML$/);

  app.advance(23 * 3_600_000);
  assert.equal((await client.download(file?.link ?? "")).status, 200, "a link lives as long as a long chain takes");
  app.advance(2 * 3_600_000);
  for (const link of [file?.link, file?.chartKeysLink]) {
    const { status, text } = await client.download(link ?? "");
    assert.equal(status, 410);
    assert.match(text, /has expired/);
  }
});

test("a download can be taken up in the middle, and a package whose files are lost is gone", async (t) => {
  const { app, client, request } = await openWith(t, [["2026/1-0", tree]]);
  const [file] = (await request("2026/1-0")).files;
  const link = file?.link ?? "";
  const whole = (await client.download(link)).body;
  const { host, pathname } = new URL(link);
  const part = await fetch(`${app.url}${pathname}`, { headers: { range: "bytes=1000-1999", host } });
  assert.equal(part.status, 206);
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(1000, 2000)));
  const [edition] = await app.app.queries.content.editions(1, 15);
  await app.app.files.discardEdition(edition?.content.key ?? "");
  assert.equal((await client.download(link)).status, 410);
});

test("what a request writes is the edition that was last requested, which another client's requests do not change", async (t) => {
  const { app, client, request } = await openWith(t, [
    ["2026/1-0", tree],
    ["2026/1-1", changed({ A: cellText("n") })],
  ]);
  const last = async () => (await client.getlist()).charts[0]?.units[0]?.slots[0]?.lastRequested;
  assert.equal(await last(), "");
  await request("2026/1-0");
  assert.equal(await last(), "2026/1-0");
  await request("1-1", "2026/1-0");
  assert.equal(await last(), "2026/1-1");
  const old = await openPlugin(app);
  assert.equal((await old.getlist()).charts[0]?.state, "requestable", "the older client's delivery is its own");
});

const hook = (body: string) => `#!/bin/sh\n${body}\n`;
const list = `sed 's/.*"cells":\\["\\([^]]*\\)"\\].*/\\1/; s/","/\\n/g' | sed 's|.*|<Chart><Name>&</Name><FileName>&</FileName><ID>X-&</ID><RInstallKey>0A0B</RInstallKey></Chart>|; 1s/^/<keyList>/; $s|$|<ChartInfo>t</ChartInfo></keyList>|'`;

test("a publisher's program makes the keys: it is given the system, the machine, the edition and the cells", async (t) => {
  const { client, request, set } = await openWith(t, [["2026/1-0", tree]]);
  const folder = makeTemporaryFolder(t);
  const program = join(folder, "keys");
  writeFileSync(program, hook(`tee ${join(folder, "question")} | ${list}`));
  chmodSync(program, 0o755);
  await set("oesu.keyHook", program);
  const [file] = (await request("2026/1-0")).files;
  const { text } = await client.download(file?.chartKeysLink ?? "");
  assert.match(text, /<FileName>B<\/FileName><ID>X-B<\/ID><RInstallKey>0A0B</);
  const question = JSON.parse(readFileSync(join(folder, "question"), "utf8"));
  assert.match(question.machine, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...question, machine: "", expires: "" },
    {
      chart: { number: 15, name: "British Isles 2017" },
      edition: "2026/1-0",
      cells: ["A", "B", "C"],
      order: "GBLAQPDMG",
      quantity: 1,
      customer: "skipper@example.com",
      system: "mylaptop",
      machine: "",
      fingerprint: null,
      expires: "",
    },
  );
  writeFileSync(join(folder, "question"), "");
  assert.equal((await request("2026/1-0")).result, "1");
  assert.equal(readFileSync(join(folder, "question"), "utf8"), "", "a button that is pressed twice asks once");
});

test("a hook is given the lines of the fingerprint that was uploaded last, which are kept sealed and for one machine", async (t) => {
  const { app, client, set, logged } = await openWith(t, [["2026/1-0", tree]]);
  const folder = makeTemporaryFolder(t);
  const program = join(folder, "keys");
  writeFileSync(program, hook(`tee ${join(folder, "question")} | ${list}`));
  chmodSync(program, 0o755);
  await set("oesu.keyHook", program);
  const machine = { os: "macos", uuid: "uuid of mylaptop", serial: " É-SERIAL-1", mac: "00:00:5e:00:53:01" } as const;
  assert.equal((await client.xfpr("newlaptop", machine)).result, "1");
  const slotUuid = (await client.assign({}, "newlaptop")).slotUuid ?? "";
  const fields = { slotUuid, assignedSystemName: "newlaptop", requestedVersion: "2026/1-0" };
  assert.equal((await client.request(fields)).result, "1");
  const question = () => JSON.parse(readFileSync(join(folder, "question"), "utf8"));
  assert.deepEqual(question().fingerprint, [
    { name: "PMA", attribute: "M1", value: "00:00:5e:00:53:01" },
    { name: "UUID", attribute: "I1", value: "uuid of mylaptop" },
    { name: "MSER", attribute: "S1", value: " É-SERIAL-1" },
  ]);
  const documents = join(app.dataDir, "files", "documents");
  const kept = readdirSync(documents).map((name) => readFileSync(join(documents, name), "latin1"));
  assert.equal(kept.length, 2, "a key list and a record");
  for (const text of [...kept, logged()]) assert.doesNotMatch(text, /SERIAL-1|00:00:5e|uuid of/);

  await carryOut(app.app, {
    verb: "change_device",
    customerId: 1,
    device: systemNamed("newlaptop"),
    change: "release",
  });
  await set("oesu.keyHook", undefined);
  assert.equal((await client.xfpr("newlaptop", { ...machine, serial: "another" })).result, "1");
  await set("oesu.keyHook", program);
  assert.equal((await client.request(fields)).result, "1");
  assert.equal(question().fingerprint, null, "the lines of the machine before are not this one's");
});

test("a hook that fails is asked again, and what went wrong at last stands in the log", async (t) => {
  const { request, set, lines } = await openWith(t, [["2026/1-0", tree]]);
  const folder = makeTemporaryFolder(t);
  const program = join(folder, "keys");
  const runs = join(folder, "runs");
  const fails: readonly (readonly [script: string, reason: string])[] = [
    ["exit 3", "it ended with the code 3"],
    ["sleep 60", "it did not end within 900 ms"],
    ["echo nonsense", "its list is no XML"],
    ["echo '<keyList><Chart><ID>1</ID></Chart></keyList>'", "its list has an entry without ID, FileName or key"],
    ["echo '<keyList></keyList>'", "its list has no key for one of the cells"],
    ["head -c 9000000 /dev/zero", "its list is too long"],
  ];
  await set("oesu.keyHook", program);
  for (const [script, reason] of fails) {
    const isSlow = script.startsWith("sleep");
    await set("oesu.keyHookMs", isSlow ? "900" : "7000");
    writeFileSync(runs, "");
    writeFileSync(program, hook(`echo run >> ${runs}\n${script}`));
    chmodSync(program, 0o755);
    const { result, files } = await request("2026/1-0");
    assert.equal(result, "14:The keys of this chart cannot be made at the moment. Try again later.", script);
    assert.deepEqual(files, []);
    const said = lines("request").at(-1);
    assert.ok(JSON.stringify(said).includes(`key hook: ${reason}`), `${script}: ${JSON.stringify(said)}`);
    const attempts = readFileSync(runs, "utf8").split("\n").length - 1;
    assert.equal(attempts, isSlow ? 1 : 3, script);
  }
  writeFileSync(runs, "");
  writeFileSync(program, hook(`echo run >> ${runs}\n[ $(wc -l < ${runs}) -lt 2 ] && exit 1\n${list}`));
  assert.equal((await request("2026/1-0")).result, "1", "the second attempt succeeds");
});

test("a publisher's endpoint makes the keys, and any answer but 200 with a key list fails", async (t) => {
  const { client, request, set, lines } = await openWith(t, [["2026/1-0", tree]]);
  let serve: (question: { cells: string[] }, response: ServerResponse) => void = () => {};
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    serve(JSON.parse(body), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  await set("oesu.keyHook", `http://127.0.0.1:${address.port}/keys`);
  await set("oesu.keyHookMs", "1000");
  for (const [status, headers, reason] of [
    [500, {}, "it answers with the status 500"],
    [302, { location: "http://127.0.0.1:1/" }, "it cannot be reached"],
  ] as const) {
    serve = (_question, response) => void response.writeHead(status, headers).end();
    assert.equal((await request("2026/1-0")).result.split(":")[0], "14");
    assert.ok(JSON.stringify(lines("request").at(-1)).includes(`key hook: ${reason}`), reason);
  }
  serve = ({ cells: asked }, response) => {
    const charts = asked.map(
      (cell) => `<Chart><FileName>${cell}</FileName><ID>${cell}</ID><RInstallKey>AB</RInstallKey></Chart>`,
    );
    response.end(`<keyList>${charts.join("")}<ChartInfo>x</ChartInfo></keyList>`);
  };
  const [file] = (await request("2026/1-0")).files;
  assert.match((await client.download(file?.chartKeysLink ?? "")).text, /<RInstallKey>AB</);
});
