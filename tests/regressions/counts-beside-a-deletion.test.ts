/**
 * Fault: a refusal of one process may be recorded after another process has deleted the product. The counts left it out,
 * although it stands in the log. And the first fold of an organization did not wait for a deletion: it counted the
 * entries that the deletion dropped.
 *
 * Guarantee: the counts are those of the log, also of products that are gone.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openPool } from "../../src/storage/database.ts";
import { createEvent, openTestEngine, startMs, type TestEngine } from "../support/engine.ts";

const hourMs = 3_600_000;

async function countRefused({ organizationId, queries }: TestEngine): Promise<number> {
  const found = await queries.statistics.series(organizationId, {
    measure: "refused",
    bucket: "hour",
    timeZone: "UTC",
    fromMs: startMs - hourMs,
    toMs: startMs + hourMs,
    productIds: null,
    categories: null,
  });
  return (found?.points ?? []).reduce((sum, { count }) => sum + count, 0);
}

test("a refusal that is recorded after its product was deleted is counted, folded or not", async (t) => {
  const engine = await openTestEngine(t);
  const { organizationId, administration, sql } = engine;
  await sql(
    `insert into action (organization_id, id, kind, product_id, code, occurred_at, recorded_at, refusal)
     select $1, nextval('action_id_seq'), 'entitlement_redeemed', 9, '1', at, at, 'entitlement_not_found'
     from to_timestamp(${startMs / 1000}) as at`,
  );
  assert.equal(await countRefused(engine), 1);
  await administration.foldStatistics(organizationId);
  assert.equal(await countRefused(engine), 1);
});

test("the first fold waits for a deletion, and counts nothing that it drops", async (t) => {
  const engine = await openTestEngine(t);
  const { organizationId, administration, execute, sql } = engine;
  await execute(createEvent({}, 1));
  await execute({ verb: "redeem", productId: 1, code: "1" });
  assert.equal(await countRefused(engine), 1);
  const pool = openPool(engine.database.address, 1);
  t.after(() => pool.end());
  await pool.query(
    `create function take_a_while() returns trigger language plpgsql as 'begin perform pg_sleep(0.6); return old; end';
     create trigger slow before delete on product for each row execute function take_a_while()`,
  );
  const deletion = execute({ verb: "retire_product", productId: 1 });
  await pause(200);
  await administration.foldStatistics(organizationId);
  assert.deepEqual(await deletion, { ok: true, value: { deleted: true } });
  assert.deepEqual(await sql("select measure, count from statistic where organization_id = $1"), []);
  assert.equal(await countRefused(engine), 0);
});
