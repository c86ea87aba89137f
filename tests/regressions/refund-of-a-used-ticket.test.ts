/**
 * The fault: a ticket that had let somebody in was cancelled, and its place was sold again: two people in an event for
 * one, of whom the list of barcodes had one.
 *
 * The guarantee: a used ticket keeps its place when it is cancelled; an unused one gives it back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { assertError, matched, nokkisClient } from "../support/nokkis.ts";

test("of an event for one, the place of a used ticket is not sold again, and that of an unused one is", async (t) => {
  const { app, url } = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(url);
  const event = await client.createEvent({ max: 1 });
  const taken = async () =>
    Number(matched((await client.ask(`GET /nokkis/${event}`)).text, /<num_tickets>(\d+)<\/num_tickets>/));

  const unused = await client.createBarcode(event);
  await client.ask(`DELETE /nokkis/${event}/barcode/${unused}`);
  assert.equal(await taken(), 0);

  const used = await client.createBarcode(event);
  assert.match((await client.ask(`PUT /nokkis/${event}/barcode/${used}`)).text, /<status>1</);
  for (let times = 0; times < 2; times++) await client.ask(`DELETE /nokkis/${event}/barcode/${used}`);
  assert.equal(await taken(), 1);
  assertError(await client.ask(`POST /nokkis/${event}/BARCODE`), 41, "Event full");
  const lower = { body: "<nokkis><event><max_tickets>0</max_tickets></event></nokkis>" };
  assertError(await client.ask(`PUT /nokkis/${event}`, lower), 25, "More barcodes than new value of max tickets");
});
