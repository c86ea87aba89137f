/**
 * Attack: one request of 64 KiB from a stranger, a form of 7,000 empty parts or a password of escapes, took 50 to 190
 * ms of the only thread that serves everybody; eight connections made gates wait for seconds.
 *
 * Guarantee: nothing that a stranger may send takes longer than 30 ms to read; reading ends with the first fault; and
 * who presents credentials in a header has no body read before they are known to be right.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DialectContext, DialectRequest } from "../../src/dialects/dialect.ts";
import { ezpert } from "../../src/dialects/ezpert/index.ts";
import { readBody } from "../../src/dialects/nokkis/decode.ts";
import { readRequest } from "../../src/dialects/ocharts/decode.ts";
import { readParameters } from "../../src/wire/parameters.ts";
import { basic } from "../support/exchange.ts";

const bodyBytesMax = 64 * 1024;
const readMsMax = 30;

const parts = "multipart/form-data; boundary=b";
const json = "application/json";
const shop = "fc=module&module=occharts&controller=api";
const login = "taskId=login&username=a@example.com";
const part = '--b\r\nContent-Disposition: form-data; name="xml"\r\n\r\n\r\n';
const list = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join("");

/** The worst bodies that were found for each format; each is cut to what is taken. */
const bodies: Readonly<Record<string, readonly [body: string, type?: string]>> = {
  "empty parts": ["--b\r\n\r\n\r\n".repeat(7_000), parts],
  "named parts": [part.repeat(2_000), parts],
  "a part of many headers": [`--b\r\n${"a:b\r\n".repeat(20_000)}`, parts],
  "a boundary that is nearly everywhere": [
    `${"-".repeat(68)}\r\n`.repeat(1_000),
    `multipart/form-data; boundary=${"-".repeat(70)}`,
  ],
  "a long boundary": [`\r\n${"-".repeat(3_002)}x`.repeat(30), `multipart/form-data; boundary=${"-".repeat(3_000)}`],
  "one field of escapes": [`a=${"%C3%A9".repeat(bodyBytesMax)}`],
  "fields of escapes": ["%61%61=%C3%A9%C3%A9%C3%A9%C3%A9&".repeat(999)],
  "fields alone": ["a&".repeat(bodyBytesMax)],
  "separators alone": ["&".repeat(bodyBytesMax)],
  "escapes of an encoding with states": [
    `a=${"%1b%24%42%24%22%1b%28%42".repeat(bodyBytesMax)}`,
    "x/y; charset=iso-2022-jp",
  ],
  "lists within each other": [`{"a":${"[".repeat(32_000)}${"]".repeat(32_000)}}`, json],
  "lists that are not closed": ["[".repeat(bodyBytesMax), json],
  "numbers of JSON": [`{${list(5_000, (index) => `"${index}":1.0,`)}"a":1}`, json],
  "strings of JSON": [`{${list(4_000, (index) => `"${index}":"\\u00e9",`)}"a":1}`, json],
  elements: [`<nokkis>${"<a/>".repeat(9_990)}</nokkis>`],
  attributes: [`<nokkis>${`<a ${list(60, (index) => `a${index}='' `)}/>`.repeat(150)}`],
  references: [`<nokkis>${"&#65;".repeat(13_000)}</nokkis>`],
  comments: ["<!---->".repeat(9_300)],
  instructions: [`<nokkis>${"<?a?>".repeat(13_000)}</nokkis>`],
  "line ends": [`<nokkis>${"\r\n".repeat(32_000)}</nokkis>`],
  "elements in a form": [`xml=%3Cnokkis%3E${"%3Ca/%3E".repeat(8_000)}`],
  "a password of escapes": [`${login}&password=${"%41".repeat(bodyBytesMax)}`],
  "a password of signs": [`${login}&password=${"&%+".repeat(bodyBytesMax)}`],
  "the longest password": [`${login}&password=${"%e2%82%ac".repeat(1_024)}`],
  "a username of escapes": [`taskId=login&password=x&username=${"%41".repeat(bodyBytesMax)}`],
  "a fingerprint": [
    `taskId=xfpr&username=a&key=${"0".repeat(32)}&systemName=abc&xfprName=oc03L_1495855975.fpr&xfpr=${"4A".repeat(bodyBytesMax)}`,
  ],
  "fields that are known": ["&slot=1".repeat(10_000)],
};

/**
 * The processor time of reading in milliseconds, the least of several times: the rest is what else the machine does.
 */
function readingMs(read: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    read();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

describe("reading ends soon, whatever a stranger sends", () => {
  for (const [what, [text, contentType]] of Object.entries(bodies)) {
    test(what, () => {
      const body = Buffer.from(text).subarray(0, bodyBytesMax);
      const readers = {
        parameters: () => readParameters({ query: "", contentType, body }),
        document: () => readBody(body, contentType),
        task: () => readRequest({ query: shop, body }),
      };
      for (const [name, read] of Object.entries(readers)) {
        const ms = readingMs(read);
        assert.ok(ms < readMsMax, `${name}: ${ms} ms`);
      }
    });
  }
});

test("a password that is longer than any can be is refused unseen, and the longest is read", () => {
  const read = (password: string) => readRequest({ query: shop, body: Buffer.from(`${login}&password=${password}`) });
  const longest = read("%e2%82%ac".repeat(1_024));
  assert.ok("passwords" in longest);
  assert.equal(longest.passwords[0], "€".repeat(1_024));
  const longer = read("%e2%82%ac".repeat(1_025));
  assert.ok("name" in longer);
  assert.equal(longer.name, "passwordInvalid");
});

test("the body of who presents wrong credentials in a header is never looked at", async () => {
  const request: DialectRequest = {
    id: "request",
    method: "POST",
    params: {},
    query: "",
    header: (name) => (name === "authorization" ? basic("username", "wrong").authorization : undefined),
    get body(): Uint8Array {
      throw new Error("the body was read");
    },
    address: "192.0.2.1",
    atMs: 0,
    isAbandoned: false,
    baseUrl: "",
  };
  const context = {
    organization: { id: 1, name: "", settings: new Map() },
    authenticator: { identify: async () => "credentials_wrong" },
  };
  for (const { handle } of ezpert.routes) {
    // Nothing else of the context is asked for by whoever is turned away.
    assert.equal((await handle(request, context as unknown as DialectContext)).status, 401);
  }
});
