/**
 * The faults: a gate that lost the answer to a reported scan and reported it again was told 43, and CONFLICTS had the
 * scan as a conflict with itself, so that the organizer read "ticket copied". When a reported scan turned out to be
 * earlier than the one that was accepted, LOG showed the later one alone, and CONFLICTS called the earlier one kept. A
 * scan from before the barcode was made was accepted.
 *
 * The guarantee: the same gate and the same second are the same scan, which is answered as the first time and leaves
 * nothing new; the use that CONFLICTS keeps is in LOG; no scan is older than its barcode.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { allMatched, assertAnswer, assertError, nokkisClient, nowSeconds } from "../support/nokkis.ts";

async function openEvent(t: Parameters<typeof startTestApp>[0]) {
  const { app, url, advance } = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(url);
  const event = await client.createEvent({ apikeys: ["north", "south"] });
  advance(1_000_000);
  const key = await client.createBarcode(event);
  const made = nowSeconds() + 1_000;
  advance(1_000_000);
  return {
    client,
    event,
    key,
    made,
    advance,
    /** Reports a scan that was made so many seconds after the barcode. */
    report: (gate: string, after: number) =>
      client.ask(`PUT /nokkis/${event}/barcode/${key}?apikey=${gate}`, {
        body: `<nokkis><action_time>${made + after}</action_time></nokkis>`,
      }),
    scan: (gate: string) => client.ask(`PUT /nokkis/${event}/barcode/${key}?apikey=${gate}`),
    conflicts: async () => (await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`)).text,
    log: async () => (await client.ask(`GET /nokkis/${event}/BARCODE/LOG/${key}`)).text,
  };
}

test("the same scan is answered as the first time, byte for byte, and leaves nothing new", async (t) => {
  const { client, event, report, conflicts, log } = await openEvent(t);
  const first = await report("north", 100);
  const logged = await log();
  for (let times = 0; times < 3; times++) assert.equal((await report("north", 100)).text, first.text);
  assert.equal(await log(), logged);
  assertAnswer(await client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`), `<event id="${event}">\n</event>`);

  // Another gate, or another second, is another scan.
  assertError(await report("south", 100), 43, "Barcode is already used");
  assertError(await report("north", 101), 43, "Barcode is already used");
  assertError(await report("north", 101), 43, "Barcode is already used");
  assert.equal(allMatched(await conflicts(), /<(conflict) /).length, 2);
});

test("two reports of one scan that arrive together are one use", async (t) => {
  const { report, conflicts, log } = await openEvent(t);
  const answers = await Promise.all(Array.from({ length: 20 }, () => report("north", 100)));
  assert.deepEqual(new Set(answers.map(({ text }) => /<status>1</.test(text))), new Set([true]));
  assert.deepEqual(allMatched(await conflicts(), /<(conflict) /), []);
  assert.equal(allMatched(await log(), /<action_data>(barcode_used)</).length, 1);
});

test("a gate whose clock runs ahead reports the same scan again, later", async (t) => {
  const { advance, report, conflicts } = await openEvent(t);
  const first = await report("north", 1_060);
  assert.match(first.text, /<status>1</);
  advance(20_000);
  assert.equal((await report("north", 1_060)).text, first.text);
  assert.deepEqual(allMatched(await conflicts(), /<(conflict) /), []);
});

test("the use that CONFLICTS keeps is in LOG, and the one that it took the place of, too", async (t) => {
  const { made, report, scan, conflicts, log } = await openEvent(t);
  assert.match((await scan("south")).text, /<status>1</);
  for (let times = 0; times < 2; times++) assertError(await report("north", 100), 43, "Barcode is already used");
  const [kept = ""] = /<kept>[\s\S]*<\/kept>/.exec(await conflicts()) ?? [];
  assert.match(kept, new RegExp(`<apikey>north</apikey>[\\s\\S]*<action_time>${made + 100}</action_time>`));
  const uses = [
    ...(await log()).matchAll(/<apikey>(\w*)<\/apikey>\n.*\n<action_time>(\d+).*\n<action_data>barcode_used</g),
  ];
  assert.deepEqual(
    uses.map(([, gate]) => gate),
    ["south", "north"],
  );
  assert.equal(uses[1]?.[2], String(made + 100));
  assert.equal(allMatched(await conflicts(), /<(conflict) /).length, 1);
});

test("a scan from before the barcode was made is error 3, to the second", async (t) => {
  const { client, event, key, report } = await openEvent(t);
  assertError(await report("north", -2), 3, "Invalid xml input");
  assert.match((await client.ask(`GET /nokkis/${event}/barcode/${key}`)).text, /<status>0<\/status>\n<valid>1</);
  // The barcode was made at this second or, if the clock of this machine has just ticked, at the next.
  assert.match((await report("north", 1)).text, /<status>1</);
});
