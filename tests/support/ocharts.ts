import assert from "node:assert/strict";
import { hashPassword } from "../../src/access/password.ts";
import type { CommandOf } from "../../src/core/command.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { type Machine, writeFingerprint } from "../../src/kinds/chart/fingerprint.ts";
import { codeOfUnit } from "../../src/kinds/chart/unit-code.ts";
import type { TestApp } from "./app.ts";
import { carryOut } from "./charts.ts";
import { type Answer, exchange } from "./exchange.ts";
import { type RawAnswer, sendRaw } from "./raw-connection.ts";

export const apiLine = "POST /shop/index.php?fc=module&module=occharts&controller=api";

/** The headers that the plugin sends with every task, in its order. */
const headers = [
  "User-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64; rv:35.0) Gecko/20100101 Firefox/35.0",
  "Accept-Encoding: identity",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Connection: keep-alive",
  "Accept: */*",
];

const form = "Content-Type: application/x-www-form-urlencoded";

/** A request as the plugin sends it, byte for byte; text as UTF-8. */
export function pluginBytes(host: string, body: string | Uint8Array, line = apiLine, more = [form]): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  const head = [`${line} HTTP/1.1`, `Host: ${host}`, ...headers, `Content-Length: ${bytes.length}`, ...more];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), bytes]);
}

/** A field of each `<chart>`, as the plugin knows it. */
export type PluginChart = Readonly<Record<string, string>>;

/** An answer as the plugin understands it. */
export interface PluginReply {
  readonly result: string;
  /** The part of the result before the first colon. */
  readonly code: string;
  readonly key: string | undefined;
  /** One for each `<chart>`: for each slot. */
  readonly charts: readonly PluginChart[];
  readonly systemNames: readonly string[];
  readonly disabledSystemNames: readonly string[];
}

/** Fields that a chart does not take over from the one before. */
const cleared = new Set(["assignedSystemName", "lastRequested"]);
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads an answer as the plugin does: it takes text from the network in pieces and drops any piece that is not valid on
 * its own, deletes an ampersand that begins no reference, reads numeric references below a declaration only, takes over
 * from the chart before what a chart leaves empty, and crashes on an empty element right below the root.
 */
export function readAsPlugin(answer: Uint8Array, pieceBytes = 1_000): PluginReply {
  let text = "";
  for (let at = 0; at < answer.length; at += pieceBytes) text += decoded(answer.subarray(at, at + pieceBytes));
  const hasDeclaration = text.startsWith("<?xml ");
  const read = (content: string) =>
    content
      .replace(/&(?:#(\d+)|([a-z]+));|&/g, (_whole, code?: string, name?: string) => {
        if (code !== undefined) return hasDeclaration ? String.fromCodePoint(Number(code)) : "";
        return (name === undefined ? undefined : entities[name]) ?? "";
      })
      .replace(/\s+/g, " ")
      .trim();
  const reply = { result: "50", key: undefined as string | undefined };
  const charts: Record<string, string>[] = [];
  const systemNames: string[] = [];
  const disabledSystemNames: string[] = [];
  const [, , content = ""] = /<([a-z]+)>(.*)<\/\1>\s*$/s.exec(text) ?? [];
  for (const [, name = "", inner = ""] of content.matchAll(/<(\w+)(?:\/>|>(.*?)<\/\1>)/gs)) {
    if (name === "chart") {
      const before = Object.entries(charts.at(-1) ?? {}).filter(([field]) => !cleared.has(field));
      const chart: Record<string, string> = Object.fromEntries(before);
      for (const [, field = "", value = ""] of inner.matchAll(/<(\w+)(?:\/>|>([^<]*)<\/\1>)/g)) {
        if (read(value) !== "") chart[field] = read(value);
      }
      charts.push(chart);
      continue;
    }
    const value = read(inner);
    assert.notEqual(value, "", `the plugin crashes on an empty <${name}>`);
    if (name === "result") reply.result = value;
    if (name === "key") reply.key = value;
    if (name === "systemName") systemNames.push(value);
    if (name === "disabledSystemName") disabledSystemNames.push(value);
  }
  return { ...reply, code: reply.result.replace(/:.*$/s, ""), charts, systemNames, disabledSystemNames };
}

function decoded(piece: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(piece);
  } catch {
    return "";
  }
}

/** The slot of a unit that a task names. */
export interface Place {
  readonly chartid?: string;
  readonly order?: string;
  readonly quantityId?: string;
  readonly slot?: string;
}

/** The plugin of one customer at one machine. */
export interface Plugin {
  /** The host that it names; a server reads the settings anew for a host that it has not seen. */
  host: string;
  /** The address from which it calls. */
  address: string;
  /** The last answer as it came. */
  last: RawAnswer | undefined;
  /** Sends this body. An answer whose status is not 200 fails: the plugin looks no further then. */
  send(body: string | Uint8Array, line?: string): Promise<PluginReply>;
  /** The body of a task with these fields after those that every task has. */
  bodyOf(taskId: string, fields?: Readonly<Record<string, string>>): string;
  login(password?: string): Promise<PluginReply>;
  getlist(): Promise<PluginReply>;
  xfpr(systemName?: string, machine?: Partial<Machine>): Promise<PluginReply>;
  assign(place?: Place, systemName?: string): Promise<PluginReply>;
  request(place?: Place, systemName?: string): Promise<PluginReply>;
  identifySystem(machine?: Partial<Machine>): Promise<PluginReply>;
  /** A request for a link, as the plugin sends it or with other headers. */
  download(link: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
}

export const skipper = "skipper@example.com";
export const seadog = "seadog";
const shopVersion = "l.3.3.13";

/** When each fingerprint is made: no two at the same time. */
let fingerprintSeconds = 1_495_855_975;

/** Opens a plugin and logs in, unless `key` is given. */
export async function openPlugin(
  { url }: Pick<TestApp, "url">,
  { username = skipper, password = seadog, systemName = "mylaptop", key = "" } = {},
): Promise<Plugin> {
  const machine: Omit<Machine, "atMs"> = { os: "linux", uuid: `uuid of ${systemName}` };
  let loginKey = key;
  const plugin: Plugin = {
    host: new URL(url).host,
    address: "127.0.0.1",
    last: undefined,
    async send(body, line) {
      plugin.last = await sendRaw(url, pluginBytes(plugin.host, body, line), plugin.address);
      assert.equal(plugin.last.status, 200);
      return readAsPlugin(Buffer.from(plugin.last.text));
    },
    bodyOf(taskId, fields = {}) {
      const all = { taskId, username, key: loginKey, version: shopVersion, ...fields };
      return Object.entries(all)
        .map(([name, value]) => `${name}=${value}`)
        .join("&");
    },
    async login(text = password) {
      const escaped = Buffer.from(text)
        .toString("latin1")
        .replace(/[^A-Za-z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
      const reply = await plugin.send(`taskId=login&username=${username}&password=${escaped}&version=${shopVersion}`);
      if (reply.key !== undefined) loginKey = reply.key;
      return reply;
    },
    getlist: () => plugin.send(plugin.bodyOf("getlist")),
    xfpr(name = systemName, other = {}) {
      const made = writeFingerprint({ ...machine, atMs: 1000 * fingerprintSeconds++, ...other });
      return plugin.send(plugin.bodyOf("xfpr", { systemName: name, xfpr: made.hex, xfprName: made.name }));
    },
    assign: (place, name = systemName) => plugin.send(plugin.bodyOf("assign", { systemName: name, ...placeOf(place) })),
    request: (place, name = systemName) =>
      plugin.send(plugin.bodyOf("request", { assignedSystemName: name, ...placeOf(place) })),
    identifySystem(other = {}) {
      const made = writeFingerprint({ ...machine, atMs: 1000 * fingerprintSeconds++, ...other });
      return plugin.send(plugin.bodyOf("identifySystem", { xfpr: made.hex, xfprName: made.name }));
    },
    download(link, more = { "accept-encoding": "gzip,deflate", accept: "*/*" }, method = "GET") {
      const { host, pathname, search } = new URL(link);
      return exchange(url, `${method} ${pathname}${search}`, { headers: { host, ...more } });
    },
  };
  if (key === "") assert.equal((await plugin.login()).result, "1");
  return plugin;
}

function placeOf({ chartid = "15", order = "GBLAQPDMG", quantityId = "1", slot = "0" }: Place = {}) {
  return { chartid, order, quantityId, slot };
}

/** Makes a customer who can log in, or gives one another password. */
export async function addCustomer({ app }: TestApp, name = skipper, password = seadog): Promise<number> {
  const { administration } = app;
  const id = await administration.putCustomer(defaultOrganizationId, { name, ownerId: null });
  await administration.setCustomerPassword(defaultOrganizationId, id, await hashPassword(password));
  return id;
}

/** Sells a chart. By default it was bought today and is valid for a year. */
export async function sellTo(
  { app }: TestApp,
  holder = skipper,
  {
    order = "GBLAQPDMG",
    productId = 15,
    quantityId = 1,
    ...more
  }: Partial<Parameters<typeof codeOfUnit>[0] & Pick<CommandOf<"issue">, "issuedAtMs" | "expiresAtMs">> = {},
): Promise<void> {
  const code = codeOfUnit({ order, productId, quantityId });
  await carryOut(app, { verb: "issue", productId, holder, code, ...more });
}
