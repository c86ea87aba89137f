import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, issue, openTestEngine, redeem, resultOf, tally } from "../support/engine.ts";
import { answerOf, keyOf, startTwoServers } from "../support/two-servers.ts";

const rounds = 10;
const guests = 64;

test("64 guests with the same barcode, at two servers at once", async (t) => {
  const { beside, send } = await startTwoServers(t);
  await beside.execute(createEvent({ name: "Assembly" }, 1));

  await t.test("exactly one is let in, ten times over, and the others are told that it is used", async () => {
    for (let round = 1; round <= rounds; round++) {
      const key = `41215875${round}`;
      await beside.execute(issue(1, key));
      const answers = await Promise.all(Array.from({ length: guests }, () => send("PUT", `/nokkis/1/barcode/${key}`)));
      assert.deepEqual(tally(answers.map(answerOf)), { ok: 1, "error 43": guests - 1 }, `round ${round}`);
      const winner = answers.find((answer) => answerOf(answer) === "ok") ?? "";
      assert.equal(keyOf(winner), key);
      assert.match(winner, /<status>1<\/status>\n<valid>0<\/valid>/);
    }
  });

  await t.test("the log tells of each of them, and of one that was let in", async () => {
    const lines = await beside.sql<{ code: string; refusal: string | null; count: number }>(
      `select code, refusal, count(*)::int as count from action
       where organization_id = $1 and kind = 'entitlement_redeemed' group by code, refusal`,
    );
    assert.equal(lines.length, 2 * rounds);
    for (const { refusal, count } of lines) {
      assert.equal(count, refusal === null ? 1 : guests - 1);
      assert.ok(refusal === null || refusal === "already_redeemed");
    }
    assert.equal(await beside.count("conflict"), rounds * (guests - 1));
  });
});

/** Rounds after which a control without locks must have shown the fault; it mostly does so in the first. */
const controlRoundsMax = 200;

test("with the locks taken out more than one is let in: these races do find it", async (t) => {
  const one = await openTestEngine(t, { withoutLocks: true });
  const other = await openTestEngine(t, { withoutLocks: true, beside: one });
  await one.execute(createEvent({}, 1));
  let winners = 0;
  for (let round = 1; round <= controlRoundsMax && winners <= 1; round++) {
    const code = `code ${round}`;
    await one.execute(issue(1, code));
    const outcomes = await Promise.all(
      Array.from({ length: guests }, (_, turn) => (turn % 2 === 0 ? one : other).execute(redeem(1, code))),
    );
    winners = tally(outcomes.map(resultOf)).ok ?? 0;
  }
  assert.ok(winners > 1, `${winners} was let in, in each of ${controlRoundsMax} rounds`);
});
