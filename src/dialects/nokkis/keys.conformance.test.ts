/** APIKEY - http://url/nokkis/KEY, and APIKEY (BY EVENT) - http://url/nokkis/<event>/KEY/<key>. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { allMatched, assertAnswer, assertError, nokkisClient } from "../../../tests/support/nokkis.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

test("APIKEY GET lists every apikey in order, with the events that it opens", async () => {
  const printed = `
<apikey id="78v89sdhvsndd">
<event id="1">Ropecon 2009</event>
</apikey>
<apikey id="897cshdsd7f89">
<event id="1">Ropecon 2009</event>
</apikey>
<apikey id="978v8s6vysdhj">
<event id="1">Ropecon 2009</event>
</apikey>
<apikey id="ABCDE12345">
<event id="1">Ropecon 2009</event>
<event id="2">Assembly</event>
<event id="3">Tiny</event>
</apikey>`;
  for (const line of ["GET /nokkis/KEY", "GET /nokkis/key", "GET /nokkis/KEY/"]) {
    assertAnswer(await demo.ask(line, { body: "<nokkis> </nokkis>" }), printed);
  }
});

const keysOfRopecon = `
<event id="1">
<apikey>897cshdsd7f89</apikey>
<apikey>78v89sdhvsndd</apikey>
<apikey>978v8s6vysdhj</apikey>
<apikey>ABCDE12345</apikey>
</event>`;

test("APIKEY (BY EVENT) GET answers all apikeys of the event when the one that is named is among them", async () => {
  for (const key of ["897cshdsd7f89", "78v89sdhvsndd", "978v8s6vysdhj", "ABCDE12345"]) {
    assertAnswer(await demo.ask(`GET /nokkis/1/KEY/${key}`), keysOfRopecon);
  }
  assertAnswer(await demo.ask("GET /nokkis/1/key/ABCDE12345"), keysOfRopecon);
});

test("APIKEY (BY EVENT) GET without a key answers the same document", async () => {
  for (const line of ["GET /nokkis/1/KEY", "GET /nokkis/1/key", "GET /nokkis/1/KEY/"]) {
    assertAnswer(await demo.ask(line), keysOfRopecon);
  }
});

test("APIKEY (BY EVENT) GET of an apikey that does not open the event is error 30, to the letter", async () => {
  for (const key of ["nobodys", "abcde12345", "ABCDE1234", "%20ABCDE12345", "%C3%A4", "a%2Fb"]) {
    assertError(await demo.ask(`GET /nokkis/1/KEY/${key}`), 30, "Apikey not found");
  }
  assertError(await demo.ask("GET /nokkis/2/KEY/897cshdsd7f89"), 30, "Apikey not found");
});

test("APIKEY (BY EVENT) GET of an event that is not there is error 24, with any key", async () => {
  for (const path of ["999999/KEY", "999999/KEY/ABCDE12345", "x/KEY/ABCDE12345"]) {
    assertError(await demo.ask(`GET /nokkis/${path}`), 24, "Event not found");
  }
});

test("an event without apikeys has an empty list", async () => {
  const event = await demo.createEvent();
  assertAnswer(await demo.ask(`GET /nokkis/${event}/KEY`), `<event id="${event}">\n</event>`);
});

test("an apikey that no event lists any more is gone from APIKEY GET", async () => {
  const event = await demo.createEvent({ apikeys: ["Short1ived"] });
  assert.match((await demo.ask("GET /nokkis/KEY")).text, /Short1ived/);
  await demo.ask(`PUT /nokkis/${event}`, { body: "<nokkis><event><apikey/></event></nokkis>" });
  assert.doesNotMatch((await demo.ask("GET /nokkis/KEY")).text, /Short1ived/);
});

test("apikeys may look like words of the path", async () => {
  const event = await demo.createEvent({ apikeys: ["KEY", "LOG", "BARCODE", "CLIENT", "123"] });
  for (const key of ["KEY", "LOG", "BARCODE", "CLIENT", "123"]) {
    const { text } = await demo.ask(`GET /nokkis/${event}/KEY/${key}`);
    assert.deepEqual(allMatched(text, /<apikey>(.*)</), ["KEY", "LOG", "BARCODE", "CLIENT", "123"]);
    assert.match((await demo.ask(`GET /nokkis/CLIENT/${key}`)).text, new RegExp(`<event id="${event}">`));
  }
});

test("PUT, POST and DELETE of apikeys are not defined", async () => {
  for (const method of ["PUT", "POST", "DELETE"]) {
    for (const path of ["/nokkis/KEY", "/nokkis/1/KEY", "/nokkis/1/KEY/ABCDE12345"]) {
      const answer = await demo.ask(`${method} ${path}`, { body: "<nokkis> </nokkis>" });
      assertError(answer, 0, "Not defined", 405);
      assert.equal(answer.headers.allow, "GET, HEAD");
    }
  }
});
