import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, issue, openTestEngine, resultOf, tally } from "../support/engine.ts";
import { answerOf, keyOf, startTwoServers } from "../support/two-servers.ts";

const rounds = 5;
const capacity = 25;
const buyers = 4 * capacity;

test("four times as many buyers as places, at two servers at once", async (t) => {
  const { beside, send } = await startTwoServers(t);

  await t.test(
    "exactly as many barcodes are issued as there are places, and the others are told that it is full",
    async () => {
      for (let event = 1; event <= rounds; event++) {
        await beside.execute(createEvent({ name: "Tiny", capacity }, event));
        const answers = await Promise.all(
          Array.from({ length: buyers }, () => send("POST", `/nokkis/${event}/BARCODE`)),
        );
        assert.deepEqual(
          tally(answers.map(answerOf)),
          { ok: capacity, "error 41": buyers - capacity },
          `event ${event}`,
        );
        const keys = answers.map(keyOf).filter((key) => key !== undefined);
        assert.equal(new Set(keys).size, capacity, "each with a key of its own");
        assert.equal(await beside.count("entitlement", `product_id = ${event}`), capacity);
        assert.equal(await beside.count("product", `id = ${event} and issued = ${capacity}`), 1);
      }
    },
  );

  await t.test("places that are given back while others buy are sold again, and never twice", async () => {
    const event = rounds + 1;
    await beside.execute(createEvent({ name: "Tiny", capacity }, event));
    const first = await Promise.all(Array.from({ length: capacity }, () => send("POST", `/nokkis/${event}/BARCODE`)));
    const keys = first.map(keyOf);
    const [returned, bought] = await Promise.all([
      Promise.all(keys.flatMap((key) => [1, 2].map(() => send("DELETE", `/nokkis/${event}/barcode/${key}`)))),
      Promise.all(Array.from({ length: buyers }, () => send("POST", `/nokkis/${event}/BARCODE`))),
    ]);
    assert.deepEqual(tally(returned.map(answerOf)), { ok: 2 * capacity }, "giving back twice is no error");
    const { ok = 0, "error 41": full = 0 } = tally(bought.map(answerOf));
    assert.equal(ok + full, buyers);
    assert.ok(ok <= capacity, `${ok} were sold`);
    assert.equal(await beside.count("entitlement", `product_id = ${event} and revoked_at is null`), ok);
    assert.equal(await beside.count("product", `id = ${event} and issued = ${ok}`), 1);
  });
});

/** Rounds after which a control without locks must have shown the fault; it mostly does so in the first. */
const controlRoundsMax = 200;

test("with the locks taken out more is issued than there are places: these races do find it", async (t) => {
  const one = await openTestEngine(t, { withoutLocks: true });
  const other = await openTestEngine(t, { withoutLocks: true, beside: one });
  let issued = 0;
  for (let event = 1; event <= controlRoundsMax && issued <= capacity; event++) {
    await one.execute(createEvent({ capacity }, event));
    const outcomes = await Promise.all(
      Array.from({ length: buyers }, (_, turn) =>
        (turn % 2 === 0 ? one : other).execute(issue(event, `${event} ${turn}`)),
      ),
    );
    issued = tally(outcomes.map(resultOf)).ok ?? 0;
  }
  assert.ok(issued > capacity, `${issued} were issued, in each of ${controlRoundsMax} rounds`);
});
