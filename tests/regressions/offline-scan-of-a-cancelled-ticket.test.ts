/**
 * The fault: a gate without network let somebody in, and reported it after the ticket had been cancelled, or with a
 * time that is not the event's: 44, 45 or 46, and neither LOG nor CONFLICTS ever told the organizer of the guest.
 *
 * The guarantee: what happened at a door is never lost without a trace. Whatever a reported scan is refused with,
 * CONFLICTS has its barcode, gate, time and the reason. A scan that is refused at the door, with the network there, let
 * nobody in, and leaves none.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { assertAnswer, assertError, matched, nokkisClient, nowSeconds } from "../support/nokkis.ts";

/** An event with the gates GateA and GateB, which began 1,000 seconds after it was made; it is now some time later. */
async function openEvent(t: Parameters<typeof startTestApp>[0]) {
  const { app, url, advance } = await startTestApp(t);
  for (const setting of ["nokkis.gate", "nokkis.admin"]) await app.administration.putSetting(1, setting, "open");
  const client = nokkisClient(url);
  const start = nowSeconds() + 1_000;
  const event = await client.createEvent({ start, end: start + 1_000, apikeys: ["GateA", "GateB"] });
  const key = await client.createBarcode(event);
  advance(2_500_000);
  return {
    client,
    event,
    key,
    start,
    scan: (time: number | undefined, gate = "GateA") =>
      client.ask(`PUT /nokkis/${event}/barcode/${key}?apikey=${gate}`, {
        body: `<nokkis>${time === undefined ? "" : `<action_time>${time}</action_time>`}</nokkis>`,
      }),
    conflicts: async () => client.ask(`GET /nokkis/${event}/BARCODE/CONFLICTS`),
  };
}

const use = (name: string, gate: string, time: number) =>
  `<${name}>\n<apikey>${gate}</apikey>\n<ip>127.0.0.1</ip>\n<action_time>${time}</action_time>\n</${name}>\n`;

const refusals = [
  { named: "cancelled", id: 44, words: "Invalid barcode", at: 10 },
  { named: "scanned before the event began", id: 45, words: "Event hasn't started yet", at: -10 },
  { named: "scanned after the event had ended", id: 46, words: "Event has already ended", at: 1_010 },
  { named: "scanned before it was made, as the gate's clock has it", id: 3, words: "Invalid xml input", at: -2_000 },
] as const;

for (const { named, id, words, at } of refusals) {
  test(`a ticket that was ${named} is refused with ${id} when it is reported, and listed`, async (t) => {
    const { client, event, key, start, scan, conflicts } = await openEvent(t);
    if (id === 44) assert.equal((await client.ask(`DELETE /nokkis/${event}/barcode/${key}`)).status, 200);
    assertError(await scan(undefined), id === 44 ? 44 : 46, id === 44 ? words : "Event has already ended");
    assertAnswer(await conflicts(), `<event id="${event}">\n</event>`);

    // However often it is reported, it is there once.
    for (let times = 0; times < 3; times++) assertError(await scan(start + at), id, words);
    const listed = await conflicts();
    const number = matched(listed.text, /<conflict id="(\d+)">/);
    assertAnswer(
      listed,
      `<event id="${event}">
<conflict id="${number}">
<barcode key="${key}" />
${use("lost", "GateA", start + at)}<refusal id="${id}">${words}</refusal>
</conflict>
</event>`,
    );
  });
}

test("beside a scan of a cancelled ticket stands the use that counts, if it was used before", async (t) => {
  const { client, event, key, start, scan, conflicts } = await openEvent(t);
  assert.match((await scan(start + 20, "GateB")).text, /<status>1</);
  await client.ask(`DELETE /nokkis/${event}/barcode/${key}`);
  assertError(await scan(start + 10), 44, "Invalid barcode");
  assert.ok(
    (await conflicts()).text.includes(
      `${use("kept", "GateB", start + 20)}${use("lost", "GateA", start + 10)}<refusal id="44">Invalid barcode</refusal>`,
    ),
  );
  // The gate that lost the answer to its scan is answered as the first time.
  assert.match((await scan(start + 20, "GateB")).text, /<status>1<\/status>\n<valid>0</);
});
