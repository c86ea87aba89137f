import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, openTestEngine, resultOf } from "../support/engine.ts";

test("sixteen renewals at once in two processes add up, none of them lost", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await one.execute(createEvent({}, 1));
  const expiresAtMs = one.nowMs + 60_000;
  await one.execute({ verb: "issue", productId: 1, holder: null, code: "100", expiresAtMs });
  const renew = { verb: "renew", productId: 1, code: "100", period: { days: 1 } } as const;
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, turn) => (turn % 2 === 0 ? one : other).execute(renew)),
  );
  assert.ok(outcomes.every((outcome) => resultOf(outcome) === "ok"));
  const found = await one.queries.entitlements.byCode(one.organizationId, "100");
  assert.equal(found?.expiresAtMs, expiresAtMs + 16 * 24 * 60 * 60 * 1000);
});
