/** EVENT - http://url/nokkis/<event>: GET, DELETE, PUT, and what is not defined. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { carryOut } from "../../../tests/support/charts.ts";
import {
  allMatched,
  assertAnswer,
  assertDocument,
  assertError,
  emptyNokkis,
  matched,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

const ropecon = `
<event id="1">
<name>Ropecon 2009</name>
<description>Roolipelit</description>
<startdate>1244620800</startdate>
<enddate>1244905200</enddate>
<num_tickets>123</num_tickets>
<max_tickets>500</max_tickets>
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
<apikey>ABCDE12345</apikey>
</event>`;

test("EVENT GET answers the event with its apikeys in the order in which they were given", async () => {
  for (const line of ["GET /nokkis/1", "GET /nokkis/1/", "GET /NOKKIS/1", "GET /nokkis/001"]) {
    assertAnswer(await demo.ask(line), ropecon);
  }
});

test("EVENT GET leaves out a description that is empty", async () => {
  assert.doesNotMatch((await demo.ask("GET /nokkis/3")).text, /description/);
});

test("EVENT GET of an event that is not there, or of what is no number, is error 24", async () => {
  for (const event of ["999999", "0", "-1", "1x", "one", "1.0", "9999999999999999999", "%20", "CLIENT"]) {
    assertError(await demo.ask(`GET /nokkis/${event}`), 24, "Event not found");
  }
});

test("EVENT PUT as printed is error 21 and changes nothing", async () => {
  const printed = `<nokkis>
<event>
<name>Ropecon 2009</name>
<startdate>1122552</startdate>
<enddate>842222</enddate>
<max_tickets>3000</max_tickets>
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
</event>
</nokkis>`;
  assertError(await demo.ask("PUT /nokkis/1", { body: printed }), 21, "End time before start time");
  assertAnswer(await demo.ask("GET /nokkis/1"), ropecon);
});

test("EVENT PUT with the printed dates exchanged changes everything that it names and answers the event", async () => {
  const event = await demo.createEvent({ name: "Before", description: "kept", apikeys: ["Gone"] });
  const body = `<nokkis>
<event>
<name>Ropecon 2009</name>
<startdate>842222</startdate>
<enddate>1122552</enddate>
<max_tickets>3000</max_tickets>
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
</event>
</nokkis>`;
  const answer = await demo.ask(`PUT /nokkis/${event}`, { body });
  assertAnswer(
    answer,
    `
<event id="${event}">
<name>Ropecon 2009</name>
<description>kept</description>
<startdate>842222</startdate>
<enddate>1122552</enddate>
<num_tickets>0</num_tickets>
<max_tickets>3000</max_tickets>
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
</event>`,
  );
  assert.equal((await demo.ask(`GET /nokkis/${event}`)).text, answer.text);
});

test("EVENT PUT keeps every value that it does not name", async () => {
  const event = await demo.createEvent({
    name: "Old",
    description: "Text",
    start: 10,
    end: 20,
    max: 5,
    apikeys: ["Kept"],
  });
  const put = async (content: string) =>
    (await demo.ask(`PUT /nokkis/${event}`, { body: `<nokkis><event>${content}</event></nokkis>` })).text;
  const state = (name: string, start: number, end: number, max: number, more = "<apikey>Kept</apikey>\n") =>
    new RegExp(
      `<name>${name}</name>\n<description>Text</description>\n<startdate>${start}</startdate>\n<enddate>${end}</enddate>\n` +
        `<num_tickets>0</num_tickets>\n<max_tickets>${max}</max_tickets>\n${more}</event>`,
    );
  assert.match(await put(""), state("Old", 10, 20, 5));
  assert.match(await put("<name> New </name>"), state("New", 10, 20, 5));
  assert.match(await put("<startdate>11</startdate>"), state("New", 11, 20, 5));
  assert.match(await put("<enddate>21</enddate>"), state("New", 11, 21, 5));
  assert.match(await put("<max_tickets>6</max_tickets>"), state("New", 11, 21, 6));
  assert.match(await put("<apikey>Other</apikey>"), state("New", 11, 21, 6, "<apikey>Other</apikey>\n"));
  assert.match(await put("<apikey/>"), state("New", 11, 21, 6, ""));
});

test("EVENT PUT replaces the whole list of apikeys, and an empty description removes the old one", async () => {
  const event = await demo.createEvent({ description: "Text", apikeys: ["A", "B", "C"] });
  const body = "<nokkis><event><description/><apikey>C</apikey><apikey>D</apikey><apikey>C</apikey></event></nokkis>";
  const { text } = await demo.ask(`PUT /nokkis/${event}`, { body });
  assert.deepEqual(allMatched(text, /<apikey>(.*)<\/apikey>/), ["C", "D"]);
  assert.doesNotMatch(text, /description/);
});

test("EVENT PUT takes back what EVENT GET answered, and that changes nothing", async () => {
  const before = (await demo.ask("GET /nokkis/1")).text;
  assert.equal((await demo.ask("PUT /nokkis/1", { body: before })).text, before);
});

test("EVENT PUT judges dates together with those that it keeps", async () => {
  const event = await demo.createEvent({ start: 100, end: 200 });
  const body = "<nokkis><event><enddate>99</enddate></event></nokkis>";
  assertError(await demo.ask(`PUT /nokkis/${event}`, { body }), 21, "End time before start time");
});

test("EVENT PUT with fewer tickets than there are barcodes is error 25; as many is allowed", async () => {
  const event = await demo.createEvent({ max: 5 });
  const keys = [await demo.createBarcode(event), await demo.createBarcode(event), await demo.createBarcode(event)];
  const put = (max: number) =>
    demo.ask(`PUT /nokkis/${event}`, { body: `<nokkis><event><max_tickets>${max}</max_tickets></event></nokkis>` });
  assertError(await put(2), 25, "More barcodes than new value of max tickets");
  assert.match((await put(3)).text, /<num_tickets>3<\/num_tickets>\n<max_tickets>3<\/max_tickets>/);
  await demo.ask(`DELETE /nokkis/${event}/barcode/${keys[0]}`);
  assert.match((await put(2)).text, /<num_tickets>2<\/num_tickets>\n<max_tickets>2<\/max_tickets>/);
});

test("EVENT PUT leaves terms alone that the protocol does not have, and counts places that are held", async () => {
  const event = await demo.createEvent({ max: 5 });
  const productId = Number(event);
  const categories = [{ key: "adult", name: "Adult", capacity: 4, price: null, colour: null }];
  const uses = { max: null, per: "day" } as const;
  const terms = { categories, uses, reentry: "after_exit", timeZone: "Europe/Helsinki", attention: "Badge" } as const;
  await carryOut(app.app, { verb: "change_product", productId, terms: { ...terms, metadata: { season: "26" } } });
  const before = (await app.app.queries.products.byId(1, productId))?.product;
  const put = (max: number) =>
    demo.ask(`PUT /nokkis/${event}`, { body: `<nokkis><event><max_tickets>${max}</max_tickets></event></nokkis>` });
  assert.match((await put(2)).text, /<max_tickets>2</);
  assert.deepEqual((await app.app.queries.products.byId(1, productId))?.product, { ...before, capacity: 2 });
  await carryOut(app.app, { verb: "hold", productId, what: { places: 2 }, reference: "order 1" });
  assertError(await put(1), 25, "More barcodes than new value of max tickets");
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 41, "Event full");
});

test("EVENT PUT with a bad value is error 3, without an event too", async () => {
  for (const content of [
    "",
    "<event><max_tickets>x</max_tickets></event>",
    "<event><max_tickets></max_tickets></event>",
    "<event><startdate>x</startdate></event>",
    "<event><enddate>1 2</enddate></event>",
    `<event><description>${"x".repeat(10_001)}</description></event>`,
  ]) {
    const answer = await demo.ask("PUT /nokkis/1", { body: `<nokkis>${content}</nokkis>` });
    assertError(answer, 3, "Invalid xml input");
  }
});

test("EVENT PUT and DELETE of an event that is not there are error 22", async () => {
  for (const event of ["999999", "x", "9999999999999999999"]) {
    const body = "<nokkis><event><name>N</name></event></nokkis>";
    assertError(await demo.ask(`PUT /nokkis/${event}`, { body }), 22, "Event doesn't exist");
    assertError(await demo.ask(`DELETE /nokkis/${event}`, { body: "<nokkis> </nokkis>" }), 22, "Event doesn't exist");
  }
});

test("EVENT DELETE of an event that never had a barcode removes it with its log", async () => {
  const event = await demo.createEvent({ name: "Never", apikeys: ["NeverKey"] });
  await demo.ask(`PUT /nokkis/${event}`, { body: "<nokkis><event><name>Never sold</name></event></nokkis>" });
  assertDocument(await demo.ask(`DELETE /nokkis/${event}`, { body: "<nokkis> </nokkis>" }), emptyNokkis);

  assert.doesNotMatch((await demo.ask("GET /nokkis")).text, /Never/);
  assert.doesNotMatch((await demo.ask("GET /nokkis/KEY")).text, /Never/);
  assertError(await demo.ask(`GET /nokkis/${event}`), 24, "Event not found");
  assertError(await demo.ask(`GET /nokkis/${event}/LOG`), 24, "Event not found");
  assertError(await demo.ask(`GET /nokkis/${event}/BARCODE/LOG`), 24, "Event not found");
  assertError(await demo.ask(`GET /nokkis/${event}/KEY`), 24, "Event not found");
  assertError(await demo.ask(`GET /nokkis/${event}/BARCODE`), 40, "Barcode not found");
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 42, "Event doesn't exist");
  assertError(await demo.ask(`DELETE /nokkis/${event}`), 22, "Event doesn't exist");
});

test("EVENT DELETE of an event that had a barcode invalidates it: it admits and sells no more, and stays readable", async () => {
  const event = await demo.createEvent({ name: "Sold", apikeys: ["SoldKey"] });
  const unused = await demo.createBarcode(event, "guest@example.com");
  const used = await demo.createBarcode(event);
  await demo.ask(`PUT /nokkis/${event}/BARCODE/${used}`);
  const customer = matched((await demo.ask(`GET /nokkis/${event}/BARCODE/${unused}`)).text, /<user id="(\d+)">/);
  assertDocument(await demo.ask(`DELETE /nokkis/${event}`, { body: "<nokkis> </nokkis>" }), emptyNokkis);

  assert.doesNotMatch((await demo.ask("GET /nokkis")).text, /Sold/, "gone from the list");
  assertDocument(await demo.ask("GET /nokkis/CLIENT/SoldKey"), emptyNokkis.replace("> <", ">\n<"));
  assert.doesNotMatch((await demo.ask("GET /nokkis/KEY")).text, /SoldKey/, "gone from the list of apikeys");
  assertError(await demo.ask(`GET /nokkis/${event}`), 24, "Event not found");
  assertError(await demo.ask(`GET /nokkis/${event}/KEY/SoldKey`), 24, "Event not found");
  const change = { body: "<nokkis><event><name>Back</name></event></nokkis>" };
  assertError(await demo.ask(`PUT /nokkis/${event}`, change), 22, "Event doesn't exist");
  assertError(await demo.ask(`DELETE /nokkis/${event}`), 22, "Event doesn't exist");
  assertError(await demo.ask(`PUT /nokkis/${event}/BARCODE/${unused}`), 44, "Invalid barcode");
  assertError(await demo.ask(`PUT /nokkis/${event}/BARCODE/${used}`), 44, "Invalid barcode");
  assertError(await demo.ask(`POST /nokkis/${event}/BARCODE`), 42, "Event doesn't exist");

  const lines = new Map([
    [unused, `<user id="${customer}">guest@example.com</user>\n<status>0</status>`],
    [used, "<user></user>\n<status>1</status>"],
  ]);
  const barcode = (key: string) =>
    `<barcode key="${key}">\n<event id="${event}">Sold</event>\n${lines.get(key)}\n<valid>0</valid>\n</barcode>`;
  assertAnswer(await demo.ask(`GET /nokkis/${event}/BARCODE/${unused}`), barcode(unused));
  const sorted = [unused, used].sort();
  assertAnswer(await demo.ask(`GET /nokkis/${event}/BARCODE`), sorted.map(barcode).join("\n"));
  assertAnswer(await demo.ask(`GET /nokkis/${event}/BARCODE/LIST/0`), sorted.map(barcode).join("\n"));
  const words = (text: string) => allMatched(text, /<action_data>(.*)</);
  assert.deepEqual(words((await demo.ask(`GET /nokkis/${event}/LOG`)).text), ["event_created", "event_invalidated"]);
  assert.deepEqual(words((await demo.ask(`GET /nokkis/${event}/BARCODE/LOG`)).text), [
    "barcode_created",
    "barcode_created",
    "barcode_used",
  ]);
});

test("EVENT DELETE invalidates an event too whose only barcode was invalidated before", async () => {
  const event = await demo.createEvent();
  const key = await demo.createBarcode(event);
  await demo.ask(`DELETE /nokkis/${event}/barcode/${key}`);
  assertDocument(await demo.ask(`DELETE /nokkis/${event}`), emptyNokkis);
  assert.match((await demo.ask(`GET /nokkis/${event}/BARCODE/${key}`)).text, /<valid>0<\/valid>/);
});

test("EVENT POST is not defined", async () => {
  const answer = await demo.ask("POST /nokkis/1", { body: "<nokkis> </nokkis>" });
  assertError(answer, 0, "Not defined", 405);
  assert.equal(answer.headers.allow, "GET, HEAD, PUT, DELETE");
});
