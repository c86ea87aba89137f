/** CLIENT - http://url/nokkis/CLIENT/<apikey>: the file with which a gate works while the network is away. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { carryOut } from "../../../tests/support/charts.ts";
import {
  allMatched,
  assertAnswer,
  assertDocument,
  assertError,
  matched,
  nokkis,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

test("CLIENT GET answers all events of the apikey with all their barcodes, and no other apikey", async () => {
  const { text } = await demo.ask("GET /nokkis/CLIENT/ABCDE12345", { body: "<nokkis> </nokkis>" });
  assert.deepEqual(allMatched(text, /^<event id="(\d+)">$/), ["1", "2", "3"]);
  assert.equal(allMatched(text, /^<barcode key="(\d+)">$/).length, 223);
  assert.deepEqual(allMatched(text, /^<apikey>(.*)</), ["ABCDE12345", "ABCDE12345", "ABCDE12345"]);
  assert.ok(
    text.includes(
      '<barcode key="983475629310">\n<user id="1">foobar@helsinki.fi</user>\n<status>0</status>\n<valid>1</valid>\n</barcode>\n',
    ),
  );
  for (const path of ["client/ABCDE12345", "Client/ABCDE12345/", "CLIENT/ABCDE12345?apikey=nobodys"]) {
    assert.equal((await demo.ask(`GET /nokkis/${path}`)).text, text, path);
  }
});

test("CLIENT GET has the printed form: used barcodes are status 1, used and invalidated ones are valid 0", async () => {
  const terms = { start: 1_244_620_800, end: 4_000_000_000, apikeys: ["GateA", "GateB"] };
  const first = await demo.createEvent({ name: "First", description: "not in the file", ...terms });
  const second = await demo.createEvent({ name: "Second", ...terms, apikeys: ["GateA"] });
  await demo.createEvent({ name: "Third", ...terms, apikeys: ["GateB"] });
  const unused = await demo.createBarcode(first, "foobar@example.com");
  const used = await demo.createBarcode(first);
  const invalidated = await demo.createBarcode(first);
  await demo.ask(`PUT /nokkis/${first}/BARCODE/${used}`);
  await demo.ask(`DELETE /nokkis/${first}/BARCODE/${invalidated}`);

  const owner = matched((await demo.ask(`GET /nokkis/${first}/BARCODE/${unused}`)).text, /<user id="(\d+)">/);
  const inside = new Map([
    [unused, `<user id="${owner}">foobar@example.com</user>\n<status>0</status>\n<valid>1</valid>`],
    [used, "<user></user>\n<status>1</status>\n<valid>0</valid>"],
    [invalidated, "<user></user>\n<status>0</status>\n<valid>0</valid>"],
  ]);
  const barcodes = [...inside.keys()]
    .sort()
    .map((key) => `<barcode key="${key}">\n${inside.get(key)}\n</barcode>`)
    .join("\n");
  assertAnswer(
    await demo.ask("GET /nokkis/CLIENT/GateA"),
    `
<event id="${first}">
<name>First</name>
<startdate>1244620800</startdate>
<enddate>4000000000</enddate>
<apikey>GateA</apikey>
${barcodes}
</event>
<event id="${second}">
<name>Second</name>
<startdate>1244620800</startdate>
<enddate>4000000000</enddate>
<apikey>GateA</apikey>
</event>`,
  );
});

test("CLIENT GET of an unknown apikey is error 11, whoever asks", async () => {
  for (const key of ["nobodys", "abcde12345", "%00", "%20", "ABCDE12345%20", "%C3%A4", "a%2Fb", "x".repeat(2_000)]) {
    assertError(await demo.ask(`GET /nokkis/CLIENT/${key}`), 11, "Invalid apikey");
  }
  const known = { headers: { "x-apikey": "ABCDE12345" } };
  assertError(await demo.ask("GET /nokkis/CLIENT/nobodys", known), 11, "Invalid apikey");
});

test("CLIENT GET of an apikey that an event had but has no more is error 11", async () => {
  const event = await demo.createEvent({ apikeys: ["Withdrawn"] });
  await demo.ask(`PUT /nokkis/${event}`, { body: "<nokkis><event><apikey>Instead</apikey></event></nokkis>" });
  assertError(await demo.ask("GET /nokkis/CLIENT/Withdrawn"), 11, "Invalid apikey");
});

test("CLIENT GET of an apikey whose only event was invalidated is an empty file", async () => {
  const event = await demo.createEvent({ apikeys: ["OnlyKey"] });
  await demo.createBarcode(event);
  await demo.ask(`DELETE /nokkis/${event}`);
  assertDocument(await demo.ask("GET /nokkis/CLIENT/OnlyKey"), nokkis("").replace("\n\n", "\n"));
});

test("CLIENT GET of several thousand barcodes has each of them once", async () => {
  const event = await demo.createEvent({ max: 10_000, apikeys: ["ManyKey"] });
  const issue = { verb: "issue", productId: event, holder: null, code: { randomDigits: 18 }, quantity: 100 } as const;
  const issued = await Promise.all(Array.from({ length: 41 }, () => carryOut(app.app, issue)));
  const keys = issued.flatMap(({ entitlement, others }) => [entitlement, ...others].map(({ code }) => code));
  const { text } = await demo.ask("GET /nokkis/CLIENT/ManyKey");
  assert.deepEqual(allMatched(text, /^<barcode key="(\d+)">$/), keys.sort());
  assert.ok(text.endsWith("</barcode>\n</event>\n</nokkis>\n"));
});

test("CLIENT: other methods are not defined", async () => {
  for (const method of ["PUT", "POST", "DELETE"]) {
    const answer = await demo.ask(`${method} /nokkis/CLIENT/ABCDE12345`, { body: "<nokkis> </nokkis>" });
    assertError(answer, 0, "Not defined", 405);
    assert.equal(answer.headers.allow, "GET, HEAD");
  }
});
