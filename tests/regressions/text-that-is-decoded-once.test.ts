/**
 * Fault: a document in a form was decoded twice, by the form and by its own declaration, so that `Jäätelö` became
 * `JÃ¤Ã¤telÃ¶`; forms in other character sets than UTF-8, documents in most encodings, and documents in a form of parts
 * were refused; a number of JSON was signed as `5` though `5.00` was sent.
 *
 * Guarantee: one layer decodes, once. What the outer layer says counts (a byte order mark, the charset of the media
 * type or of the form), else the declaration; every encoding of the Encoding Standard is understood; and what is signed
 * is what was sent.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { ezpertClient, licensesIn } from "../support/ezpert.ts";
import { type MorClient, morClient, sha1, valuesOf } from "../support/mor.ts";
import { assertError, eventDocument, type NokkisClient, nokkisClient } from "../support/nokkis.ts";

let app: TestApp;
let nokkis: NokkisClient;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  nokkis = nokkisClient(app.url);
});
after(() => app.stop());

const form = "application/x-www-form-urlencoded";
const name = "Jäätelö";
const document = (text: string, encoding?: string) =>
  (encoding === undefined ? "" : `<?xml version="1.0" encoding="${encoding}"?>`) + eventDocument({ name: text });
const latin1 = (text: string) => Buffer.from(text, "latin1");
/** Every byte of it escaped. */
const escaped = (bytes: Uint8Array) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const inParts = (value: Uint8Array, head = "") =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="xml"\r\n${head}\r\n`),
    value,
    Buffer.from("\r\n--b--\r\n"),
  ]);

async function assertStored(body: string | Uint8Array, type: string, expected = name): Promise<void> {
  const { text } = await nokkis.ask("POST /nokkis", { body, headers: { "content-type": type } });
  assert.ok(text.includes(`<name>${expected}</name>`), text);
}

describe("a document in a form", () => {
  test("is in the form's encoding, whatever its declaration says", async () => {
    for (const encoding of [undefined, "UTF-8", "ISO-8859-1", "UTF-16", "EBCDIC"]) {
      await assertStored(`xml=${encodeURIComponent(document(name, encoding))}`, form);
      await assertStored(inParts(Buffer.from(document(name, encoding))), "multipart/form-data; boundary=b");
    }
    await assertStored(`xml=${escaped(latin1(document(name, "UTF-8")))}`, `${form}; charset=ISO-8859-1`);
    await assertStored(`xml=${escaped(Buffer.from(`\ufeff${document(name)}`, "utf16le"))}`, form);
  });

  test("whose bytes are not UTF-8 is in the encoding that it declares, and otherwise error 3", async () => {
    await assertStored(`xml=${escaped(latin1(document(name, "ISO-8859-1")))}`, form);
    await assertStored(inParts(latin1(document(name, "ISO-8859-1"))), "multipart/form-data; boundary=b");
    for (const encoding of [undefined, "UTF-8", "UTF-16", "EBCDIC", "us-ascii"]) {
      const body = `xml=${escaped(latin1(document(name, encoding)))}`;
      assertError(await nokkis.ask("POST /nokkis", { body }), 3, "Invalid xml input");
    }
  });

  test("of parts may name an encoding for its part", async () => {
    const head = "Content-Type: text/xml; charset=ISO-8859-1\r\n";
    await assertStored(inParts(latin1(document(name, "UTF-8")), head), "multipart/form-data; boundary=b");
  });
});

describe("a document", () => {
  test("is read in every encoding that it may declare", async () => {
    const euro = latin1(`${document("J\xe4\xe4tel\xf6 5 \xa4", "ISO-8859-15")}`);
    await assertStored(euro, "text/xml", "Jäätelö 5 €");
    const table: [encoding: string, bytes: number[], text: string][] = [
      ["windows-1251", [0xca, 0xe8, 0xed, 0xee], "Кино"],
      ["ISO-8859-2", [0xb3, 0xf3, 0x64, 0xbc], "łódź"],
      ["Shift_JIS", [0x93, 0x8c, 0x8b, 0x9e], "東京"],
      ["EUC-KR", [0xbc, 0xad, 0xbf, 0xef], "서울"],
      ["GB18030", [0xb1, 0xb1, 0xbe, 0xa9], "北京"],
    ];
    for (const [encoding, bytes, text] of table) {
      const body = latin1(document(String.fromCharCode(...bytes), encoding));
      await assertStored(body, "application/octet-stream", text);
      await assertStored(latin1(document(String.fromCharCode(...bytes))), `text/xml; charset=${encoding}`, text);
    }
  });

  test("is in the charset of its media type rather than in that which it declares", async () => {
    await assertStored(document(name, "ISO-8859-1"), "application/xml; charset=utf-8");
    await assertStored(latin1(document(name, "UTF-8")), "text/xml; charset=ISO-8859-1");
    await assertStored(Buffer.from(document(name, "UTF-16"), "utf16le"), "text/xml; charset=utf-16");
    await assertStored(Buffer.from(document(name, "UTF-16"), "utf16le").swap16(), "text/xml; charset=utf-16");
    await assertStored(`\ufeff${document(name)}`, "text/xml; charset=ISO-8859-1");
    await assertStored(latin1(document(name, "ISO-8859-1")), "text/xml; charset=utf-8");
  });
});

test("a form is in the charset of its media type", async () => {
  const ask = ezpertClient(app.url);
  for (const [charset, written] of [
    ["ISO-8859-1", "%C9mile"],
    ["utf-8", "%C3%89mile"],
    ["windows-1252", "%C9mile"],
    ["nonsense", "%C3%89mile"],
  ]) {
    const client = `emile-${charset}@example.com`;
    const headers = { "content-type": `${form}; charset=${charset}` };
    const { text } = await ask("create", `client_id=${client}&client_name=${written}`, { headers });
    assert.equal(licensesIn(text)[0]?.client_id, client, text);
    assert.equal((await app.app.queries.customers.byName(1, client))?.displayName, "Émile");
  }
});

describe("a number of JSON", () => {
  let client: MorClient;
  let number = "";
  before(async () => {
    client = morClient(app);
    [number = ""] = valuesOf(await client.ask("card_from_group_sell", { id: "6" }), "number");
  });
  const pay = (amount: string, signed: string) => {
    const hash = sha1(`x${number}${signed}EUR456789`);
    const body = `{"u":"admin","description":"x","number":"${number}","amount":${amount},"currency":"EUR","hash":"${hash}"}`;
    return client.send("/billing/api/card_payment_add", { body, headers: { "content-type": "application/json" } });
  };

  test("is signed as it was sent, or as programs print it", async () => {
    for (const [amount, signed] of [
      ["5.00", "5.00"],
      ["5.00", "5"],
      ["5.50", "5.50"],
      ["5.50", "5.5"],
      ["1e1", "10"],
      ["5", "5"],
    ] as const) {
      assert.deepEqual(valuesOf(await pay(amount, signed), "error"), [], `${amount} signed as ${signed}`);
    }
  });

  test("that is signed as a text which is no amount is none, and another text is another hash", async () => {
    assert.deepEqual(valuesOf(await pay("1e1", "1e1"), "error"), ["Amount is not correct"]);
    assert.deepEqual(valuesOf(await pay("5.00", "5.0"), "error"), ["Incorrect hash"]);
  });

  test("may have more digits than a double holds", async () => {
    const long = "12345678901234567890123";
    const body = `{"u":"admin","number":${long},"hash":"${sha1(`${long}456789`)}"}`;
    const answer = await client.send("/billing/api/card_balance_get", {
      body,
      headers: { "content-type": "application/json" },
    });
    assert.deepEqual(valuesOf(answer, "error"), ["Calling Card was not found"]);
  });
});
