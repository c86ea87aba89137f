/**
 * The fault: bounds that clients write in whole seconds were compared with a clock in milliseconds, so that an event
 * that starts and ends in the second T refused everybody from the first millisecond of T on (46).
 *
 * The guarantee: a bound in whole seconds lasts to the end of its second, for events and for what has an end of its
 * own.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { createEvent, openTestEngine, resultOf, successOf } from "../support/engine.ts";
import { assertError, nokkisClient } from "../support/nokkis.ts";

test("an event that starts and ends in one second admits in all of it, and no longer", async (t) => {
  const { app, url, advance } = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(url);
  /** By how much the server's clock is ahead of ours. */
  let [aheadMs, tookMs] = [0, 1_000];
  const pass = (ms: number) => {
    aheadMs += ms;
    advance(ms);
  };
  let answer = "";
  // A machine that is so busy that the second is over before the answer is there may try again.
  for (let tries = 0; tookMs > 700; tries++) {
    assert.ok(tries < 20, "a request takes longer than half a second");
    const second = Math.floor((Date.now() + aheadMs) / 1_000) + 60;
    const event = await client.createEvent({ start: second, end: second });
    const [first, late] = [await client.createBarcode(event), await client.createBarcode(event)];
    const askedAtMs = Date.now();
    pass(second * 1_000 + 250 - (askedAtMs + aheadMs));
    answer = (await client.ask(`PUT /nokkis/${event}/barcode/${first}`)).text;
    tookMs = Date.now() - askedAtMs;
    pass(1_000);
    assertError(await client.ask(`PUT /nokkis/${event}/barcode/${late}`), 46, "Event has already ended");
  }
  assert.match(answer, /<status>1<\/status>/);
});

test("the end of an entitlement is a second, too, and what ends in the running second can still be issued", async (t) => {
  const engine = await openTestEngine(t);
  const { product } = successOf(await engine.execute(createEvent()));
  const endMs = engine.nowMs + 60_000;
  const make = (code: string) =>
    engine.execute({ verb: "issue", productId: product.id, code, holder: null, expiresAtMs: endMs });
  for (const code of ["1", "2"]) successOf(await make(code));
  const redeem = async (code: string) =>
    resultOf(await engine.execute({ verb: "redeem", productId: product.id, code }));
  engine.nowMs = endMs + 999;
  assert.equal(await redeem("1"), "ok");
  assert.equal(resultOf(await make("3")), "ok");
  engine.nowMs = endMs + 1_000;
  assert.equal(await redeem("2"), "no_longer_valid");
  assert.equal(resultOf(await make("4")), "period_reversed");
});
