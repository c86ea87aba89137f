/**
 * One list of broken bodies for every dialect. Guarantee: each is answered in the dialect's own words for what it
 * cannot read, never as a fault of the server; nobody is let in by it, though it may hold good credentials; nothing is
 * changed. A dialect may only skip a body for a reason, which stands beside it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Answer, basic, exchange } from "../support/exchange.ts";
import * as ezpert from "../support/ezpert.ts";
import * as mor from "../support/mor.ts";
import { assertError as assertNokkisError, nokkisClient } from "../support/nokkis.ts";
import { apiLine, readAsPlugin } from "../support/ocharts.ts";

const bodyBytesMax = 64 * 1024;

interface Sent {
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What may go wrong with a body, whatever is in it; `empty` is one that is read, in which nothing is. */
type Fault = "empty" | "unreadable" | "broken" | "too_large" | "coding_unknown";

/** One dialect, as this suite speaks it. */
interface Speaker {
  /** Requests that take a body; a form of nothing may do for some of them. */
  readonly lines: readonly string[];
  readonly needNothing?: readonly string[];
  /** Parameters that are good as they are. */
  good(): Readonly<Record<string, string>>;
  send(line: string, sent: Sent): Promise<Answer>;
  /** Fails unless this is the dialect's error for it. */
  assertRefused(answer: Answer, fault: Fault, what: string): void;
  /** What must not change. */
  state(): Promise<string>;
}

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

const mario = "mario.rossi@sangah.com";

const speakers = {
  nokkis: {
    lines: [
      "POST /nokkis",
      "PUT /nokkis/2",
      "DELETE /nokkis/2",
      "POST /nokkis/2/BARCODE",
      "PUT /nokkis/2/BARCODE/412158754",
      "DELETE /nokkis/2/BARCODE/412158754",
    ],
    good: () => ({ xml: "<nokkis/>" }),
    send: (line, sent) => exchange(app.url, line, sent),
    assertRefused(answer, fault) {
      assertNokkisError(answer, 3, "Invalid xml input", fault === "coding_unknown" ? 415 : 200);
      assert.ok(answer.headers["x-counterfoil-reason"], "the reason is told");
    },
    state: async () => (await nokkisClient(app.url).ask("GET /nokkis/2/BARCODE")).text,
  },
  mor: {
    lines: ["POST /billing/api/card_from_group_sell"],
    good: () => mor.morClient(app).sign("card_from_group_sell", { id: "6" }),
    async send(line, { body, headers }) {
      const [method = "", path = ""] = line.split(" ");
      return mor.morClient(app).send(path, { method, body, headers });
    },
    assertRefused(answer, fault) {
      const words = {
        empty: "Bad login",
        unreadable: "Bad login",
        broken: "Request cannot be read",
        too_large: "Request is too large",
        coding_unknown: "Request cannot be read",
      };
      if (fault === "coding_unknown") assert.deepEqual(mor.valuesOf(answer, "error"), [words[fault]]);
      else mor.assertError(answer, "status", words[fault]);
    },
    state: async () => (await mor.morClient(app).ask("card_group_get", { id: "6" })).text,
  },
  ezpert: {
    lines: Object.values(ezpert.actions).map((path) => `POST ${path}`),
    needNothing: [`POST ${ezpert.actions.token}`],
    good: () => ({ client_id: mario }),
    async send(line, { body, headers }) {
      const stranger = await exchange(app.url, line, { body, headers });
      if (stranger.status === 401) assert.equal(stranger.text, ezpert.errorText("Unauthorized operation."));
      else assert.ok([400, 413, 415].includes(stranger.status), "a stranger is told of nothing but the message itself");
      return exchange(app.url, line, { body, headers: { ...basic("username", "password"), ...headers } });
    },
    assertRefused({ status, text }, fault, what) {
      const expected = {
        empty: [200, ezpert.errorText("A client_id must be provided.", "java.lang.NullPointerException")],
        unreadable: [200, ezpert.errorText("The parameters cannot be read.", "java.lang.IllegalArgumentException")],
        broken: [400, ezpert.errorText("The request cannot be read.")],
        too_large: [413, ezpert.errorText("The request is too large.")],
        coding_unknown: [415, ezpert.errorText("The Content-Encoding of the request is not known.")],
      };
      assert.deepEqual([status, text], expected[fault], what);
    },
    state: async () => (await ezpert.ezpertClient(app.url)("query", { client_id: mario })).text,
  },
  ocharts: {
    lines: [apiLine, apiLine.replace("POST", "PUT")],
    // It knows its parameters by name wherever they stand, so good ones would stay good.
    good: () => ({ a: "1" }),
    send: (line, sent) => exchange(app.url, line, sent),
    assertRefused({ status, headers, body }, fault) {
      const results = {
        empty: "3a",
        unreadable: "3a",
        broken: "3:The request cannot be read: an order, chart or place in it is none.",
        too_large: "9:403:Bad file arguments.",
        coding_unknown: "3:The request cannot be read: an order, chart or place in it is none.",
      };
      assert.equal(status, fault === "coding_unknown" ? 415 : 200);
      assert.equal(headers["content-type"], "text/xml; charset=utf-8");
      assert.equal(readAsPlugin(body).result, results[fault]);
    },
    state: async () => {
      const login = "taskId=login&username=skipper@example.com&password=seadog";
      const { key } = readAsPlugin((await exchange(app.url, apiLine, { body: login })).body);
      const list = `taskId=getlist&username=skipper@example.com&key=${key}`;
      return JSON.stringify(readAsPlugin((await exchange(app.url, apiLine, { body: list })).body));
    },
  },
} satisfies Record<string, Speaker>;

type Name = keyof typeof speakers;

interface Body {
  readonly body: string | Uint8Array | ((good: Readonly<Record<string, string>>) => string | Uint8Array);
  readonly type?: string;
  /** Whether it can be read as a form, in which nothing is. */
  readonly isForm?: true;
  readonly skip?: Partial<Record<Name, string>>;
}

const form = (good: Readonly<Record<string, string>>) => new URLSearchParams(good).toString();
const json = "application/json";
const parts = "multipart/form-data; boundary=b";
const part = (name: string, value: string, head = "") =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${head}\r\n${value}\r\n`;
const goodParts = (good: Readonly<Record<string, string>>) =>
  Object.entries(good)
    .map(([name, value]) => part(name, value))
    .join("");
const onlyXml = { nokkis: "of a form only the field xml is looked at" };
const notSent = { nokkis: "no body, or a blank one, stands for an empty document" };
const entities = Array.from("bcdefghij", (name, index) => {
  const reference = `&${"abcdefghi"[index]};`;
  return `<!ENTITY ${name} "${reference.repeat(10)}">`;
}).join("");

const bodies: Readonly<Record<string, Body>> = {
  "no body": { body: "", isForm: true, skip: notSent },
  blanks: { body: " \r\n\t", isForm: true, skip: notSent },
  "plain text": { body: "hello", isForm: true },
  "separators alone": { body: "&&&&", isForm: true },
  "an equals sign": { body: "=", isForm: true },
  NULs: { body: Buffer.alloc(1_000) },
  "every byte": { body: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) },
  "any bytes": { body: Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 256)) },
  "a packed body that does not say so": { body: gzipSync("<nokkis/>") },

  "a form with an escaped NUL": { body: (good) => `${form(good)}&x=%00`, skip: onlyXml },
  "a form with a NUL": { body: (good) => `${form(good)}&x=\0`, skip: onlyXml },
  "a form with a NUL in a name": { body: (good) => `%00=1&${form(good)}`, skip: onlyXml },
  "a form whose escapes are not UTF-8": { body: (good) => `${form(good)}&x=%FF%FE`, skip: onlyXml },
  "a form whose bytes are not UTF-8": {
    body: (good) => Buffer.concat([Buffer.from(`${form(good)}&x=`), Buffer.from([0xff, 0xc3, 0x28])]),
    skip: onlyXml,
  },
  "a form with half a surrogate pair": { body: (good) => `${form(good)}&x=%ED%A0%80`, skip: onlyXml },
  "a form with a value that is not UTF-8": { body: "xml=%FF&client_id=%FF" },
  "a form that is not in its charset": {
    body: (good) => `${form(good)}&x=%93`,
    type: "application/x-www-form-urlencoded; charset=Shift_JIS",
    skip: onlyXml,
  },
  "a form of 2,000 fields": { body: (good) => `${"x=1&".repeat(2_000)}${form(good)}` },
  "a form of 10,000 fields": { body: "a=1&".repeat(10_000) },
  "a form in UTF-16": { body: (good) => Buffer.from(form(good), "utf16le") },
  "a form without the fields": { body: "a=b&c=d&xm=%3Cnokkis%2F%3E", isForm: true },

  "an object that is not closed": { body: "{", type: json },
  "a list": { body: "[]", type: json },
  "a list of objects": { body: (good) => JSON.stringify([good]), type: json },
  null: { body: "null", type: json },
  "a number": { body: "1", type: json },
  "a string": { body: '"text"', type: json },
  "an object and something": { body: (good) => `${JSON.stringify(good)}x`, type: json },
  "a value that is a list": { body: (good) => JSON.stringify({ ...good, x: ["a"] }), type: json },
  "a value that is an object": { body: (good) => JSON.stringify({ ...good, x: { $gt: "" } }), type: json },
  "lists within each other": { body: "[".repeat(20_000), type: json },
  "closed lists within each other": {
    body: (good) => `${JSON.stringify(good).slice(0, -1)},"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    type: json,
  },
  "a string with a NUL": { body: (good) => JSON.stringify({ ...good, x: "\0" }), type: json },
  "a string with half a surrogate pair": {
    body: (good) => `${JSON.stringify(good).slice(0, -1)},"x":"\\ud800"}`,
    type: json,
  },
  "an object that is not UTF-8": {
    body: (good) => Buffer.from(JSON.stringify({ ...good, x: "\xe9" }), "latin1"),
    type: json,
  },
  "an object in UTF-16": { body: (good) => Buffer.from(JSON.stringify(good), "utf16le"), type: json },
  "an object about a prototype": {
    body: (good) => `{"__proto__":${JSON.stringify(good)}}`,
    type: json,
    isForm: true,
  },

  "parts without a boundary": { body: (good) => `${goodParts(good)}--b--\r\n`, type: "multipart/form-data" },
  "parts with another boundary": {
    body: (good) => `${goodParts(good)}--b--\r\n`,
    type: "multipart/form-data; boundary=c",
  },
  "parts that are none": { body: form, type: parts, skip: { nokkis: "a form is read whatever it calls itself" } },
  "parts that do not end": { body: goodParts, type: parts },
  "a part without a head": { body: "--b\r\n\r\n", type: parts },
  "parts with a NUL": { body: (good) => `${goodParts(good)}${part("x", "\0")}--b--`, type: parts, skip: onlyXml },
  "parts that are not UTF-8": {
    body: (good) => Buffer.from(`${goodParts(good)}${part("x", "\xff")}--b--`, "latin1"),
    type: parts,
    skip: onlyXml,
  },
  "parts in a transfer encoding": {
    body: (good) => `${goodParts(good)}${part("x", "eA==", "Content-Transfer-Encoding: base64\r\n")}--b--`,
    type: parts,
  },
  "more parts than anybody needs": {
    body: (good) => `${part("x", "").repeat(65)}${goodParts(good)}--b--`,
    type: parts,
  },
  "7,000 empty parts": { body: "--b\r\n\r\n\r\n".repeat(7_000).slice(0, bodyBytesMax), type: parts },

  ...Object.fromEntries(
    Object.entries({
      "an element that is not closed": "<nokkis><event>",
      "an end without a beginning": "</nokkis>",
      "elements that cross": "<nokkis><a><b></a></b></nokkis>",
      "two roots": "<nokkis/><nokkis/>",
      "text behind the root": "<nokkis/>x",
      "another root": "<tickets/>",
      "a root that is a part": "<event/>",
      "a root in another case": "<Nokkis/>",
      "a root in capitals": "<NOKKIS/>",
      "an end in another case": "<nokkis></Nokkis>",
      "a prefix": "<n:nokkis/>",
      "an attribute twice": "<nokkis a='1' a='2'/>",
      "a bomb of entities": `<!DOCTYPE n [<!ENTITY a "aaaaaaaaaa">${entities}]><nokkis>&j;</nokkis>`,
      "an entity of one's own": '<!DOCTYPE nokkis [<!ENTITY e "x">]><nokkis>&e;</nokkis>',
      "an external entity": '<!DOCTYPE n [<!ENTITY x SYSTEM "file:///etc/passwd">]><nokkis><user>&x;</user></nokkis>',
      "a parameter entity": '<!DOCTYPE nokkis [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><nokkis/>',
      "an external DOCTYPE":
        '<?xml version="1.0"?>\n<!-- c -->\n<!DOCTYPE nokkis SYSTEM "file:///etc/passwd"><nokkis/>',
      "a DOCTYPE alone": "<!DOCTYPE nokkis><nokkis/>",
      "a DOCTYPE in small letters": "<!doctype nokkis><nokkis/>",
      "an entity that nobody declared": "<nokkis>&unknown;</nokkis>",
      "ten thousand elements within each other": "<a>".repeat(10_000),
      "forty elements within each other": `<nokkis>${"<a>".repeat(40)}${"</a>".repeat(40)}</nokkis>`,
      "five thousand attributes": `<tickets ${Array.from({ length: 5_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`,
      "a reference to the character NUL": "<nokkis><user>&#0;</user></nokkis>",
      "a reference to half a surrogate pair": "<nokkis>&#xD800;</nokkis>",
      "a control character": "<nokkis>\u0001</nokkis>",
      "an encoding that nobody knows": '<?xml version="1.0" encoding="EBCDIC"?><nokkis/>',
      "UTF-7": '<?xml version="1.0" encoding="UTF-7"?><nokkis>+AGE-</nokkis>',
      JSON: '{"nokkis":{}}',
    }).map(([name, body]): [string, Body] => [`the document: ${name}`, { body, isForm: true }]),
  ),
  "the document: bytes that are not UTF-8": {
    body: Buffer.from("<nokkis><user>\xff\xfe</user></nokkis>", "latin1"),
  },
  "the document: a NUL": { body: "<nokkis><user>a\0b</user></nokkis>" },
  "the document, in a form: not closed": { body: "xml=%3Cnokkis%3E", isForm: true },
  "the document, in parts: not closed": { body: `${part("xml", "<nokkis>")}--b--`, type: parts, isForm: true },
};

/** What is said of the coding of a body, the fault that it is, and the body. */
const packed: Readonly<Record<string, readonly [coding: string, fault: Fault, body: Uint8Array]>> = {
  "gzip that is none": ["gzip", "broken", Buffer.from("a=b")],
  "gzip that is cut short": ["gzip", "broken", gzipSync("a=b").subarray(0, -1)],
  "deflate that is none": ["deflate", "broken", Buffer.from("\xffa=b", "latin1")],
  "Brotli with something behind it": ["br", "broken", Buffer.concat([brotliCompressSync("a=b"), Buffer.from("x")])],
  "zstd that is none": ["zstd", "broken", Buffer.from("a=b")],
  "a bomb of 64 MB": ["gzip", "too_large", gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  "a byte too many": ["deflate", "too_large", deflateRawSync(Buffer.alloc(bodyBytesMax + 1, "a"))],
  "a coding that nobody knows": ["compress", "coding_unknown", Buffer.from("a=b")],
  "a coding twice": ["gzip, gzip", "coding_unknown", gzipSync(gzipSync("a=b"))],
  "a coding that is none": ["\xff", "coding_unknown", Buffer.from("a=b")],
};

for (const [name, speaker] of Object.entries(speakers) as [Name, Speaker][]) {
  describe(name, () => {
    let unchanged = "";
    before(async () => {
      unchanged = await speaker.state();
    });
    after(async () => assert.equal(await speaker.state(), unchanged, "nothing was changed"));

    for (const [what, { body, type, isForm, skip }] of Object.entries(bodies)) {
      if (skip?.[name] !== undefined) continue;
      test(`${what} is refused`, async () => {
        for (const line of speaker.lines) {
          if (isForm && speaker.needNothing?.includes(line)) continue;
          const bytes = typeof body === "function" ? body(speaker.good()) : body;
          const headers = { "content-type": type ?? "application/x-www-form-urlencoded" };
          const answer = await speaker.send(line, { body: bytes, headers });
          speaker.assertRefused(answer, isForm ? "empty" : "unreadable", `${what}: ${line}`);
        }
      });
    }

    for (const [what, [coding, fault, body]] of Object.entries(packed)) {
      test(`${what} is refused`, async () => {
        for (const line of speaker.lines) {
          const answer = await speaker.send(line, { body, headers: { "content-encoding": coding } });
          speaker.assertRefused(answer, fault, `${what}: ${line}`);
          const codings = fault === "coding_unknown" ? "gzip, deflate, br, zstd" : undefined;
          assert.equal(answer.headers["accept-encoding"], codings);
        }
      });
    }

    test("a body that is longer than allowed is refused before it is read", async () => {
      for (const line of speaker.lines) {
        for (const length of [bodyBytesMax + 1, 20 * bodyBytesMax]) {
          const body = form(speaker.good()).padEnd(length, "&");
          speaker.assertRefused(await speaker.send(line, { body, headers: {} }), "too_large", line);
        }
      }
    });
  });
}
