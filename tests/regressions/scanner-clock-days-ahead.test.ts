/**
 * Fault that this looks for: a scanner whose clock is days ahead reports a use, which is refused as impossible and kept
 * with the time of the report. Once its time has come, it is reported again and counts. The uses between the two times
 * were not loaded, so the ticket was used twice on one day, and somebody left who was never inside. Guarantee: a use
 * counts at its own time, among all others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { everyPage } from "../../src/queries/pages.ts";
import {
  collect,
  createEvent,
  issue,
  openTestEngine,
  redeem,
  resultOf,
  startMs,
  successOf,
} from "../support/engine.ts";
import { gate } from "../support/principals.ts";

const dayMs = 24 * 60 * 60_000;

test("a use that was reported days too early counts at its own time, and not at that of the report", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId } = opened;
  successOf(await execute(createEvent({ uses: { max: 1, per: "day" } }, 1)));
  const { entitlement } = successOf(await execute(issue(1, "100")));
  const aheadMs = startMs + 4 * dayMs;
  const report = () => execute(redeem(1, "100", aheadMs), { principal: gate(1) });
  assert.equal(resultOf(await report()), "occurred_at_impossible");
  opened.nowMs = startMs + 1;
  assert.equal(resultOf(await execute(redeem(1, "100"))), "ok");
  opened.nowMs = aheadMs + dayMs;
  assert.equal(resultOf(await report()), "ok");
  const uses = await collect(everyPage(queries.uses.list, organizationId, entitlement.id));
  assert.deepEqual(
    uses.map(({ atMs, refusal }) => [atMs, refusal]),
    [
      [aheadMs, null],
      [startMs + 1, null],
    ],
  );
  assert.equal(resultOf(await report()), "ok", "told again");
  opened.nowMs = aheadMs + dayMs + 1;
  assert.equal(resultOf(await execute(redeem(1, "100"))), "ok");
  assert.equal(resultOf(await execute(redeem(1, "100"))), "already_redeemed_today");
});
