/**
 * Fault that this looks for: the connection to the database breaks while a batch is committed. The client is told that
 * the database is away, whether the commit was carried out or not, and sends its command again. Guarantee: with an
 * `Idempotency-Key` it is carried out once, and the answer that was lost is given the second time.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailable } from "../../src/engine/store.ts";
import { createTestDatabase } from "../support/database.ts";
import { createEvent, issue, openTestEngine, redeem } from "../support/engine.ts";
import { openRelay } from "../support/relay.ts";

const cases = [
  { title: "the answer to the commit is lost", direction: "from", text: "COMMIT\0", carriedOut: 1 },
  { title: "the commit never arrives", direction: "to", text: "commit\0", carriedOut: 0 },
] as const;

for (const { title, direction, text, carriedOut } of cases) {
  test(`${title}: the same key again acts once and answers as the first time`, async (t) => {
    const database = await createTestDatabase();
    t.after(() => database.drop());
    const relay = await openRelay(database.address);
    const beside = await openTestEngine(t, { database });
    const { execute } = await openTestEngine(t, { beside, address: relay.address });
    await execute(createEvent({}, 1));
    await execute(issue(1, "100"));
    const redeemed = () => beside.count("action", "kind = 'entitlement_redeemed'");
    const once = { idempotencyKey: "k" };

    relay.breakAt(direction, text);
    await assert.rejects(execute(redeem(1, "100"), once), StoreUnavailable);
    assert.equal(await redeemed(), carriedOut);
    const answer = await execute(redeem(1, "100"), once);
    assert.equal(answer.ok, true);
    assert.equal(await redeemed(), 1);
    assert.deepEqual(await execute(redeem(1, "100"), once), answer);
    assert.equal((await execute(redeem(1, "100"))).ok, false, "it is used");
    await relay.cut();
  });
}
