/** Products of other protocols are no events: what they are called and hold is neither shown nor changed here. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { morClient, valuesOf } from "../../../tests/support/mor.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

async function ask(method: string, path: string, body?: string): Promise<string> {
  const response = await fetch(`${app.url}${path}`, { method, ...(body === undefined ? {} : { body }) });
  return response.text();
}

test("the list of events names no card group", async () => {
  const list = await ask("GET", "/nokkis");
  assert.match(list, /<event id="1">/);
  assert.doesNotMatch(list, /<event id="[67]">|World Card/);
  assert.match(await ask("GET", "/nokkis/6"), /<error id="24">/);
});

test("nothing that changes an event or a barcode changes a card group or a card", async () => {
  const admin = morClient(app);
  const state = async () => [
    (await admin.ask("card_group_get", { id: "6" })).text,
    (await admin.ask("calling_cards_get", { number: "6000000001" })).text,
    (await admin.ask("calling_cards_get", { number: "6000000002" })).text,
  ];
  const [sold = ""] = valuesOf(await admin.ask("card_from_group_sell", { id: "6" }), "number");
  assert.equal(sold, "6000000001");
  const before = await state();
  const event = "<nokkis><event><name>Mine</name><max_tickets>1</max_tickets></event></nokkis>";
  assert.match(await ask("PUT", "/nokkis/6", event), /<error id="22">/);
  assert.match(await ask("DELETE", "/nokkis/6"), /<error id="22">/);
  assert.match(await ask("POST", "/nokkis/6/BARCODE"), /<error id="42">/);
  for (const number of ["6000000001", "6000000002"]) {
    assert.match(await ask("PUT", `/nokkis/6/barcode/${number}`), /<error id="40">/);
    assert.match(await ask("DELETE", `/nokkis/6/barcode/${number}`), /<error id="40">/);
    assert.match(await ask("PUT", `/nokkis/2/barcode/${number}`), /<error id="40">/);
  }
  assert.deepEqual(await state(), before);
});
