/** NOKKIS - http://url/nokkis: GET, POST, and what is not defined. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import {
  allMatched,
  assertAnswer,
  assertError,
  eventDocument,
  matched,
  nokkisClient,
} from "../../../tests/support/nokkis.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

test("NOKKIS GET lists the events of the sample data, without apikeys and without a url", async () => {
  const answer = await demo.ask("GET /nokkis");
  const [start = "", end = ""] = [2, 1].map((back) => allMatched(answer.text, /date>(\d+)</).at(-back));
  assert.equal(Number(end) - Number(start), 31 * 24 * 60 * 60);
  assertAnswer(
    answer,
    `
<event id="1">
<name>Ropecon 2009</name>
<description>Roolipelit</description>
<startdate>1244620800</startdate>
<enddate>1244905200</enddate>
<num_tickets>123</num_tickets>
<max_tickets>500</max_tickets>
</event>
<event id="2">
<name>Assembly</name>
<description>Demoparty</description>
<startdate>${start}</startdate>
<enddate>${end}</enddate>
<num_tickets>100</num_tickets>
<max_tickets>3000</max_tickets>
</event>
<event id="3">
<name>Tiny</name>
<startdate>${start}</startdate>
<enddate>${end}</enddate>
<num_tickets>0</num_tickets>
<max_tickets>1</max_tickets>
</event>
<event id="4">
<name>Harbour Festival</name>
<description>A day ticket with re-entry</description>
<startdate>${start}</startdate>
<enddate>${end}</enddate>
<num_tickets>3</num_tickets>
<max_tickets>1000</max_tickets>
</event>
<event id="5">
<name>Harbour Ferry</name>
<description>A card of ten rides</description>
<startdate>${start}</startdate>
<enddate>${end}</enddate>
<num_tickets>1</num_tickets>
<max_tickets>200</max_tickets>
</event>`,
  );
});

test("the gate of the sample data lets people in with tickets of the two events with uses", async () => {
  const headers = { "x-apikey": "FESTIVALGATE1" };
  const use = async (line: string) => (await demo.ask(line, { headers })).text;
  for (const time of [1, 2]) {
    assert.match(await use("PUT /nokkis/5/barcode/500000000001"), /<barcode key="500000000001">/, `ride ${time}`);
  }
  assert.match(await use("PUT /nokkis/4/barcode/400000000002"), /<barcode key="400000000002">/);
  assert.match(await use("PUT /nokkis/4/barcode/400000000002"), /<error id="43">/, "the child is inside");
  assert.match(await use("PUT /nokkis/2/barcode/412158754"), /<error id="10">/, "the gate admits to no other event");
});

test("NOKKIS GET is the same with a slash at the end, in capitals, and with a request document", async () => {
  const { text } = await demo.ask("GET /nokkis");
  for (const line of ["GET /nokkis/", "GET /NOKKIS", "GET /Nokkis/"]) {
    assert.equal((await demo.ask(line)).text, text, line);
  }
  assert.equal((await demo.ask("GET /nokkis", { body: "<nokkis> </nokkis>" })).text, text);
});

test("NOKKIS POST as printed is error 21, since the printed end lies before the printed start", async () => {
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
  const before = (await demo.ask("GET /nokkis")).text;
  assertError(await demo.ask("POST /nokkis", { body: printed }), 21, "End time before start time");
  assert.equal((await demo.ask("GET /nokkis")).text, before, "nothing was made");
});

test("NOKKIS POST with the printed dates exchanged answers the event with its number and apikeys", async () => {
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
  const answer = await demo.ask("POST /nokkis", { body });
  const id = matched(answer.text, /<event id="(\d+)">/);
  assertAnswer(
    answer,
    `
<event id="${id}">
<name>Ropecon 2009</name>
<startdate>842222</startdate>
<enddate>1122552</enddate>
<num_tickets>0</num_tickets>
<max_tickets>3000</max_tickets>
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
</event>`,
  );
  assert.equal((await demo.ask(`GET /nokkis/${id}`)).text, answer.text, "EVENT GET says the same");
});

test("a new event has a number that no event of the sample data has", async () => {
  assert.ok((await demo.createEvent()) > 3);
});

test("NOKKIS POST takes a description, and apikeys written as attributes", async () => {
  const body = `<nokkis><event><name>N</name><description>Two
lines</description><startdate>0</startdate><enddate>253402300799</enddate><max_tickets>0</max_tickets>
<apikey id="AttributeKey1"/><apikey id="AttributeKey2"></apikey></event></nokkis>`;
  const answer = await demo.ask("POST /nokkis", { body });
  assertAnswer(
    answer,
    `
<event id="${matched(answer.text, /<event id="(\d+)">/)}">
<name>N</name>
<description>Two
lines</description>
<startdate>0</startdate>
<enddate>253402300799</enddate>
<num_tickets>0</num_tickets>
<max_tickets>0</max_tickets>
<apikey>AttributeKey1</apikey>
<apikey>AttributeKey2</apikey>
</event>`,
  );
});

test("NOKKIS POST lists an apikey once that is given twice", async () => {
  const event = await demo.createEvent({ apikeys: ["Twice", "Once", "Twice"] });
  const { text } = await demo.ask(`GET /nokkis/${event}`);
  assert.deepEqual(allMatched(text, /<apikey>(.*)<\/apikey>/), ["Twice", "Once"]);
});

test("NOKKIS POST takes an event that starts and ends in the same second", async () => {
  const event = await demo.createEvent({ start: 1_244_620_800, end: 1_244_620_800 });
  assert.match((await demo.ask(`GET /nokkis/${event}`)).text, /<enddate>1244620800<\/enddate>/);
});

test("NOKKIS POST without dates or tickets, or with ones that are no numbers, is error 3", async () => {
  const whole = eventDocument({ start: 1, end: 2, max: 3 });
  const changes: readonly (readonly [RegExp, string])[] = [
    [/<startdate>.*\n/, ""],
    [/<enddate>.*\n/, ""],
    [/<max_tickets>.*\n/, ""],
    [/<startdate>1/, "<startdate>soon"],
    [/<startdate>1/, "<startdate>-1"],
    [/<startdate>1/, "<startdate>1.5"],
    [/<startdate>1/, "<startdate>"],
    [/<enddate>2/, "<enddate>253402300800"],
    [/<enddate>2/, "<enddate>2009-06-10"],
    [/<max_tickets>3/, "<max_tickets>many"],
    [/<max_tickets>3/, "<max_tickets>-3"],
    [/<max_tickets>3/, "<max_tickets>3e2"],
    [/<max_tickets>3/, "<max_tickets>1000000000000000"],
    [/<event>.*<\/event>/s, ""],
  ];
  for (const [from, to] of changes) {
    const body = whole.replace(from, to);
    assert.notEqual(body, whole);
    assertError(await demo.ask("POST /nokkis", { body }), 3, "Invalid xml input");
  }
});

test("NOKKIS POST with a blank or missing name, or one of more than 255 characters, is error 20", async () => {
  for (const name of ["", " \n\t ", "x".repeat(256)]) {
    assertError(await demo.ask("POST /nokkis", { body: eventDocument({ name }) }), 20, "Invalid name");
  }
  const nameless = eventDocument().replace(/<name>.*\n/, "");
  assertError(await demo.ask("POST /nokkis", { body: nameless }), 20, "Invalid name");
  const longest = "x".repeat(255);
  const event = await demo.createEvent({ name: longest });
  assert.match((await demo.ask(`GET /nokkis/${event}`)).text, new RegExp(`<name>${longest}</name>`));
});

test("NOKKIS POST with an apikey of other characters than A-Z, a-z and 0-9 is error 23", async () => {
  for (const key of ["with-hyphen", "two words", "ä", "١٢٣", "a_b", "a.b", "&lt;"]) {
    const answer = await demo.ask("POST /nokkis", { body: eventDocument({ apikeys: ["good", key] }) });
    assertError(answer, 23, "Apikeys must be alphanumeric");
  }
});

test("NOKKIS PUT and DELETE are not defined, POST is", async () => {
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await demo.ask(`${method} /nokkis`, { body: "<nokkis> </nokkis>" });
    assertError(answer, 0, "Not defined", 405);
    assert.equal(answer.headers.allow, "GET, HEAD, POST");
  }
});

test("a path that the specification does not have is error 0 and the status 404", async () => {
  for (const path of [
    "/nokkis/1/TICKET",
    "/nokkis/1/BARCODE/412158754/LOG",
    "/nokkis/KEY/ABCDE12345",
    "/nokkis/1/LOG/2",
  ]) {
    assertError(await demo.ask(`GET ${path}`), 0, "Not defined", 404);
  }
});
