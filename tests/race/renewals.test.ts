import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs } from "../../src/core/day.ts";
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
  assert.equal(found?.expiresAtMs, expiresAtMs + 16 * dayMs);
});

test("a renewal that is repeated with its idempotency key at once in two processes renews once", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await one.execute(createEvent({}, 1));
  const expiresAtMs = one.nowMs + 60_000;
  await one.execute({ verb: "issue", productId: 1, holder: null, code: "100", expiresAtMs });
  const renew = { verb: "renew", productId: 1, code: "100", period: { days: 1 } } as const;
  const repeat = (idempotencyKey: string) =>
    Promise.all(
      Array.from({ length: 16 }, (_, turn) => (turn % 2 === 0 ? one : other).execute(renew, { idempotencyKey })),
    );
  const end = async () => (await one.queries.entitlements.byCode(one.organizationId, "100"))?.expiresAtMs;
  const [first, ...others] = await repeat("a year more");
  for (const outcome of others) assert.deepEqual(outcome, first, "the first answer is repeated");
  assert.equal(await end(), expiresAtMs + dayMs);
  assert.equal(await one.count("action", "kind = 'entitlement_renewed'"), 1);
  await repeat("a year more");
  assert.equal(await end(), expiresAtMs + dayMs, "later, too");
  await repeat("another year");
  assert.equal(await end(), expiresAtMs + 2 * dayMs, "another key is another renewal");
});
