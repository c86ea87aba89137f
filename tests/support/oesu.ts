import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Machine, writeFingerprint } from "../../src/kinds/chart/fingerprint.ts";
import { startTestApp, type TestApp } from "./app.ts";
import { addChart, addEdition } from "./charts.ts";
import { eventually } from "./eventually.ts";
import { type Answer, exchange } from "./exchange.ts";
import { makeTemporaryFolder, writeTree } from "./folders.ts";
import { addCustomer, pluginBytes, seadog, sellTo, skipper } from "./ocharts.ts";
import { type RawAnswer, sendRaw } from "./raw-connection.ts";
import type { Cleanup } from "./server-process.ts";
import { filesInZip } from "./zip-files.ts";

export const oesuLine = "POST /shop/index.php?fc=module&module=occharts&controller=apioesu";

/** An element as the plugin's lenient parser has it: the text of its first child is its value. */
export interface PluginElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly PluginElement[];
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads a document as leniently as the plugin: the root has any name, and blanks are trimmed. */
export function parseAsPlugin(text: string): PluginElement {
  const decode = (raw: string) =>
    raw
      .replace(/&(?:#(\d+)|([a-z]+));/g, (whole, code?: string, name?: string) =>
        code === undefined ? (entities[name ?? ""] ?? whole) : String.fromCodePoint(Number(code)),
      )
      .replace(/\s+/g, " ")
      .trim();
  const root: { name: string; text: string; children: PluginElement[] } = { name: "", text: "", children: [] };
  const open = [root];
  for (const [, tag = "", content = ""] of text.matchAll(/(?:<([^>]*)>)|([^<]+)/g)) {
    const here = open.at(-1) ?? root;
    if (content !== "") here.text += decode(content);
    else if (tag.startsWith("/")) open.pop();
    else if (!/^[?!]/.test(tag)) {
      const made = { name: tag.replace(/\/$/, ""), text: "", children: [] };
      here.children.push(made);
      if (!tag.endsWith("/")) open.push(made);
    }
  }
  const [document] = root.children;
  assert.ok(document !== undefined, "the plugin reads no document: internal error 57");
  return document;
}

const childOf = (element: PluginElement, name: string) => element.children.find((child) => child.name === name);
const textOf = (element: PluginElement, name: string) => childOf(element, name)?.text;

export interface ShownSlot {
  readonly slotUuid: string;
  readonly assignedSystemName: string;
  readonly lastRequested: string | undefined;
}

export interface ShownChart {
  readonly order: string;
  readonly chartId: string;
  readonly chartName: string;
  readonly chartType: string;
  readonly edition: string;
  readonly editionDate: string | undefined;
  readonly purchase: string | undefined;
  readonly expiration: string | undefined;
  readonly expired: string;
  readonly thumbLink: string | undefined;
  readonly maxSlots: number;
  readonly units: readonly { readonly quantityId: number; readonly slots: readonly ShownSlot[] }[];
}

/** A file of an answer to `request`. An absent element is `undefined`. */
export interface ShownFile {
  readonly link: string;
  readonly size: string | undefined;
  readonly sha256: string;
  readonly chartKeysLink: string;
  readonly chartKeysSha256: string;
  readonly editionTarget: string | undefined;
  readonly editionResult: string;
}

/** An answer as the plugin understands it. */
export interface OesuReply {
  readonly result: string;
  readonly key: string | undefined;
  readonly slotUuid: string | undefined;
  readonly systemNames: readonly string[];
  readonly disabledSystemNames: readonly string[];
  readonly charts: readonly ShownChart[];
  readonly files: readonly ShownFile[];
}

/**
 * Reads an answer as the plugin does, and fails where the plugin crashes: at an empty element right below the root, at
 * an empty `quantityId`, and at a `quantity` whose first child has no text.
 */
export function readReply(text: string, isOfRequest: boolean): OesuReply {
  const root = parseAsPlugin(isOfRequest ? text.replaceAll("&", "&amp;") : text);
  for (const { name, text: value, children } of root.children) {
    assert.ok(value !== "" || children.length > 0, `the plugin crashes on an empty <${name}>`);
  }
  const all = (name: string) => root.children.filter((child) => child.name === name);
  return {
    result: textOf(root, "result") ?? "50",
    key: textOf(root, "key"),
    slotUuid: textOf(root, "slotUuid"),
    systemNames: all("systemName").map((child) => child.text),
    disabledSystemNames: all("disabledSystemName").map((child) => child.text),
    charts: all("chart").map(chartOf),
    files: all("file").map((file) => {
      const at = root.children.indexOf(file);
      const uuidAt = root.children.findIndex(({ name }) => name === "slotUuid");
      assert.ok(uuidAt !== -1 && uuidAt < at, "files without a slot before them are thrown away");
      const must = (name: string) => {
        const value = textOf(file, name);
        assert.ok(value !== undefined && value !== "", `a file needs ${name}`);
        return value;
      };
      return {
        link: must("link"),
        size: textOf(file, "size"),
        sha256: must("sha256"),
        chartKeysLink: must("chartKeysLink"),
        chartKeysSha256: must("chartKeysSha256"),
        editionTarget: textOf(file, "editionTarget"),
        editionResult: must("editionResult"),
      };
    }),
  };
}

function chartOf(chart: PluginElement): ShownChart {
  const must = (name: string) => {
    const value = textOf(chart, name);
    assert.ok(value !== undefined && value !== "", `a chart needs ${name}`);
    return value;
  };
  const units = chart.children
    .filter(({ name }) => name === "quantity")
    .map((quantity) => {
      const [first] = quantity.children;
      assert.ok(
        first?.name === "quantityId" && first.text !== "",
        "the plugin crashes on a quantity without its number",
      );
      return {
        quantityId: Number(first.text),
        slots: quantity.children
          .filter(({ name }) => name === "slot")
          .map((slot) => ({
            slotUuid: textOf(slot, "slotUuid") ?? "",
            assignedSystemName: textOf(slot, "assignedSystemName") ?? "",
            lastRequested: textOf(slot, "lastRequested"),
          })),
      };
    });
  assert.ok(units.length > 0, "a chart without a unit is shown as fully assigned");
  return {
    order: must("order"),
    chartId: must("chartId"),
    chartName: must("chartName"),
    chartType: must("chartType"),
    edition: must("edition"),
    editionDate: textOf(chart, "editionDate"),
    purchase: textOf(chart, "purchase"),
    expiration: textOf(chart, "expiration"),
    expired: must("expired"),
    thumbLink: textOf(chart, "thumbLink"),
    maxSlots: Number(must("maxSlots")),
    units,
  };
}

/** `(YYYY mod 2000)·10000 + E·100 + U`, as the plugin compares editions. */
function editionValue(edition: string): number {
  const [, year = "0", number = "0", update = "0"] = /^(\d+)\/(\d+)-(\d+)$/.exec(edition) ?? [];
  return (Number(year) % 2000) * 10_000 + Number(number) * 100 + Number(update);
}

/** A slot on the machine's disk: the edition that the plugin believes to have, and the files in its folder. */
export interface InstalledSet {
  edition: string;
  readonly files: Map<string, Buffer>;
  /** The merged list, by the ID of the cell. */
  readonly list: Map<string, string>;
  /** The merged keys: the key by the name of the cell's file. */
  readonly keys: Map<string, string>;
}

/** The plugin of one customer at one machine. */
export interface OesuClient {
  host: string;
  address: string;
  last: RawAnswer | undefined;
  /** The sets on the disk, by the UUID of their slots. */
  readonly installed: Map<string, InstalledSet>;
  send(body: string | Uint8Array, line?: string): Promise<OesuReply>;
  /** The same, whatever the status of the answer. */
  sendRaw(body: string | Uint8Array, line?: string): Promise<RawAnswer>;
  bodyOf(taskId: string, fields?: Readonly<Record<string, string>>): string;
  login(password?: string): Promise<OesuReply>;
  identifySystem(machine?: Partial<Machine>): Promise<OesuReply>;
  xfpr(systemName?: string, machine?: Partial<Machine>): Promise<OesuReply>;
  getlist(): Promise<OesuReply>;
  assign(place?: Partial<Record<"order" | "chartid" | "quantityId", string>>, systemName?: string): Promise<OesuReply>;
  request(fields: Readonly<Record<string, string>>): Promise<OesuReply>;
  /** Presses Install, Download, Update or Reinstall: everything up to the set on the disk. */
  install(chartId?: string): Promise<readonly ShownFile[]>;
  download(link: string): Promise<Answer>;
}

let fingerprintSeconds = 1_772_000_000;

/** Opens a plugin and logs in, unless `key` is given. */
export async function openClient(
  { url }: Pick<TestApp, "url">,
  { username = skipper, password = seadog, systemName = "mylaptop", key = "" } = {},
): Promise<OesuClient> {
  const machine: Omit<Machine, "atMs"> = { os: "linux", uuid: `uuid of ${systemName}` };
  const version = "l.2.2.1";
  let loginKey = key;
  const fingerprintOf = (other: Partial<Machine>) => {
    const made = writeFingerprint({ ...machine, atMs: 1000 * fingerprintSeconds++, ...other });
    return { xfpr: made.hex, xfprName: made.name };
  };
  const client: OesuClient = {
    host: new URL(url).host,
    address: "127.0.0.1",
    last: undefined,
    installed: new Map(),
    async sendRaw(body, line = oesuLine) {
      client.last = await sendRaw(url, pluginBytes(client.host, body, line), client.address);
      return client.last;
    },
    async send(body, line) {
      const { status, text } = await client.sendRaw(body, line);
      assert.equal(status, 200, text);
      return readReply(text, String(body).startsWith("taskId=request"));
    },
    bodyOf(taskId, fields = {}) {
      const all = { taskId, username, key: loginKey, version, ...fields };
      return Object.entries(all)
        .map(([name, value]) => `${name}=${value}`)
        .join("&");
    },
    async login(text = password) {
      const hex = Buffer.from(text).toString("hex").toUpperCase();
      const reply = await client.send(`taskId=login2&username=${username}&password=${hex}&version=${version}`);
      if (reply.key !== undefined) loginKey = reply.key;
      return reply;
    },
    identifySystem: (other = {}) => client.send(client.bodyOf("identifySystem", fingerprintOf(other))),
    xfpr: (name = systemName, other = {}) =>
      client.send(client.bodyOf("xfpr", { systemName: name, ...fingerprintOf(other), version })),
    getlist: () => client.send(client.bodyOf("getlist")),
    assign: ({ order = "GBLAQPDMG", chartid = "15", quantityId = "1" } = {}, name = systemName) =>
      client.send(client.bodyOf("assign", { systemName: name, order, chartid, quantityId })),
    request: (fields) =>
      client.send(
        client.bodyOf("request", {
          assignedSystemName: systemName,
          requestedFile: "base",
          currentVersion: "",
          ...fields,
        }),
      ),
    async install(chartId = "15") {
      const identified = await client.identifySystem();
      if (identified.result === "8l") assert.equal((await client.xfpr()).result, "1");
      assert.equal((await client.xfpr()).result, "1", "the fingerprint is uploaded every time");
      const chart = (await client.getlist()).charts.find((one) => one.chartId === chartId);
      assert.ok(chart !== undefined, `chart ${chartId} is listed`);
      const mine = chart.units.flatMap(({ slots }) => slots).find((slot) => slot.assignedSystemName === systemName);
      const slotUuid = mine?.slotUuid ?? (await client.assign({ order: chart.order, chartid: chartId })).slotUuid ?? "";
      const before = client.installed.get(slotUuid);
      const isSameEdition = (a: number, b: number) => Math.floor(a / 100) === Math.floor(b / 100) && a !== b;
      const isUpdate = before !== undefined && isSameEdition(editionValue(before.edition), editionValue(chart.edition));
      const reply = await client.request({
        slotUuid,
        requestedFile: isUpdate ? "update" : "base",
        requestedVersion: chart.edition,
        currentVersion: before?.edition ?? "",
      });
      assert.equal(reply.result, "1");
      assert.ok(reply.files.length > 0, "without a file the plugin reports a success with nothing on the disk");
      assert.equal(new Set(reply.files.map(({ editionResult }) => editionResult)).size, reply.files.length);
      const set = before ?? { edition: "", files: new Map(), list: new Map(), keys: new Map() };
      for (const file of reply.files) await installFile(client, chart, file, set);
      set.edition = chart.edition;
      client.installed.set(slotUuid, set);
      return reply.files;
    },
    download(link) {
      assert.ok(!link.includes("&"), "some clients read an ampersand in a link in another way");
      const { host, pathname, search } = new URL(link);
      return exchange(url, `GET ${pathname}${search}`, { headers: { host, "accept-encoding": "identity" } });
    },
  };
  if (key === "") assert.equal((await client.login()).result, "1");
  return client;
}

async function fetchChecked(client: OesuClient, link: string, sha256: string): Promise<Buffer> {
  const { status, body } = await client.download(link);
  assert.equal(status, 200);
  assert.equal(createHash("sha256").update(body).digest("hex"), sha256, "the digest, in lower case");
  return body;
}

/** Downloads and installs a file of an answer, as the plugin does. */
async function installFile(client: OesuClient, chart: ShownChart, file: ShownFile, set: InstalledSet): Promise<void> {
  const keys = parseAsPlugin((await fetchChecked(client, file.chartKeysLink, file.chartKeysSha256)).toString());
  const zip = await fetchChecked(client, file.link, file.sha256);
  assert.equal(file.size, String(zip.length));
  const entries = await filesInZip(zip);
  const [top = ""] = [...entries.keys()][0]?.split("/") ?? [];
  const start = chart.chartType === "oeuSENC" ? `oeuSENC-${chart.chartId}-` : `oeuRNC-${chart.chartId}-`;
  assert.ok(top.startsWith(start), `install error 11: ${top}`);
  if ((file.editionTarget ?? "") === "") for (const part of [set.files, set.list, set.keys]) part.clear();
  const inZip = (path: string) => entries.get(`${top}/${path}`);
  const list = parseAsPlugin(inZip("ChartList.XML")?.toString() ?? "");
  assert.equal(list.name, "chartList");
  assert.ok(textOf(list, "Edition") !== "", "the plugin crashes on an empty Edition");
  const ending = chart.chartType === "oeuSENC" ? "oesu" : "oernc";
  for (const entry of list.children.filter(({ name }) => name === "Chart")) {
    const id = textOf(entry, "ID") ?? "";
    const content = inZip(`${id}.${ending}`);
    if (content === undefined) continue;
    set.files.set(`${id}.${ending}`, content);
    set.list.set(id, JSON.stringify(entry.children.map(({ name, text }) => [name, text])));
  }
  for (const gone of childOf(list, "WithdrawnCharts")?.children ?? []) {
    assert.notEqual(gone.text, "", "the plugin crashes on an empty withdrawn chart");
    set.files.delete(`${gone.text}.${ending}`);
    set.list.delete(gone.text);
  }
  for (const [path, content] of entries) {
    if (/\.(?:html|txt|TXT)$/.test(path)) set.files.set(path.slice(top.length + 1), content);
  }
  assert.equal(keys.name, "keyList");
  for (const entry of keys.children.filter(({ name }) => name === "Chart")) {
    assert.ok(textOf(entry, "ID"), "entries of keys are merged by ID");
    const fileName = textOf(entry, "FileName") ?? "";
    set.keys.set(fileName, textOf(entry, "RInstallKey") ?? "");
  }
}

/** An edition as a publisher has it: cells by name, and further files. */
export function editionTree(
  cells: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const ids = Object.keys(cells);
  const charts = ids.map(
    (id) =>
      `<Chart><Name>Cell ${id}</Name><ID>${id}</ID><SE>1</SE><RE>0</RE><ED>2026-01-01</ED><Scale>50000</Scale></Chart>`,
  );
  return {
    ...Object.fromEntries(ids.map((id) => [`${id}.oesu`, cells[id] ?? ""])),
    "ChartList.XML": `<?xml version="1.0"?><chartList>${charts.join("")}<Edition>x</Edition></chartList>`,
    ...more,
  };
}

/** The files of an edition by their paths. */
export type Tree = Readonly<Record<string, string>>;

/** The content of a cell, of some size: an update must be smaller than the base. */
export const cellText = (name: string) => `${name} `.repeat(400);

export interface OesuShop {
  readonly app: TestApp;
  /** Adds an edition, published a day after the last one, and waits for its packages. */
  publish(name: string, tree: Tree, productId?: number): Promise<void>;
  /** Waits until no job is left. */
  idle(): Promise<void>;
  /** For a shop without a context. */
  stop(): Promise<void>;
}

/** A shop whose customer, the skipper, has bought chart 15; it has no edition yet. Jobs are done. A suite stops it. */
export async function openOesuShop(
  context: Cleanup | undefined,
  options: Parameters<typeof startTestApp>[1] = {},
): Promise<OesuShop> {
  const app = await startTestApp(context, options);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const folders = context ?? { after: (clean: () => void | Promise<void>) => void cleanUps.push(clean) };
  await addCustomer(app);
  await addChart(app.app);
  await sellTo(app);
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "", address: "shop@example.com" },
    outboxDir: join(app.dataDir, "outbox"),
  });
  const dayMs = 86_400_000;
  let publishedAtMs = Date.UTC(2026, 0, 15);
  const idle = async () => {
    await eventually("no job is left", async () => {
      const counts = await app.app.queries.jobs.counts();
      return counts.every(({ waiting }) => waiting === 0) || undefined;
    });
  };
  return {
    app,
    idle,
    async stop() {
      await app.stop();
      for (const clean of cleanUps) await clean();
    },
    async publish(name, tree, productId = 15) {
      const folder = writeTree(makeTemporaryFolder(folders), tree);
      publishedAtMs += dayMs;
      await addEdition(app.app, folder, { name, productId, publishedAtMs });
      await idle();
    },
  };
}
